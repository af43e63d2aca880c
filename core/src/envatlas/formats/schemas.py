"""Schemas: an environment as a JSON Schema (2020-12), valid exactly where every variable can be read.

It has standard keywords alone, and a type beside each that is for one type, so that a validator takes it that refuses
what it does not know.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final

from envatlas.defaults import Computed
from envatlas.descriptions import allowed_by
from envatlas.formats.compose_schemas import ANYTHING, UNTOLD, entry_schema
from envatlas.formats.kind_schemas import TEXT, Definitions, is_unicode, skipped
from envatlas.formats.list_schemas import items_schema
from envatlas.formats.shown import one_line
from envatlas.kinds import Schema
from envatlas.patterns import literally
from envatlas.registry import Registry
from envatlas.variable import Variable

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_CONFIGMAP_KEY: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 253,
    "not": {"type": "string", "pattern": "[^-._a-zA-Z0-9]"},
}
_FORMS: Final = ("anything", "untold", "mapping", "list")
"""The definitions that a compose file's schema has beside those of kinds."""


class Form(enum.StrEnum):
    """What a schema is of."""

    ENV = "env"
    """A mapping of names to texts."""
    COMPOSE = "compose"
    """The ``environment`` of a service in a compose file, be it a mapping or a list."""
    CONFIGMAP = "configmap"
    """The ``data`` of a Kubernetes ConfigMap."""


_TITLES: Final = {
    Form.ENV: "An environment",
    Form.COMPOSE: "The environment of a service in a compose file",
    Form.CONFIGMAP: "The data of a ConfigMap",
}


def environment_schema(registry: Registry, form: Form = Form.ENV, *, allow_undeclared: bool = False) -> Schema:
    """Return the JSON Schema of an environment in which all variables of a registry can be read.

    Args:
        registry: The registry; the variables of its active plugins count.
        form: What the schema is of.
        allow_undeclared: Whether names that start with the registry's prefix, and that no active plugin declares, are
            allowed; all others are.

    Returns:
        The schema; nothing that any environment holds is in it.

    >>> from envatlas.vllm import registry
    >>> timeout = environment_schema(registry)["properties"]["VLLM_RPC_TIMEOUT"]
    >>> timeout["default"], timeout["$ref"]
    ('10000', '#/$defs/integer')
    """
    definitions = Definitions(*_FORMS)
    is_compose = form is Form.COMPOSE
    names = [] if allow_undeclared or not registry.prefix else _declared(registry)
    rules = [_no_other(names, registry.prefix)] if names else []
    rules += [_CONFIGMAP_KEY] if form is Form.CONFIGMAP else []
    mapping = _Mapping(registry, definitions, is_compose=is_compose).schema(rules)
    head = {"$schema": _DIALECT, "title": f"{_TITLES[form]} with the variables of {registry.name}"}
    if not is_compose:
        return {**head, **mapping, "$defs": definitions.named}
    items = items_schema(_texts_by_kind(registry, definitions), names, registry.prefix)
    added = (ANYTHING, UNTOLD, mapping, {"type": "array", "items": items})
    either = {"if": {"type": "array"}, "then": {"$ref": "#/$defs/list"}, "else": {"$ref": "#/$defs/mapping"}}
    return {**head, **either, "$defs": {**definitions.named, **dict(zip(_FORMS, added, strict=True))}}


def _declared(registry: Registry) -> list[str]:
    return sorted({name for variable in registry for name in (variable.name, *variable.sources)})


def _no_other(names: Sequence[str], prefix: str) -> Schema:
    return {"anyOf": [{"enum": names}, {"not": {"type": "string", "pattern": f"^{literally(prefix)}"}}]}


