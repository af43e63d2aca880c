"""What a plugin's hooks are held to: each is one that envatlas calls, and returns what it is to return."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from envatlas.checks import Check
from envatlas.declarations import load_contributions
from envatlas.discovery import Candidate
from envatlas.distributions import describe
from envatlas.findings import Finding
from envatlas.hookspecs import PROJECT
from envatlas.hosts import ToldHost
from envatlas.problems import PluginError
from envatlas.registry import Registry
from envatlas.testing.faults import Fault

_CHECKS = "envatlas_checks"
_COMMANDS = "envatlas_commands"


def hook_faults(candidate: Candidate, registry: Registry) -> Iterator[Fault]:
    """Yield what is wrong with the hooks of a plugin that can be loaded.

    Args:
        candidate: The plugin.
        registry: A registry that has its variables, and those of others, for its checks to read.

    >>> from envatlas.testing.registries import candidate_of
    >>> from envatlas.vllm import registry
    >>> import envatlas_vllm_cuda
    >>> [*hook_faults(candidate_of(envatlas_vllm_cuda, "envatlas.vllm"), registry)]
    []
    """
    yield from _unmarked(candidate.load())
    for hook, faults in ((_CHECKS, _check_faults), (_COMMANDS, _command_faults)):
        try:
            contributed = load_contributions(candidate, hook)
        except PluginError as error:
            yield Fault("hook", hook, error.reason, "return what the hook's specification names")
            continue
        yield from faults(contributed, registry)


def _unmarked(plugin: object) -> Iterator[Fault]:
    """Yield the functions that are called as a hook is, and would never be called."""
    for name in dir(plugin):
        hook: object = getattr(plugin, name) if name.startswith(f"{PROJECT}_") else None
        if callable(hook) and not hasattr(hook, f"{PROJECT}_impl"):
            yield Fault("hook", name, "it is not marked, so that nothing calls it", "put @hookimpl above it")


def _check_faults(checks: Sequence[object], registry: Registry) -> Iterator[Fault]:
    """Yield what is wrong with checks; each is run on an empty environment, of a machine that nothing is known of."""
    for each in checks:
        fault = _check_fault(each, registry)
        if fault:
            yield Fault("check", _CHECKS, fault, "correct it")


def _check_fault(check: object, registry: Registry) -> str:
    if not callable(check):
        return f"{type(check).__name__} is no check"
    name = getattr(check, "__name__", type(check).__name__)
    try:
        found = [*cast("Check", check)(registry, {}, ToldHost())]
    except Exception as error:  # noqa: BLE001  a check is a plugin's own
        return f"{name} raised {describe(error)}"
    wrong = next((each for each in found if type(each) is not Finding), None)
    return "" if wrong is None else f"{name} yields {type(wrong).__name__}"


def _command_faults(commands: Sequence[object], _registry: Registry) -> Iterator[Fault]:
    if not commands:
        return
    import click  # noqa: PLC0415  it comes with the extra cli, and is there where a plugin offers commands

    from envatlas.cli.commands import OWN, describe_offer  # noqa: PLC0415  as above

    for each in commands:
        if not isinstance(each, click.Command) or each.name in OWN:
            yield Fault("command", _COMMANDS, describe_offer(each), "offer a click.Command under a name of its own")
