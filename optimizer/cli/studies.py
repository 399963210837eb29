"""cli/: liteweigh studies: which there are, what is written on them, and what becomes of them."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer import settings
from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.errors import StudyError
from optimizer.export import numbers
from optimizer.export.files import study_name, write_study
from optimizer.export.results import write_results
from optimizer.recipes import parse
from optimizer.store.labels import label
from optimizer.store.library import Library
from optimizer.store.listing import Listed, bytes_on_disk
from optimizer.store.remarks import remark_on
from optimizer.store.study import Study, no_study_in

NAME_WIDTH = 28
STUDIES = typer.Typer(help="The studies in a folder: list, describe, copy, export, delete.")
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")]
Home = Annotated[
    Path | None,
    typer.Argument(metavar="HOME", help="The folder that holds them; the app's without one."),
]


@STUDIES.command("list")
def list_(home: Home = None, *, quiet: Quiet = False, as_json: AsJson = False) -> ExitCode:
    """Every study, the one changed last first."""
    place = (home or settings.from_environment().home).resolve()
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        library = Library(place)
        found = library.listing()
        if as_json:
            terminal.document([_described(one, place) for one in found])
        for one in found:
            terminal.say(_line(one, place))
        if not found:
            terminal.say(f"There are no studies in {place}.")
        library.close()
    return ExitCode.ALL_WELL


@STUDIES.command()
def describe(
    study: StudyFolder,
    *,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    note: Annotated[str | None, typer.Option(help="Some sentences.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A word to find it by; may be repeated.")
    ] = None,
    quiet: Quiet = False,
) -> ExitCode:
    """Writes a title, a note or tags on a study; what is not given stays."""
    with Terminal(quiet=quiet, as_json=False) as terminal:
        opened = Study(study.resolve())
        try:
            label(opened, title=title, note=note, tags=tag)
            terminal.say(f"{opened.index.id}: {opened.index.name}")
        finally:
            opened.close()
    return ExitCode.ALL_WELL


@STUDIES.command()
def remark(
    study: StudyFolder,
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Of the variant.")],
    *,
    pin: Annotated[
        bool | None, typer.Option("--pin/--unpin", help="Before all others, or not.")
    ] = None,
    hide: Annotated[
        bool | None, typer.Option("--hide/--unhide", help="Left out of lists, or not.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="Some sentences; empty: none.")] = None,
    quiet: Quiet = False,
) -> ExitCode:
    """Pins, hides or notes a variant of a study; what is not given stays."""
    with Terminal(quiet=quiet, as_json=False) as terminal:
        opened = Study(study.resolve())
        try:
            text = str(parse(recipe))
            now = remark_on(opened, text, pinned=pin, hidden=hide, note=note)
            write_results(opened)
            said = [word for word, on in (("pinned", now.pinned), ("hidden", now.hidden)) if on]
            terminal.say(f"{text}: {', '.join(filter(None, [*said, now.note])) or 'no remark'}")
        finally:
            opened.close()
    return ExitCode.ALL_WELL


@STUDIES.command()
def export(
    study: StudyFolder,
    *,
    out: Annotated[Path | None, typer.Option(help="The zip; else beside the folder.")] = None,
    quiet: Quiet = False,
) -> ExitCode:
    """Zips a whole study; unpacked elsewhere it is one again."""
    with Terminal(quiet=quiet, as_json=False) as terminal:
        opened = Study(study.resolve())
        try:
            target = out or opened.folder.with_name(study_name(opened.index))
            if target.exists():
                raise StudyError(f"{target} is there already. Choose another --out.")
            terminal.say(f"{write_study(opened, target)}")
        finally:
            opened.close()
    return ExitCode.ALL_WELL


@STUDIES.command()
def copy(study: StudyFolder, *, quiet: Quiet = False) -> ExitCode:
    """A second study beside it, with the same model, data, variants and limits."""
    library, name = _library_of(study)
    with Terminal(quiet=quiet, as_json=False) as terminal:
        try:
            terminal.say(str(library.duplicate(library.open(name)).folder))
        finally:
            library.close()
    return ExitCode.ALL_WELL


@STUDIES.command()
def delete(
    study: StudyFolder,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Without it nothing is deleted.")] = False,
    quiet: Quiet = False,
) -> ExitCode:
    """Deletes a study with all its files, for good."""
    library, name = _library_of(study)
    with Terminal(quiet=quiet, as_json=False) as terminal:
        try:
            freed = bytes_on_disk(library.home / name)
            opened = library.open(name)
            if not yes:
                raise StudyError(
                    f"“{opened.index.name}” with {len(opened.index.variants)} variants "
                    f"({numbers.size(freed)}) would be deleted for good. Say so with --yes."
                )
            library.delete(name)
            terminal.say(f"{name} is deleted; {numbers.size(freed)} are free.")
        finally:
            library.close()
    return ExitCode.ALL_WELL


def _library_of(study: Path) -> tuple[Library, str]:
    folder = study.resolve()
    if not folder.is_dir():
        raise no_study_in(folder)
    return Library(folder.parent), folder.name


def _line(one: Listed, home: Path) -> str:
    index = one.index
    if index is None:
        return f"{one.id:<{NAME_WIDTH}} cannot be read: {one.trouble}"
    about = f"{one.name:<{NAME_WIDTH}} {one.changed:%Y-%m-%d %H:%M}  "
    data = index.dataset.name if index.dataset else "no data yet"
    count = len(index.variants)
    smallest = f"smallest {one.smallest.recipe}, " if one.smallest else ""
    size = numbers.size(bytes_on_disk(home / one.id))
    tags = "".join(f" #{tag}" for tag in index.labels.tags)
    return f"{about}{data}, {count} variants, {smallest}{size} on disk, {one.id}{tags}"


def _described(one: Listed, home: Path) -> dict[str, object]:
    index, smallest = one.index, one.smallest
    dataset = index.dataset if index else None
    return {
        "id": one.id,
        "folder": str(home / one.id),
        "changed": one.changed.isoformat(timespec="seconds"),
        "trouble": one.trouble,
        "name": one.name,
        "model": index.model.summary.name if index else None,
        "data": dataset.name if dataset else None,
        "task": dataset.task.value if dataset and dataset.task else None,
        "variants": [variant.recipe for variant in index.variants] if index else [],
        "smallest": smallest.recipe if smallest else None,
        "bytes_on_disk": bytes_on_disk(home / one.id),
        "note": index.labels.note if index else "",
        "tags": list(index.labels.tags) if index else [],
    }
