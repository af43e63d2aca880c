"""Listings for other programs: readings and plugins as JSON objects. Their members are stable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from envatlas.descriptions import allowed_by
from envatlas.environs import PROCESS, Environ, Place, UntoldTextError
from envatlas.errors import InvalidValueError
from envatlas.inactive import InactiveVariable
from envatlas.loading import PluginRecord
from envatlas.readings import Reading
from envatlas.values import default_of
from envatlas.variable import Variable

if TYPE_CHECKING:
    from envatlas.choices import AddedChoice

Json = Mapping[str, object]


def reading_object(reading: Reading, environ: Mapping[str, str]) -> Json:
    """Return a reading as a JSON object.

    Members:
        name, help, kind, unit, scope, secret: As the variable declares them; ``kind`` is the kind's word.
        value: The value; null if it is None, cannot be read, or is a secret. What JSON has no form for (an
            infinite number, a value of a plugin's own type) is the text that stands for it.
        text: The text that was read; null if it is unset, or a secret.
        set: Whether the value comes from the environment.
        origin: ``default``, ``environment``, or the other name that the text was read from.
        default: The value while it is unset.
        default_text: The default in words.
        error: Why it cannot be read; null if it can.
        plugin, distribution, version: Who declared it.
        active: true.
        place: Where it is set, as `place_object` says it; null where no file sets it.

    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_PORT": "5000"}
    >>> reading_object(registry.explain("VLLM_PORT", environ), environ)["value"]
    5000
    """
    variable = reading.variable
    return {
        "name": variable.name,
        "value": json_value(variable, reading.value),
        "text": reading.text,
        "set": reading.is_set,
        "origin": reading.origin,
        "plugin": reading.owner.plugin,
        "kind": variable.kind.name,
        "default": json_value(variable, _default(variable, environ)),
        "default_text": variable.default_text,
        "secret": reading.secret,
        "error": None if reading.error is None else str(reading.error),
        "help": variable.help,
        "unit": variable.unit,
        "scope": str(variable.scope),
        "distribution": reading.owner.distribution,
        "version": reading.owner.version,
        "active": True,
        "place": place_object(_place(environ, reading.source)),
    }


def explanation_object(reading: Reading, environ: Mapping[str, str], added: Sequence[AddedChoice] = ()) -> Json:
    """Return a reading as a JSON object with the members of `reading_object`, and all else that is known.

    Args:
        reading: The reading.
        environ: The environment.
        added: The choices that plugins added to the variable.

    Members:
        expected: What its kind reads, in words.
        expects: What its documentation allows, in words; null where it says nothing.
        added_choices: ``choice``, ``plugin``, ``distribution`` and ``version`` of each that a plugin added.
        internal, affects_compilation, only_with: As the variable declares them.
        deprecated: ``since``, ``reason`` and ``replacement``; null if it is not.
        reads: The names that it is read from, in order.
        formerly: ``name``, ``since`` and ``reason`` of each name that it had before.
        depends_on: The names of the variables that its value or its effect depends on.
        dependents: The names of the variables that depend on it.
        untold: Why its text is not known although it is set; null if it is known.
        declared: Where it is declared, ``file`` and ``line``; null where its plugin's source does not tell.

    >>> from envatlas.vllm import registry
    >>> explanation_object(registry.explain("VLLM_CACHE_ROOT", {}), {})["depends_on"]
    ['HOME', 'XDG_CACHE_HOME']
    """
    variable, declared = reading.variable, reading.declared_at
    return {
        **reading_object(reading, environ),
        "expected": variable.kind.expected,
        "expects": allowed_by(variable) or None,
        "added_choices": [
            {
                "choice": each.choice,
                "plugin": each.owner.plugin,
                "distribution": each.owner.distribution,
                "version": each.owner.version,
            }
            for each in added
        ],
        "internal": variable.internal,
        "affects_compilation": variable.affects_compilation,
        "only_with": variable.only_with,
        "deprecated": None if variable.deprecated is None else attrs.asdict(variable.deprecated),
        "reads": list(variable.sources),
        "formerly": [
            {"name": name, "since": deprecated.since, "reason": deprecated.reason}
            for name, deprecated in variable.formerly.items()
        ],
        "depends_on": list(reading.depends_on),
        "dependents": list(reading.dependents),
        "untold": reading.untold or None,
        "declared": None if declared is None else {"file": declared.file, "line": declared.line},
    }


def inactive_object(variable: InactiveVariable, environ: Mapping[str, str]) -> Json:
    """Return an inactive variable as a JSON object with the members of `reading_object`.

    ``active`` is false, ``origin`` is ``inactive``, and ``error`` says why; what its source does not tell is null.

    >>> from envatlas.owner import Owner
    >>> key = InactiveVariable("A_KEY", Owner("a", "a-vllm", "1.2"), "The key.", True, "left out")
    >>> inactive_object(key, {})["error"]
    'left out'
    """
    source = variable.set_as(environ)
    return {
        "name": variable.name,
        "value": None,
        "text": None,
        "set": source is not None,
        "origin": "inactive",
        "plugin": variable.plugin,
        "kind": None,
        "default": None,
        "default_text": None,
        "secret": variable.secret,
        "error": variable.why,
        "help": variable.help,
        "unit": None,
        "scope": None,
        "distribution": variable.owner.distribution,
        "version": variable.owner.version,
        "active": False,
        "place": place_object(_place(environ, source)),
    }


def place_object(place: Place) -> Json | None:
    """Return a place as a JSON object; None for the environment of a process.

    Members:
        file: The path of the file.
        line: The line in it, from 1; null where there is none to tell.
        document: The document in it, from 1; null where it has only one.
        container: The container that gets the text; null for none.
        via: By what it gets it: ``env file``, ``manifest``, ``Compose file``, ``ConfigMap``, ``Secret``, or ``process``
            for a saved environment of one.

    >>> place_object(Place("a.env", 3))["line"]
    3
    """
    if not place.file:
        return None
    return {
        "file": place.file,
        "line": place.line,
        "document": place.document,
        "container": place.container or None,
        "via": str(place.via),
    }


def _place(environ: Mapping[str, str], name: str | None) -> Place:
    return PROCESS if name is None or not isinstance(environ, Environ) else environ.place_of(name)


def plugin_object(plugin: PluginRecord) -> Json:
    """Return a plugin as a JSON object.

    Members:
        name: The plugin's name, on which the selection filters.
        state: ``active``, ``excluded``, ``failed``, ``duplicate`` or ``incompatible``.
        distribution, version: The distribution that brought it.
        module: The module that its entry point names.
        variables: The names of the variables that it owns; none unless it is active.
        reason: Why it is not active; null if it is.

    >>> from envatlas.vllm import registry
    >>> plugin_object(registry.plugins[0])["state"]
    'active'
    """
    return {
        "name": plugin.name,
        "state": str(plugin.state),
        "distribution": plugin.distribution,
        "version": plugin.version,
        "module": plugin.module,
        "variables": list(plugin.variables),
        "reason": plugin.reason or None,
    }


def json_value(variable: Variable[object], value: object) -> object:
    """Return a value as JSON can say it, or the text that stands for it, or None if there is none.

    >>> from envatlas import Number, Variable
    >>> json_value(Variable("A_LIMIT", Number(), default=None, help="The limit."), float("inf"))
    'inf'
    """
    try:
        json.dumps(value, allow_nan=False)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a container may be of a plugin's own type
        return _text_of(variable, value)
    return value


def _text_of(variable: Variable[object], value: object) -> str | None:
    """Return the text that stands for a value; None if its kind, which may be a plugin's own, has none."""
    try:
        return str(variable.kind.render(value))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001
        return None


def _default(variable: Variable[object], environ: Mapping[str, str]) -> object:
    if variable.secret:
        return None  # a computed one may be made of another secret
    try:
        return default_of(variable, environ)
    except (InvalidValueError, UntoldTextError):
        return None
