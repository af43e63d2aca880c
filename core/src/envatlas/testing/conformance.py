"""Conformance: whether a plugin is one that operators can rely on, in one call."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection, Iterator, Sequence

import attrs

from envatlas.checks.exposure import secret_names
from envatlas.contributions import HookError
from envatlas.declarations import load_declarations
from envatlas.discovery import Candidate
from envatlas.distributions import normalize
from envatlas.hookspecs import Plugin
from envatlas.problems import DuplicatePluginError, PluginError, SecretReadError
from envatlas.redaction import secret_hider
from envatlas.registry import Registry
from envatlas.testing.faults import ConformanceError, Fault
from envatlas.testing.hooks import hook_faults
from envatlas.testing.imports import BUDGET, import_faults
from envatlas.testing.names import owner_faults, prefix_faults, secret_faults, source_faults
from envatlas.testing.registries import candidate_of, offering, owner_of
from envatlas.testing.variables import default_faults, help_faults, kind_faults
from envatlas.variable import Variable


def assert_conforms(
    plugin: str | Plugin,
    *,
    registry: Registry | None = None,
    other_names: Collection[str] = (),
    not_secret: Collection[str] = (),
    import_budget: float = BUDGET,
) -> None:
    """Assert that a plugin keeps to the rules, or say in one error which ones it breaks.

    Args:
        plugin: The plugin: the name of its entry point, of its module (``module:attribute`` of an object), or itself.
        registry: The registry that it is for; vLLM's unless it is given.
        other_names: Its variables whose names do not start with the registry's prefix, and need not.
        not_secret: Its variables whose names look like a secret's, and that are none.
        import_budget: How long importing it may take, in times that importing envatlas takes.

    Raises:
        ConformanceError: It breaks rules; it is an `AssertionError`.

    >>> assert_conforms("cuda", other_names=["CUDA_HOME", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"])
    """
    made = _vllm() if registry is None else registry
    faults = find_faults(
        plugin, registry=made, other_names=other_names, not_secret=not_secret, import_budget=import_budget
    )
    if faults:
        found = _find(plugin, made)
        raise ConformanceError(f"plugin {plugin!r}" if found is None else str(found.owner), faults)


def find_faults(
    plugin: str | Plugin,
    *,
    registry: Registry | None = None,
    other_names: Collection[str] = (),
    not_secret: Collection[str] = (),
    import_budget: float = BUDGET,
) -> Sequence[Fault]:
    """Return the rules that a plugin breaks; the arguments are those of `assert_conforms`.

    >>> [f"{fault.about}: {fault.rule}" for fault in find_faults("build")][:2]
    ['CMAKE_BUILD_TYPE: prefix', 'MAX_JOBS: prefix']
    """
    made = _vllm() if registry is None else registry
    candidate = _find(plugin, made)
    if candidate is None:
        return (_unknown(made),)
    beside = _beside(candidate, made)
    try:
        variables, _ = load_declarations(candidate)
    except PluginError as error:
        faults = [Fault("load", "", error.reason, "correct it")]
    else:
        faults = [
            *_variable_faults(variables),
            *prefix_faults(variables, made.prefix, other_names),
            *secret_faults(variables, not_secret),
            *owner_faults(variables, candidate, beside),
            *_problem_faults(candidate, beside),
            *source_faults(variables, candidate.module),
            *hook_faults(candidate, beside),
            *import_faults(candidate.target, import_budget),
        ]
    return _without_secrets(faults, beside)


def _vllm() -> Registry:
    from envatlas import vllm  # noqa: PLC0415  another registry does not need it

    return vllm.registry


def _find(plugin: object, registry: Registry) -> Candidate | None:
    """Return a plugin as an installed distribution offers it, or as it is given; None for a name of nothing."""
    offered = sorted(registry.discover(registry.group).candidates, key=_order)
    if not isinstance(plugin, str):
        given = candidate_of(plugin, registry.group)
        same = (each for each in offered if each.target == given.target)
        return next(same, given) if type(given) is Candidate else given
    named = next((each for each in offered if plugin in (each.owner.plugin, each.target)), None)
    if named is None and _is_importable(plugin):
        return Candidate(owner_of(plugin.partition(":")[0]), registry.group, plugin)
    return named


def _order(candidate: Candidate) -> tuple[str, str]:
    return candidate.owner.plugin, normalize(candidate.owner.distribution)


def _is_importable(target: str) -> bool:
    """Return whether there is a module of that name; its packages are imported to find out."""
    try:
        return importlib.util.find_spec(target.partition(":")[0]) is not None
    except (ImportError, ValueError):
        return False


def _unknown(registry: Registry) -> Fault:
    names = sorted(each.owner.plugin for each in registry.discover(registry.group).candidates)
    found = f"no module is called that, and no plugin of {registry.group!r}, which has {', '.join(names) or 'none'}"
    return Fault("load", "", found, "install it, or correct the name")


def _beside(candidate: Candidate, registry: Registry) -> Registry:
    """Return a registry that has a plugin, and all others that are installed, whatever is selected."""
    others = (each for each in registry.discover(registry.group).candidates if each.target != candidate.target)
    environ = {name: text for name, text in os.environ.items() if name != registry.filter_variable}
    return offering(registry, [*others, candidate], environ)


def _variable_faults(variables: Sequence[Variable[object]]) -> Iterator[Fault]:
    for variable in variables:
        yield from help_faults(variable)
        yield from kind_faults(variable)
        yield from default_faults(variable)


def _problem_faults(candidate: Candidate, registry: Registry) -> Iterator[Fault]:
    """Yield what a registry that has the plugin finds wrong with it, besides its names."""
    for each in registry.problems:
        match each:
            case SecretReadError(owner=candidate.owner):
                found = f"it depends on {each.secret}, which is a secret"
                yield Fault("secret", each.variable, found, "declare it with secret=True")
            case DuplicatePluginError(owner=candidate.owner):
                yield Fault("name", "", f"another has its name: {each.reason}", "give it a name of its own")
            case HookError(owner=candidate.owner):
                yield Fault("hook", "", each.reason, "return what the hook's specification names")
            case _:
                pass


def _without_secrets(faults: Sequence[Fault], registry: Registry) -> Sequence[Fault]:
    """Return the faults without secrets, which what a plugin raises may quote."""
    hide = secret_hider(secret_names(registry), registry.environ)
    return tuple(attrs.evolve(each, found=hide(each.found)) for each in faults)
