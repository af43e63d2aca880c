"""Selections: what the operator's filter leaves out, and everything that is wrong with what is installed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from envatlas.checks.held import told
from envatlas.checks.remedies import set_to, unset
from envatlas.contributions import HookError
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked
from envatlas.problems import (
    ConflictError,
    DamagedMetadataError,
    DuplicatePluginError,
    IncompatiblePluginError,
    PluginError,
    ProblemError,
    SecretReadError,
    UnmatchedNameError,
)
from envatlas.registry import Registry
from envatlas.selection import Selection

_NOTHING_OF_IT: Final = marked("None of its variables count")
_REFUSED: Final = marked("It does not count, so that it cannot show the secret")
_UNKNOWN_NAME: Final = marked("It selects nothing: it is misspelt, or not installed")
_MEANINGS: Final[Mapping[type[ProblemError], tuple[str, Severity, str]]] = {
    PluginError: ("plugin-failed", Severity.ERROR, _NOTHING_OF_IT),
    IncompatiblePluginError: ("incompatible-plugin", Severity.ERROR, _NOTHING_OF_IT),
    DuplicatePluginError: ("duplicate-plugin", Severity.WARNING, _NOTHING_OF_IT),
    HookError: ("hook-failed", Severity.WARNING, marked("What the hook adds is not known, or does not count")),
    ConflictError: ("variable-conflict", Severity.WARNING, marked("What the other plugin means by it does not count")),
    SecretReadError: (
        "secret-refused",
        Severity.WARNING,
        _REFUSED,
    ),
    UnmatchedNameError: (
        "unmatched-plugin",
        Severity.WARNING,
        _UNKNOWN_NAME,
    ),
    DamagedMetadataError: ("damaged-metadata", Severity.WARNING, marked("Plugins that it would bring are not known")),
}
_UNKNOWN: Final = ("check-failed", Severity.WARNING, marked("What is installed may be incomplete"))
_NAMES: Final = ("variable", "filter_variable")
"""The attributes in which a problem names the variable that it is about."""


def selection(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Check that the selection leaves something.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [found] = selection(registry.with_environ({"VLLM_PLUGINS": ""}), {"VLLM_PLUGINS": ""}, ToldHost())
    >>> found.code, found.remedy
    ('nothing-selected', 'unset VLLM_PLUGINS')
    """
    name = registry.filter_variable
    if not registry.plugins:
        yield Finding(
            "no-plugin",
            Severity.WARNING,
            "",
            Message(
                "no plugin is installed that offers an entry point in the group {group}",
                group=registry.group,
            ),
            marked("Without a plugin there is no variable to check"),
            f"pip install {registry.bundled}NAME" if registry.bundled else marked("pip install the plugins"),
        )
        return
    if name is not None and name in environ and told(environ, name) is None:
        yield Finding(
            "unknown-selection",
            Severity.NOTE,
            name,
            Message("{variable} is set, and no file tells to what", variable=name),
            marked("Everything is checked as if it selected all plugins"),
            Message("pass the file that sets {variable} as well", variable=name),
        )
    chosen = chosen_in_vain(registry, environ)
    if name is not None and chosen is not None:
        yield _nothing_selected(name, chosen, registry)


def chosen_in_vain(registry: Registry, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the names that a selection has which leaves no plugin; None where it leaves one, or nothing is installed.

    >>> from envatlas.vllm import registry
    >>> chosen_in_vain(registry, {"VLLM_PLUGINS": "my_platform"}), chosen_in_vain(registry, {"VLLM_PLUGINS": "cuda"})
    (('my_platform',), None)
    """
    name, plugins = registry.filter_variable, registry.plugins
    chosen = None if name is None else Selection.parse(told(environ, name)).names
    if not plugins or chosen is None or any(plugin.name in chosen for plugin in plugins):
        return None
    return chosen


def problems(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Report what is wrong with what is installed or selected.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [found] = problems(registry.with_environ({"VLLM_PLUGINS": "cuda,cpuu"}), {}, ToldHost())
    >>> found.found, found.remedy
    ("VLLM_PLUGINS names 'cpuu', and no installed plugin is called that; did you mean cpu?", \
'export VLLM_PLUGINS=cuda,cpu')
    """
    is_vain = chosen_in_vain(registry, environ) is not None
    for problem in registry.problems:
        if is_vain and isinstance(problem, UnmatchedNameError):
            continue  # that nothing is selected is one finding, which has its names
        code, severity, why = _MEANINGS.get(type(problem), _UNKNOWN)
        variable = next((str(name) for at in _NAMES if (name := getattr(problem, at, None))), "")
        yield Finding(code, severity, variable, problem.message, why, _remedy(problem, registry))


def _remedy(problem: ProblemError, registry: Registry) -> str:
    match problem:
        case UnmatchedNameError():
            return _respelt(problem, registry)
        case DuplicatePluginError(owner=owner) | ConflictError(refused=owner):
            arguments = ["uninstall", owner.distribution]
        case IncompatiblePluginError(owner=owner):
            arguments = ["install", "--upgrade", "envatlas", owner.distribution]
        case PluginError(owner=owner) | HookError(owner=owner) | SecretReadError(owner=owner):
            arguments = ["install", "--upgrade", owner.distribution]
        case DamagedMetadataError(location=location):
            distribution = location.partition(".dist-info")[0].rpartition("-")[0]
            arguments = ["install", "--force-reinstall", distribution or location]
        case _:
            arguments = ["check"]
    return shlex.join(["pip", *arguments])


def _respelt(problem: UnmatchedNameError, registry: Registry) -> str:
    """Return what to type so that the selection has the nearest name in the place of one, or does without it."""
    chosen = Selection.parse(told(registry.environ, problem.filter_variable)).names or ()
    meant = problem.nearest[:1]
    names = [new for each in chosen for new in (meant if each == problem.plugin else (each,))]
    return set_to(problem.filter_variable, ",".join(dict.fromkeys(names)), registry.environ)


def _nothing_selected(name: str, chosen: tuple[str, ...], registry: Registry) -> Finding:
    unmatched = {each.plugin: each.nearest[:1] for each in registry.problems if isinstance(each, UnmatchedNameError)}
    meant = tuple(new for each in chosen for new in unmatched.get(each, ()) or (each,))
    installed = () if meant != chosen else tuple(plugin.name for plugin in registry.plugins)
    return Finding(
        "nothing-selected",
        Severity.ERROR if chosen else Severity.WARNING,
        name,
        _in_vain(name, chosen, unmatched),
        marked("It selects the plugins that declare variables as well, so every variable here is gone"),
        set_to(name, ",".join(dict.fromkeys((*meant, *installed))), registry.environ)
        if chosen
        else unset(name, registry.environ),
    )


def _in_vain(name: str, chosen: tuple[str, ...], unmatched: Mapping[str, Sequence[str]]) -> Message:
    application = [each for each in chosen if each not in unmatched]
    if not chosen:
        return Message("{variable} is empty, which selects no plugin", variable=name)
    if application:
        names = ", ".join(application)
        return Message("{variable} names only the application's own plugins: {names}", variable=name, names=names)
    found = Message("{variable} names no plugin that is installed", variable=name)
    nearest = [*dict.fromkeys(each for names in unmatched.values() for each in names)]
    return Message("{found}; did you mean {names}?", found=found, names=", ".join(nearest)) if nearest else found
