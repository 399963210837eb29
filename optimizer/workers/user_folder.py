"""workers/: a folder that all Liteweighs of this user share, and nobody else writes to."""

import os
import stat
import tempfile
from pathlib import Path


def user_folder() -> Path:
    """Where it is; it is made if there is none.

    Raises:
        OSError: the disk does not take it, or somebody else has put something in its place.
    """
    place = os.environ.get("TMPDIR") or tempfile.gettempdir()
    folder = Path(place) / f"liteweigh-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not this user’s alone. Delete it.")
    return folder
