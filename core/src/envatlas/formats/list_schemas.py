"""What an item ``NAME=text`` of a list must be, as a compose file has them, from the schemas of texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, cast

from envatlas.formats.compose_schemas import UNTOLD
from envatlas.kinds import Schema
from envatlas.patterns import literally, repeated

_SAYS_NOTHING: Final = {"$comment", "title", "description", "examples", "default", "deprecated", "type"}
_TOKEN: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_NAME: Final = "[^=]*="


def items_schema(texts: Sequence[tuple[Sequence[str], Schema]], names: Sequence[str], prefix: str) -> Schema:
    """Return the schema of an item ``NAME=text``, or ``NAME`` alone, which passes what compose finds.

    Args:
        texts: Names of variables, and the schema of their texts; one that no item can be held to is left out.
        names: All names that are declared, where others that start with the prefix are refused.
        prefix: What the names of the application's variables start with.

    >>> texts = [(["A_PORT"], {"type": "string", "pattern": "^[0-9]*$"})]
    >>> items_schema(texts, [], "A_")["allOf"][0]["then"]["anyOf"][0]
    {'type': 'string', 'pattern': '^[^=]*=(?:[0-9]*$)'}
    """
    rules: list[Schema] = []
    for each, schema in texts:
        behind = _safely_behind_name(schema)
        if behind is not None:
            either = {"anyOf": [behind, behind_name(UNTOLD)]}
            rules.append({"if": {"type": "string", "pattern": f"^{_one_of(each)}="}, "then": either})
    if names:
        others = {"not": {"type": "string", "pattern": f"^{literally(prefix)}"}}
        declared = [{"type": "string", "pattern": f"^{_one_of(names)}="}, {"enum": list(names)}]
        rules.append({"anyOf": [*declared, others]})
    item: Schema = {"type": "string", "pattern": r"^[^\x00]*$"}
    return {**item, "allOf": rules} if rules else item


def behind_name(schema: Schema) -> Schema | None:
    r"""Return the schema of a name, an equals sign, and a text that a schema accepts; None where it cannot be said.

    >>> behind_name({"type": "string", "maxLength": 2})
    {'type': 'string', 'allOf': [{'not': {'type': 'string', 'pattern': '^[^=]*=[\\s\\S]{3}'}}]}
    >>> behind_name({"format": "ipv4"}) is None
    True
    """
    rules: list[Schema] = []
    for keyword, value in schema.items():
        if keyword in _SAYS_NOTHING:
            continue
        rule = _rule(keyword, value)
        if rule is None:
            return None
        rules.append(rule)
    if len(rules) == 1 and "pattern" in rules[0]:
        return rules[0]
    return {"type": "string", "allOf": rules} if rules else {"type": "string"}


def _safely_behind_name(schema: Schema) -> Schema | None:
    try:
        return behind_name(schema)
    except (AttributeError, TypeError):  # a plugin's, and no schema
        return None


def _rule(keyword: str, value: object) -> Schema | None:
    """Return what one keyword of a schema comes to."""
    of_keyword = _RULES.get(keyword)
    return None if of_keyword is None else of_keyword(value)


def _not(value: object) -> Schema | None:
    behind = behind_name(cast("Schema", value))
    return None if behind is None else {"not": behind}


def _several(keyword: str, value: object) -> Schema | None:
    parts = [behind_name(each) for each in cast("list[Schema]", value)]
    return None if None in parts else {keyword: parts}


def _one_text_of(texts: object) -> Schema:
    return {"anyOf": [_exactly(text) for text in cast("list[object]", texts) if isinstance(text, str)]}


def _at_least(length: object) -> Schema:
    return _starts(repeated(r"[\s\S]", cast("int", length)))


def _pattern(value: object) -> Schema | None:
    """Return the schema of a pattern behind a name; None for one of which only a part is bound to the start."""
    pattern = str(value)
    tokens = _TOKEN.findall(pattern)
    if "^" not in tokens:
        return _starts(rf"[\s\S]*(?:{pattern})")
    if tokens[:1] != ["^"] or "^" in tokens[1:] or _has_branches(tokens):
        return None
    return _starts(f"(?:{pattern[1:]})")


def _has_branches(tokens: Iterable[str]) -> bool:
    depth = 0
    for each in tokens:
        depth += (each == "(") - (each == ")")
        if each == "|" and not depth:
            return True
    return False


def _exactly(text: str) -> Schema:
    """Return the schema of one text; what Python's ``$`` lets stand behind it is refused."""
    return {**_starts(f"{literally(text)}$"), "not": _starts(f"{literally(text)}\\n")}


def _starts(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^{_NAME}{pattern}"}


def _one_of(names: Sequence[str]) -> str:
    return f"(?:{'|'.join(names)})"


_RULES: Final[dict[str, Callable[[object], Schema | None]]] = {
    "pattern": _pattern,
    "not": _not,
    "anyOf": functools.partial(_several, "anyOf"),
    "allOf": functools.partial(_several, "allOf"),
    "oneOf": functools.partial(_several, "oneOf"),
    "enum": _one_text_of,
    "const": lambda text: _one_text_of([text]),
    "minLength": _at_least,
    "maxLength": lambda length: {"not": _at_least(cast("int", length) + 1)},
}
