"""What a compose file can say in the place of a text: numbers and words of YAML, and texts that are not told yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from envatlas.flags import IntegerFlag
from envatlas.formats.kind_schemas import TEXT
from envatlas.kinds import Choice, Kind, Schema
from envatlas.numbers import Integer, Number

UNTOLD: Final[Schema] = {
    "$comment": "What is put into it tells only the environment in which compose runs.",
    "type": "string",
    "pattern": r"^(?:[\s\S]*[^$])?(?:\$\$)*\$[A-Za-z_{]",
}
"""A text with a variable of compose's own in it, as ``${PORT}``; two dollar signs stand for one."""
ANYTHING: Final[Schema] = {
    "anyOf": [TEXT, {"type": "number"}, {"type": "boolean"}, {"type": "null"}],
}

_WHOLE: Final = 10**21
"""From here on a float is written with an exponent, which no whole number has."""


def entry_schema(kind: Kind[object], texts: Schema) -> Schema:
    """Return the schema of what may stand behind a variable's name in a mapping.

    A number or a word of YAML's is valid where the text as which compose passes it is; for the numbers of a plugin's
    own kind nobody can say that, and they are to be quoted, other than 0 and 1. Null passes the text that compose finds
    in its own environment.

    Args:
        kind: The variable's kind.
        texts: The schema of the texts that it reads, or a reference to it.

    >>> entry_schema(Number(), {"$ref": "#/$defs/number"})["anyOf"][1:]
    [{'type': 'number'}, {'$ref': '#/$defs/untold'}, {'type': 'null'}]
    """
    if texts == TEXT:
        return {"$ref": "#/$defs/anything"}
    return {"anyOf": [texts, *_unquoted(kind), {"$ref": "#/$defs/untold"}, {"type": "null"}]}


def _unquoted(kind: Kind[object]) -> list[Schema]:
    if isinstance(kind, Number):
        return [{"type": "number"}]
    if isinstance(kind, Integer | IntegerFlag):
        return [{"type": "integer", "exclusiveMinimum": -_WHOLE, "exclusiveMaximum": _WHOLE}]
    words = [value for value, text in _scalars(kind) if _reads(kind, text)]
    return [{"enum": words}] if words else []


def _scalars(kind: Kind[object]) -> Iterator[tuple[object, str]]:
    """Yield the words and numbers that a kind may read, with the texts as which compose passes them."""
    yield from ((True, "true"), (False, "false"), (0, "0"), (1, "1"))
    if isinstance(kind, Choice):
        yield from ((int(text), text) for text in kind.choices if text.isdecimal() and str(int(text)) == text)


def _reads(kind: Kind[object], text: str) -> bool:
    try:
        kind.parse(text)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a plugin's
        return False
    return True
