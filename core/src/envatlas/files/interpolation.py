"""Interpolation: ``$NAME`` and ``${NAME:-default}`` in a text, as Compose documents them.

What starts the application may set any name, and no file tells that. So a name that no file sets has no text here,
unless the reference has a default of its own; it is never looked up in the environment of this process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from envatlas.errors import EnvatlasError
from envatlas.files.limits import DEEPEST_REFERENCES, LONGEST_TEXT
from envatlas.messages import Message, marked

Lookup = Callable[[str], str | None]
"""Returns the text of a name, or None where no file sets it."""

_REFERENCE: Final = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_][A-Za-z0-9_]*)|(?P<braced>\{))")
_ONLY: Final = re.compile(
    r"\$(?:(?P<named>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::?[-?][^{}]*)?\})"
)
_BRACED: Final = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>:?[-?+])?")
_BRACE: Final = re.compile(r"\$\{|\}")


class InterpolationError(EnvatlasError, ValueError):
    """A text with a reference that gives no text.

    Attributes:
        why: Why, in words.
        is_mistake: Whether the reference is wrong, rather than one whose text no file tells.

    >>> print(InterpolationError("PORT is not set in any file here"))
    PORT is not set in any file here
    """

    def __init__(self, why: str, *, is_mistake: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_mistake = is_mistake


def referred_alone(text: str) -> str:
    """Return the name that a text refers to, if it is nothing but the reference; empty where it is not.

    >>> referred_alone("${HOST:-router}"), referred_alone("$HOST"), referred_alone("$HOST:80")
    ('HOST', 'HOST', '')
    """
    found = _ONLY.fullmatch(text)
    return "" if found is None else found["named"] or found["name"]


def interpolate(text: str, lookup: Lookup) -> str:
    """Return a text with its references replaced; ``$$`` is a dollar sign.

    Raises:
        InterpolationError: It refers to what no file tells, or a reference is not well formed.

    >>> interpolate("http://$HOST:${PORT:-8000}/$$1", {"HOST": "router"}.get)
    'http://router:8000/$1'
    """
    return _interpolate(text, lookup, DEEPEST_REFERENCES)


def _interpolate(text: str, lookup: Lookup, depth: int) -> str:
    if not depth:
        why = Message("its references are nested more than {limit} deep", limit=DEEPEST_REFERENCES)
        raise InterpolationError(why, is_mistake=True)
    parts: list[str] = []
    length, end = 0, 0
    while found := _REFERENCE.search(text, end):
        between, end = text[end : found.start()], found.end()
        if found["escaped"]:
            replaced = "$"
        elif found["named"]:
            replaced = _known(lookup(found["named"]))
        else:
            closing = _closing(text, end)
            replaced, end = _braced(text[end:closing], lookup, depth), closing + 1
        parts += (between, replaced)
        length += len(between) + len(replaced)
        if length > LONGEST_TEXT:
            raise too_long()
    return "".join(parts) + text[end:]


def too_long() -> InterpolationError:
    """Return the error for references that make a text longer than any can be.

    >>> print(too_long())
    its references make it longer than 131070 characters
    """
    why = Message("its references make it longer than {limit} characters", limit=LONGEST_TEXT)
    return InterpolationError(why, is_mistake=True)


def _closing(text: str, start: int) -> int:
    """Return where the brace is closed that was opened before `start`."""
    is_open = 1
    for found in _BRACE.finditer(text, start):
        is_open += 1 if found[0] == "${" else -1
        if not is_open:
            return found.start()
    raise InterpolationError(marked("a reference that starts with ${ has no closing brace"), is_mistake=True)


def _braced(inside: str, lookup: Lookup, depth: int) -> str:
    """Return what stands for the inside of a pair of braces."""
    found = _BRACED.match(inside)
    if found is None or (found["operator"] is None and found.end() != len(inside)):
        raise InterpolationError(marked("a reference in ${} is none that Compose knows"), is_mistake=True)
    name, operator = found["name"], found["operator"] or ""
    text = lookup(name)
    is_there = text is not None and (text != "" or ":" not in operator)
    if operator.endswith("+") and text is not None:
        return _interpolate(inside[found.end() :], lookup, depth - 1) if is_there else ""
    if operator.endswith("-") and not is_there:
        return _interpolate(inside[found.end() :], lookup, depth - 1)
    return _known(text if is_there or not operator else None)


def _known(text: str | None) -> str:
    if text is None:  # the name is not shown: it may be a part of a password
        raise InterpolationError(marked("it refers with $ to a name, which has no text in any file here"))
    return text
