"""export/kits/: texts of others, such as names of classes, inside code and Markdown."""

import re
import string
import unicodedata

PLAIN = frozenset(string.ascii_letters + string.digits + " _.,;:+*/()[]<>=-")
"""What stands for itself in a string of C. `?` does not: two of them begin a trigraph."""


def c_string(text: str) -> str:
    """A string literal of C and C++ with a text's UTF-8.

    Bytes that are not plain are octal, always of three digits, so that none runs on into the next.

    >>> c_string('say "5 €"')
    '"say \\\\0425 \\\\342\\\\202\\\\254\\\\042"'
    """
    quoted = "".join(
        chr(byte) if chr(byte) in PLAIN else f"\\{byte:03o}"
        for byte in text.encode(errors="replace")
    )
    return f'"{quoted}"'


def one_shown_line(text: str, longest: int = 100) -> str:
    """A text on one line, without signs that nobody sees, or that turn what follows around."""
    seen = "".join(
        one if one.isprintable() or one.isspace() else "\N{REPLACEMENT CHARACTER}"
        for one in unicodedata.normalize("NFC", text)
    )
    line = " ".join(seen.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def code_span(text: str) -> str:
    """A text in Markdown that says nothing but itself: as code, whatever backticks it holds."""
    line = one_shown_line(text) or " "
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or line == " " else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def identifier(text: str, otherwise: str) -> str:
    """A name of others as one in code: letters, digits and `_` of ASCII, no digit first."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:40]
    return word if word and not word[0].isdigit() else otherwise
