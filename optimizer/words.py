"""optimizer/: what a library said, short enough to stand in a message of one's own."""


def first_sentence(error: BaseException) -> str:
    """The first line of a library's message, closed by a full stop and at most 200 characters."""
    line = _first_line(error)
    return line if line.endswith((".", "!", "?", "…")) else line + "."


def reason(error: BaseException) -> str:
    """The same without the full stop, to stand in brackets."""
    return _first_line(error).rstrip(".")


def _first_line(error: BaseException) -> str:
    """Libraries quote the file, of any length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    return line if len(line) <= 200 else line[:199] + "…"
