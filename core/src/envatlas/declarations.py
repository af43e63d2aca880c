"""Declarations: what one plugin declares, or why it cannot say so. Whatever it does, the caller survives.

A plugin is anybody's code. It is imported and called here alone, each with a plugin manager of its own, so that none
can meet another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeGuard, cast

import pluggy

from envatlas.discovery import Candidate
from envatlas.errors import IncompatiblePluginError, Origin, PluginError
from envatlas.hookspecs import API_VERSION, PROJECT, Hooks
from envatlas.variable import Variable


def load_declarations(candidate: Candidate) -> Sequence[Variable[object]]:
    """Import a plugin, call its hook, and return the variables that it declares, each name once.

    Raises:
        PluginError: It failed, in whatever way. Its text is what the plugin raised, and may quote a secret.
        KeyboardInterrupt: The operator's, and passed on.
    """
    doing = f"importing {candidate.target}"
    try:
        plugin = candidate.load()
        _require_api(plugin, candidate)
        doing = "calling its hook envatlas_variables"
        return _checked(_call(plugin, candidate.origin.plugin), candidate.origin)
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit as well: a plugin must not end the process
        raise PluginError(candidate.origin, f"{doing} raised {type(error).__name__}{_message(error)}") from error


def _require_api(plugin: object, candidate: Candidate) -> None:
    module = sys.modules.get(candidate.module)
    wanted: object = getattr(plugin, "ENVATLAS_API", getattr(module, "ENVATLAS_API", API_VERSION))
    if wanted != API_VERSION:
        raise IncompatiblePluginError(
            candidate.origin,
            f"it asks for version {wanted!r} of the plugin API, and this envatlas has version {API_VERSION}; "
            f"install versions of {candidate.origin.distribution} and envatlas that go together",
        )


def _call(plugin: object, name: str) -> object:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(plugin, name)
    manager.check_pending()
    returned: list[object] = []
    manager.hook.envatlas_variables.call_historic(returned.append, {})
    return returned.pop() if returned else None


def _checked(returned: object, origin: Origin) -> Sequence[Variable[object]]:
    if returned is None:
        raise PluginError(
            origin,
            "it returned no variables: return them from a function envatlas_variables that is marked with @hookimpl",
        )
    if isinstance(returned, str) or not isinstance(returned, Iterable):
        raise PluginError(
            origin, f"its hook envatlas_variables returned {_noun(returned)}, and not an iterable of Variable"
        )
    declared: dict[str, Variable[object]] = {}
    for each in cast("Iterable[object]", returned):
        if not _is_variable(each):
            raise PluginError(origin, f"its hook envatlas_variables yielded {_noun(each)}, and not a Variable")
        if declared.setdefault(each.name, each) != each:
            raise PluginError(origin, f"it declares {each.name} twice, and differently")
    return tuple(declared.values())


def _is_variable(value: object) -> TypeGuard[Variable[object]]:
    return isinstance(value, Variable)


def _message(error: BaseException) -> str:
    """Return the message of what a plugin raised; making it runs the plugin's code again."""
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a plugin's
        return ", and its message could not be made"
    return f": {text}" if text else ""


def _noun(value: object) -> str:
    """Return what a value is, without showing it: it is a plugin's, and may be anything."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"
