"""Declarations: what one plugin declares, or why it cannot say so. Whatever it does, the caller survives.

A plugin is anybody's code. It is imported and called here alone, each with a plugin manager of its own, so that none
can meet another.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Sequence
from typing import TypeGuard, cast

import pluggy

from envatlas.discovery import Candidate
from envatlas.distributions import describe
from envatlas.errors import IncompatiblePluginError, PluginError
from envatlas.hookspecs import API_VERSION, PROJECT, Hooks
from envatlas.owner import Owner
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
        return _checked(_call(plugin, candidate.owner.plugin, "envatlas_variables"), candidate.owner)
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit as well: a plugin must not end the process
        raise PluginError(candidate.owner, f"{doing} raised {describe(error)}") from error


def load_contributions(candidate: Candidate, hook: str) -> Sequence[object]:
    """Call another of a plugin's hooks, and return what it contributes; nothing where the plugin has no such hook.

    Args:
        candidate: The plugin, which is active.
        hook: The hook's name: ``envatlas_checks``.

    Raises:
        PluginError: The hook raised, or returned nothing that can be iterated. Its text may quote a secret.
        KeyboardInterrupt: The operator's, and passed on.
    """
    owner = candidate.owner
    try:
        returned = _call(candidate.load(), owner.plugin, hook)
        return () if returned is None else tuple(_require_iterable(returned, owner, hook))
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit as well: a plugin must not end the process
        raise PluginError(owner, f"calling its hook {hook} raised {describe(error)}") from error


def _require_iterable(returned: object, owner: Owner, hook: str) -> Iterable[object]:
    if isinstance(returned, str) or not isinstance(returned, Iterable):
        raise PluginError(owner, f"its hook {hook} returned {_noun(returned)}, and not an iterable")
    return cast("Iterable[object]", returned)


def _require_api(plugin: object, candidate: Candidate) -> None:
    module = sys.modules.get(candidate.module)
    wanted: object = getattr(plugin, "ENVATLAS_API", getattr(module, "ENVATLAS_API", API_VERSION))
    if wanted != API_VERSION:
        raise IncompatiblePluginError(
            candidate.owner,
            f"it asks for version {wanted!r} of the plugin API, and this envatlas has version {API_VERSION}; "
            f"install versions of {candidate.owner.distribution} and envatlas that go together",
        )


class _Manager(pluggy.PluginManager):
    """A manager that looks only at what is marked in a module; pluggy's static look at each name takes long."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if isinstance(plugin, types.ModuleType) and not hasattr(vars(plugin).get(name), f"{PROJECT}_impl"):
            return None
        return super().parse_hookimpl_opts(plugin, name)


def _call(plugin: object, name: str, hook: str) -> object:
    manager = _Manager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(plugin, name)
    manager.check_pending()
    returned: list[object] = []
    getattr(manager.hook, hook).call_historic(returned.append, {})
    return returned.pop() if returned else None


def _checked(returned: object, owner: Owner) -> Sequence[Variable[object]]:
    if returned is None:
        raise PluginError(
            owner,
            "it returned no variables: return them from a plain function envatlas_variables, marked with @hookimpl",
        )
    if isinstance(returned, str) or not isinstance(returned, Iterable):
        raise PluginError(
            owner, f"its hook envatlas_variables returned {_noun(returned)}, and not an iterable of Variable"
        )
    declared: dict[str, Variable[object]] = {}
    for each in cast("Iterable[object]", returned):
        if not _is_variable(each):
            raise PluginError(owner, f"its hook envatlas_variables yielded {_noun(each)}, and not a Variable")
        if declared.setdefault(each.name, each) != each:
            raise PluginError(owner, f"it declares {each.name} twice, and differently")
    return tuple(declared.values())


def _is_variable(value: object) -> TypeGuard[Variable[object]]:
    return type(value) is Variable  # one of a plugin's own could do anything when it is read


def _noun(value: object) -> str:
    """Return what a value is, without showing it: it is a plugin's, and may be anything."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"
