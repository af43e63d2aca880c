"""Listings for other programs: readings and plugins as JSON objects. Their members are stable."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from envatlas.defaults import Computed
from envatlas.errors import InvalidValueError
from envatlas.loading import PluginRecord
from envatlas.readings import Reading
from envatlas.registry import InactiveVariable
from envatlas.values import read
from envatlas.variable import Variable

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

    >>> from envatlas.readings import explain
    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_PORT": "5000"}
    >>> reading_object(explain(registry, "VLLM_PORT", environ), environ)["value"]
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
        "secret": variable.secret,
        "error": None if reading.error is None else str(reading.error),
        "help": variable.help,
        "unit": variable.unit,
        "scope": str(variable.scope),
        "distribution": reading.owner.distribution,
        "version": reading.owner.version,
        "active": True,
    }


def inactive_object(variable: InactiveVariable, *, is_set: bool) -> Json:
    """Return an inactive variable as a JSON object with the members of `reading_object`.

    ``active`` is false, ``origin`` is ``inactive``, and ``error`` says why; what its source does not tell is null.

    >>> inactive_object(InactiveVariable("A_KEY", "a", "The key.", True, "left out"), is_set=True)["error"]
    'left out'
    """
    return {
        "name": variable.name,
        "value": None,
        "text": None,
        "set": is_set,
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
        "distribution": None,
        "version": None,
        "active": False,
    }


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
    """Return a value as JSON can say it, or the text that stands for it.

    >>> from envatlas import Number, Variable
    >>> json_value(Variable("A_LIMIT", Number(), default=None, help="The limit."), float("inf"))
    'inf'
    """
    if isinstance(value, float) and not math.isfinite(value):
        return variable.kind.render(value)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return variable.kind.render(value)
    return value


def _default(variable: Variable[object], environ: Mapping[str, str]) -> object:
    """Return the value that a variable would have if it were unset."""
    if not isinstance(variable.default, Computed):
        return variable.default
    rest = {name: text for name, text in environ.items() if name not in variable.sources}
    try:
        return read(variable, rest)
    except InvalidValueError:
        return None
