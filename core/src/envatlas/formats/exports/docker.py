"""Docker: a file for ``docker run --env-file``, which knows no quotes and no escapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from envatlas.formats.exports.lines import NO_COMMENTS, assignments
from envatlas.formats.exports.refusals import not_utf8, refuse_unsayable

FORMAT: Final = "docker"

_LONGEST: Final = 65535
"""In bytes, a line's end not counted: docker refuses to read a longer line."""


def render(texts: Mapping[str, str], comments: Mapping[str, str] = NO_COMMENTS) -> str:
    """Return texts as a file for ``docker run --env-file``.

    Args:
        texts: The texts by their names.
        comments: What to say above a name.

    Raises:
        UnsayableTextError: A text has a newline, ends with a carriage return, is not UTF-8, or is longer than docker
            reads.

    >>> print(render({"A_PREFIX": "'as it stands'"}), end="")
    A_PREFIX='as it stands'
    """
    refuse_unsayable(FORMAT, texts, _reason)
    return assignments(texts, comments, "{}={}".format)


def _reason(name: str, text: str) -> str:
    if "\n" in text:
        return "its text has a newline, and a variable has one line"
    if text.endswith("\r"):
        return "its text ends with a carriage return, which docker takes for a part of the line's end"
    if wrong := not_utf8(text):
        return wrong
    length = len(f"{name}={text}".encode())
    return f"its line would have {length} bytes, and docker reads no more than {_LONGEST}" if length > _LONGEST else ""