class _Mapping:
    """The schema of a mapping of names, as it grows by one variable after the other."""

    def __init__(self, registry: Registry, definitions: Definitions, *, is_compose: bool) -> None:
        self._definitions = definitions
        self._is_compose = is_compose
        self._said: dict[str, Schema] = {}
        self._held: dict[str, list[Schema]] = {}
        self._conditions: list[Schema] = []
        for variable in registry:
            self._said[variable.name] = _annotations(registry, variable)
        for variable in registry:
            self._add(variable)

    def schema(self, rules: Sequence[Schema]) -> Schema:
        """Return the schema, with rules for the names."""
        properties = {
            name: {**said, **_all_of(self._held.get(name, [self._other]))} for name, said in self._said.items()
        }
        schema: dict[str, object] = {"type": "object", "properties": properties}
        if rules:
            schema["propertyNames"] = _all_of(rules)
        if self._conditions:
            schema["allOf"] = self._conditions
        return {**schema, "additionalProperties": self._other}

    @property
    def _other(self) -> Schema:
        return {"$ref": "#/$defs/anything"} if self._is_compose else TEXT

    def _add(self, variable: Variable[object]) -> None:
        """Hold the names from which a variable is read to what it reads."""
        for name in variable.sources:
            self._said.setdefault(name, _annotations_of_other(name, variable))
        texts = self._definitions.reference(variable.kind)
        entry = entry_schema(variable.kind, texts) if self._is_compose else texts
        sources = variable.sources
        first, *others = sources
        if not others or texts == TEXT:
            self._held.setdefault(first, []).append(entry)
            return
        none = skipped(variable.kind)
        unless_none: Schema = {"anyOf": [none, entry]}
        self._held.setdefault(first, []).append(unless_none)
        for number, name in enumerate(others, 1):
            self._require(variable.sources[:number], none, {name: unless_none})
        if not variable.kind.empty_is_unset:  # the first that is set counts if all are empty
            self._require(variable.sources, none, dict.fromkeys(variable.sources, entry))

    def _require(self, names: Sequence[str], none: Schema, then: Mapping[str, Schema]) -> None:
        """Hold properties to schemas where those of some names are absent, or as good as that."""
        condition = {"properties": dict.fromkeys(names, none)}
        self._conditions.append({"if": condition, "then": {"properties": then}})


def _annotations(registry: Registry, variable: Variable[object]) -> Schema:
    """Return what a person reads of a variable, and what an editor shows."""
    owner = registry.owner(variable.name)
    facts = [f"plugin {owner.plugin}, {owner.distribution} {owner.version}", f"scope {variable.scope}"]
    facts += [f"unit {variable.unit}"] if variable.unit else []
    facts += [f"read from {' or '.join(variable.sources)}"] if variable.sources != (variable.name,) else []
    facts += [f"expected: {expected}"] if (expected := allowed_by(variable)) else []
    said: dict[str, object] = {"description": one_line(variable.help), "$comment": one_line("; ".join(facts))}
    if variable.deprecated is not None:
        since = f"Deprecated since {variable.deprecated.since}: {variable.deprecated.reason}"
        said |= {"deprecated": True, "description": one_line(f"{variable.help} {since}")}
    if variable.secret:
        return {**said, "writeOnly": True}
    if variable.default is not None and not isinstance(variable.default, Computed):
        default = variable.kind.render(variable.default)
        said |= {"default": default} if is_unicode(default) else {}
    return said


def _annotations_of_other(name: str, variable: Variable[object]) -> Schema:
    """Return what a person reads of another name from which a variable is read."""
    former = variable.formerly.get(name)
    if former is None:
        return {"description": f"Where {variable.name} is read from as well."}
    said = f"What {variable.name} was called before. Deprecated since {former.since}: {former.reason}"
    return {"description": one_line(said), "deprecated": True}


def _texts_by_kind(registry: Registry, definitions: Definitions) -> list[tuple[list[str], Schema]]:
    """Return the names whose texts an item of a list is held to, by what they are held to.

    Of several names for one variable it is the first; whether the others count, no schema of one item can say.
    """
    grouped: dict[str, tuple[list[str], Schema]] = {}
    for variable in registry:
        texts = definitions.reference(variable.kind)
        if texts == TEXT:
            continue
        schema = definitions.referred(texts)
        if len(variable.sources) > 1:
            schema = {"anyOf": [skipped(variable.kind), schema]}
        names, _ = grouped.setdefault(repr(schema), ([], schema))
        names += variable.sources[:1]
    return [*grouped.values()]


def _all_of(schemas: Sequence[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"allOf": schemas}
