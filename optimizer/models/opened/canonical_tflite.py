"""models/opened/: a .tflite of a stranger, of which what was understood is described and run."""

from pathlib import Path
from tempfile import TemporaryDirectory

from optimizer.models.opened.tflite import TfliteFile
from optimizer.models.trust import write_canonical_tflite


class CanonicalTflite(TfliteFile):
    """See `Opened`."""

    def __init__(self, path: Path) -> None:
        """Writes the file at `path` anew, for as long as this is in use, and reads that.

        Raises:
            ModelError: it is damaged, or `TfliteFile` refuses it.
        """
        self._folder = TemporaryDirectory()
        made = Path(self._folder.name, path.name)
        write_canonical_tflite(path, made)
        super().__init__(made)
