"""Declarations: what one plugin declares, or why it cannot say so. Whatever it does, the caller survives.

A plugin is anybody's code. It is imported and called here alone, each with a plugin manager of its own, so that none
can meet another.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Sequence
from typing import Final, TypeGuard, cast

import pluggy

from envatlas.discovery import Candidate
from envatlas.distributions import describe
from envatlas.hookspecs import API_VERSION, PROJECT, Hooks
from envatlas.owner import Owner
from envatlas.problems import IncompatiblePluginError, PluginError, worded
from envatlas.variable import Variable

_NEEDED: Final = "envatlas_variables"
"""The hook that every plugin has."""


def load_declarations(candidate: Candidate) -> tuple[Sequence[Variable[object]], frozenset[str]]:
    """Import a plugin, and call its hook.

    Returns:
        The variables that it declares, each name once; and the names of all hooks that it has.

    Raises:
        PluginError: It failed, in whatever way. Its text is what the plugin raised, and may quote a secret.
        KeyboardInterrupt: The operator's, and passed on.
    """
    hook = ""
    try:
        plugin = _behind(candidate.load())
        _require_api(plugin, candidate)
        hook = _NEEDED
        returned, hooks = _call(plugin, candidate.owner.plugin, hook)
        return _checked(returned, candidate.owner), hooks
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit as well: a plugin must not end the process
        raise _failed(candidate, hook, error) from error


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
        returned, _ = _call(_behind(candidate.load()), owner.plugin, hook)
        return () if returned is None else tuple(_require_iterable(returned, owner, hook))
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit as well: a plugin must not end the process
        raise _failed(candidate, hook, error) from error


def _behind(plugin: object) -> object:
    """Return the module in whose place another has been installed, or else the plugin as it is: hooks are its own."""
    return vars(plugin).get("__behind__", plugin) if isinstance(plugin, types.ModuleType) else plugin


def _failed(candidate: Candidate, hook: str, error: BaseException) -> PluginError:
    """Return what became of a plugin that raised while a hook was called, or while it was imported."""
    if hook:
        reason = worded("calling its hook {hook} raised {error}", hook=hook, error=describe(error))
    else:
        reason = worded("importing {target} raised {error}", target=candidate.target, error=describe(error))
    return PluginError(candidate.owner, reason)


def _require_iterable(returned: object, owner: Owner, hook: str) -> Iterable[object]:
    if isinstance(returned, str) or not isinstance(returned, Iterable):
        reason = worded("its hook {hook} returned {noun}, and not an iterable", hook=hook, noun=noun(returned))
        raise PluginError(owner, reason)
    return cast("Iterable[object]", returned)


def _require_api(plugin: object, candidate: Candidate) -> None:
    module = sys.modules.get(candidate.module)
    wanted: object = getattr(plugin, "ENVATLAS_API", getattr(module, "ENVATLAS_API", API_VERSION))
    if wanted != API_VERSION:
        reason = worded(
            "it asks for version {wanted} of the plugin API, and this envatlas has version {version}; "
            "install versions of {distribution} and envatlas that go together",
            wanted=repr(wanted),
            version=API_VERSION,
            distribution=candidate.owner.distribution,
        )
        raise IncompatiblePluginError(candidate.owner, reason)


class _Manager(pluggy.PluginManager):
    """A manager that looks only at what is marked in a module, and at the hooks that it has.

    pluggy's static look at each name takes long, and so does what it makes of each hook.
    """

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if isinstance(plugin, types.ModuleType) and not hasattr(vars(plugin).get(name), f"{PROJECT}_impl"):
            return None
        return super().parse_hookimpl_opts(plugin, name)

    def parse_hookspec_opts(self, module_or_class: types.ModuleType | type, name: str) -> pluggy.HookspecOpts | None:
        if name != _NEEDED and not hasattr(self.hook, name):
            return None
        return super().parse_hookspec_opts(module_or_class, name)


def _call(plugin: object, name: str, hook: str) -> tuple[object, frozenset[str]]:
    """Return what a plugin's hook returns, None where it has no such hook, and the names of all that it has."""
    manager = _Manager(PROJECT)
    manager.register(plugin, name)
    manager.add_hookspecs(Hooks)  # after the plugin, when it is known which of them it has
    manager.check_pending()
    hooks = {each: caller for each, caller in vars(manager.hook).items() if caller.get_hookimpls()}
    returned: list[object] = []
    if hook in hooks:
        hooks[hook].call_historic(returned.append, {})
    return returned.pop() if returned else None, frozenset(hooks)


def _checked(returned: object, owner: Owner) -> Sequence[Variable[object]]:
    if returned is None:
        reason = worded(
            "it returned no variables: return them from a plain function envatlas_variables, marked with @hookimpl"
        )
        raise PluginError(owner, reason)
    if isinstance(returned, str) or not isinstance(returned, Iterable):
        reason = worded(
            "its hook {hook} returned {noun}, and not an iterable of Variable", hook=_NEEDED, noun=noun(returned)
        )
        raise PluginError(owner, reason)
    declared: dict[str, Variable[object]] = {}
    for each in cast("Iterable[object]", returned):
        if not _is_variable(each):
            reason = worded(
                "its hook {hook} yielded {noun}, and not {expected}",
                hook=_NEEDED,
                noun=noun(each),
                expected="a Variable",
            )
            raise PluginError(owner, reason)
        if declared.setdefault(each.name, each) != each:
            raise PluginError(owner, worded("it declares {variable} twice, and differently", variable=each.name))
    return tuple(declared.values())


def _is_variable(value: object) -> TypeGuard[Variable[object]]:
    return type(value) is Variable  # one of a plugin's own could do anything when it is read


def noun(value: object) -> str:
    """Return what a value is, without showing it: it is a plugin's, and may be anything.

    >>> noun(5), noun(None)
    ('an int', 'None')
    """
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"
