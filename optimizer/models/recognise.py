"""models/: tells what a model file is from its content, never from its name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import Members, as_file, open_members
from optimizer.models.elsewhere import told_of, told_of_members
from optimizer.models.formats import MODEL_FORMATS
from optimizer.models.formats.model_format import Recognised, accepted
from optimizer.words import listed

ZIP = b"PK"


def recognise(path: Path) -> Recognised:
    """Tells the format of the file or folder at `path` without loading a model.

    Raises:
        ModelError: it is none of the accepted formats, or it is damaged.
    """
    if path.is_dir():
        return _in_members(open_members(path, MODEL))
    if path.stat().st_size == 0:
        raise ModelError(f"The file is empty (0 bytes). Upload {accepted()}.")
    with path.open("rb") as file:
        head = file.read(256)
    if known := told_of(head):
        raise ModelError(known)
    if found := _in_file(path, head):
        return found
    if head.startswith(ZIP):
        return _in_members(open_members(path, MODEL))
    raise _no_model(head)


def _in_file(path: Path, head: bytes) -> Recognised | None:
    found = (form.in_file(path, head) for form in MODEL_FORMATS.values())
    return next((one for one in found if one), None)


def _in_members(members: Members) -> Recognised:
    """What a zip or folder is: a model of several files, or the only one that it holds."""
    heads = {name: members.head(name) for name in members.names}  # reads, and so finds damage
    for form in MODEL_FORMATS.values():
        if found := form.in_members(members, heads):
            return found
    return _recognise_only(members, heads)


def _recognise_only(members: Members, heads: Mapping[str, bytes]) -> Recognised:
    """The one model file that a zip or folder holds."""
    models = [name for name, head in heads.items() if _begins_a_model(head)]
    if not models and (known := told_of_members(heads)):
        raise ModelError(known)
    if not models:
        there = listed(members.names, most=5) or "nothing"
        raise ModelError(
            f"The {members.kind} holds no model (found: {there}). Expected {accepted()}."
        )
    if len(models) > 1:
        raise ModelError(
            f"The {members.kind} holds {len(models)} models ({listed(models, most=5)}). "
            "Leave only the one to be opened."
        )
    [name] = models
    with as_file(members, name) as file:
        found = _in_file(file, heads[name])
    if found:
        return replace(found, root=name)
    if heads[name].startswith(ZIP):  # no zips in zips in zips
        raise ModelError(f"The {members.kind} holds another zip, “{name}”. Upload that by itself.")
    raise _no_model(heads[name])


def _begins_a_model(head: bytes) -> bool:
    return any(form.begins(head) for form in MODEL_FORMATS.values())


def _no_model(head: bytes) -> ModelError:
    return ModelError(
        f"This is not a model file that can be opened: it starts with the bytes "
        f"{head[:8].hex(' ')}. Upload {accepted()}."
    )
