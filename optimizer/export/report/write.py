"""export/report/: writes the file, and `results.json` beside it in the study, of one moment."""

from pathlib import Path

from optimizer.errors import StudyError
from optimizer.export.files import safe_name
from optimizer.export.report.page import report
from optimizer.export.results import write_results
from optimizer.files.atomic import write_atomically
from optimizer.files.refusal import said_as
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study


def report_name(index: StudyIndex) -> str:
    """`<model>-report.html`."""
    return f"{safe_name(index.model.summary.name, 'model')}-report.html"


def write_report(study: Study, target: Path) -> Path:
    """Writes the report of a study and returns its path.

    Raises:
        StudyError: the disk does not take it.
    """
    content = report(study).encode()
    with said_as(StudyError):
        write_results(study)
        write_atomically(target, content)
    return target
