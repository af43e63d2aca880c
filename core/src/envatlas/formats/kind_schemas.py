"""Kinds' schemas, named and gathered: each said once in the ``$defs`` of the schema that refers to it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Final, cast

from envatlas.formats.shown import one_line
from envatlas.kinds import ANY_TEXT, Kind, Schema
from envatlas.patterns import space

TEXT: Final[Schema] = {"$ref": "#/$defs/text"}
EMPTY: Final[Schema] = {"type": "string", "maxLength": 0}

_TEXT: Final[Schema] = {"type": "string", "pattern": r"^[^\x00]*$"}
"""No environment holds a NUL."""
_NOT_ITS_OWN: Final = {"$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor", "$defs", "$schema"}
"""What would mean something else in the place to which a kind's schema is put."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Definitions:
    """The ``$defs`` of a schema: one for each kind, and more where kinds of one name differ.

    Args:
        reserved: Names that no kind gets.

    >>> from envatlas import Integer, Path
    >>> definitions = Definitions()
    >>> definitions.reference(Integer()), definitions.reference(Path())
    ({'$ref': '#/$defs/integer'}, {'$ref': '#/$defs/text'})
    """

    def __init__(self, *reserved: str) -> None:
        self.named: dict[str, Schema] = {"text": _TEXT}
        self._reserved = reserved

    def reference(self, kind: Kind[object]) -> Schema:
        """Return a reference to the schema of a kind's texts."""
        schema = kind_schema(kind)
        if schema == ANY_TEXT:
            return TEXT
        name = self._name(re.sub("[^A-Za-z0-9-]", "-", str(kind.name)), schema)
        self.named[name] = schema
        return {"$ref": f"#/$defs/{name}"}

    def referred(self, reference: Schema) -> Schema:
        """Return the schema to which a reference refers."""
        return self.named[str(reference["$ref"]).removeprefix("#/$defs/")]

    def _name(self, name: str, schema: Schema) -> str:
        candidates = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        return next(
            each for each in candidates if each not in self._reserved and self.named.get(each, schema) == schema
        )


def kind_schema(kind: Kind[object]) -> Schema:
    """Return the schema of the texts that a kind reads, or that count as no text.

    The kind may be a plugin's own. A schema of it that cannot be used gives way to that of any text. A text that UTF-8
    cannot say is left out of an ``enum``: no document that is held to the schema can have it.

    >>> from envatlas import Path
    >>> kind_schema(Path())
    {'type': 'string'}
    """
    try:
        schema = _usable(json.loads(json.dumps(kind.schema(), allow_nan=False)))
        title = one_line(kind.expected)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a plugin's, and must not hide what the others say
        return ANY_TEXT
    if schema == ANY_TEXT:
        return ANY_TEXT
    return {"title": title, **({"anyOf": [blank(), schema]} if kind.empty_is_unset else schema)}


def blank() -> Schema:
    """Return the schema of a text of nothing but space.

    >>> blank()["type"]
    'string'
    """
    return {"type": "string", "pattern": f"^[{space()}]*$"}


def skipped(kind: Kind[object]) -> Schema:
    """Return the schema of the texts for which the next name counts, where a variable has several.

    >>> from envatlas import Integer
    >>> skipped(Integer())
    {'type': 'string', 'maxLength': 0}
    """
    return blank() if kind.empty_is_unset else EMPTY


def is_unicode(value: object) -> bool:
    r"""Return whether a JSON value can be said in UTF-8: half a pair of surrogates, as of bytes that are none, cannot.

    >>> is_unicode("caf\u00e9"), is_unicode(["caf\udce9"])
    (True, False)
    """
    return not _SURROGATES.search(json.dumps(value, ensure_ascii=False))


def _usable(schema: object) -> Schema:
    """Return a schema that stands for itself, in UTF-8, with patterns that are ones, as far as `re` can judge."""
    for each in _objects(schema):
        if not _NOT_ITS_OWN.isdisjoint(each):
            return ANY_TEXT
        if "pattern" in each:
            re.compile(str(each["pattern"]))
        if isinstance(each.get("enum"), list):
            each["enum"] = [*filter(is_unicode, cast("list[object]", each["enum"]))] or each["enum"]
    return cast("Schema", schema) if is_unicode(schema) and isinstance(schema, dict) else ANY_TEXT


def _objects(schema: object) -> Iterator[dict[str, object]]:
    """Yield all objects of a JSON value."""
    if isinstance(schema, dict):
        found = cast("dict[str, object]", schema)
        yield found
        inner: list[object] = [*found.values()]
    else:
        inner = cast("list[object]", schema) if isinstance(schema, list) else []
    for each in inner:
        yield from _objects(each)
