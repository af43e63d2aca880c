"""Dotenv: a file of lines ``NAME=text``, as python-dotenv reads one, and Docker Compose as well.

The two agree on single quotes, where only another such quote, and a backslash before one, need escapes. Double quotes
are for a carriage return alone, which both read only as an escape: Compose replaces ``$NAME`` within them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from envatlas.formats.exports.lines import NO_COMMENTS, assignments
from envatlas.formats.exports.refusals import not_utf8, refuse_unsayable

FORMAT: Final = "dotenv"

_PLAIN: Final = re.compile(r"[\w./:,@%+=-]+", re.ASCII)
"""Texts that every dotenv parser, and every shell, takes as they stand."""
_TO_ESCAPE: Final = re.compile(r"'|\\(?=['\\]|\Z)")
"""What single quotes do not hold as it stands; before any other letter, a backslash stands for itself."""
_EXPANDED: Final = re.compile(r"\$\{[^}:]*(?::-[^}]*)?\}")
"""What python-dotenv replaces by another variable's text, within any quotes; it has no way to write it."""
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"})


def render(texts: Mapping[str, str], comments: Mapping[str, str] = NO_COMMENTS) -> str:
    r"""Return texts as a dotenv file.

    Args:
        texts: The texts by their names.
        comments: What to say above a name.

    Raises:
        UnsayableTextError: A text is not UTF-8; or holds what reads as a reference, ``${NAME}``; or both a carriage
            return and a dollar sign.

    >>> print(render({"A_PORT": "80", "A_PREFIX": "the $prefix", "A_MARK": "it's"}), end="")
    A_MARK='it\'s'
    A_PORT=80
    A_PREFIX='the $prefix'
    """
    refuse_unsayable(FORMAT, texts, _reason)
    return assignments(texts, comments, lambda name, text: f"{name}={_quoted(text)}")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return f'"{text.translate(_ESCAPES)}"' if "\r" in text else "'" + _TO_ESCAPE.sub(r"\\\g<0>", text) + "'"


def _reason(_: str, text: str) -> str:
    if _EXPANDED.search(text):
        return "its text holds ${...}, which is replaced where the file is read"
    if "\r" in text and "$" in text:
        return "its text holds a carriage return and a $, which no quotes hold together"
    return not_utf8(text)
