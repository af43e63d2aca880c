"""Names: what is set, looks like one of a registry's variables, and is none."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from envatlas.checks.held import told
from envatlas.checks.remedies import rename, said, set_to, unset
from envatlas.checks.selections import chosen_in_vain
from envatlas.checks.services import injected_names
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.loading import PluginRecord, PluginState
from envatlas.messages import Message, alternatives, marked, message_of
from envatlas.registry import Registry
from envatlas.selection import Selection
from envatlas.values import inputs

if TYPE_CHECKING:
    from envatlas.inactive import InactiveVariable
    from envatlas.removals import RemovedVariable

_MOST_COMPARED: Final = 200
"""More names that nobody declares are reported, but not compared with all that are: each takes a millisecond."""
_OTHERS: Final = re.compile(r"[^A-Za-z0-9_]")
_CERTAIN: Final = 10
"""In letters: of shorter names outside the prefix, one that differs in a letter may well be somebody else's."""


def names(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Check the names that are set: nobody declares some, and some belong to plugins that are not active.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [found] = names(registry, {"VLLM_PROT": "5000"}, ToldHost())
    >>> found.found, found.remedy
    ('VLLM_PROT is declared by nobody; did you mean VLLM_PORT?', 'export VLLM_PORT="$VLLM_PROT"; unset VLLM_PROT')
    """
    known = _known(registry)
    gone = {each.name: each for each in registry.removed if each.name not in known}
    yield from (_removed(gone[name], environ) for name in environ if name in gone)
    others = [name for name in environ if name not in known and name not in gone]
    alike = [name for name in others if _has_prefix(name, registry.prefix)]
    if alike:
        injected = injected_names(registry, environ)
        yield from _without_owner([name for name in alike if name not in injected], registry, environ)
    outside = [name for name in known if len(name) >= _CERTAIN and not _has_prefix(name, registry.prefix)]
    for name in others:
        for meant in outside:
            if is_one_letter_off(name, meant) and meant not in environ:
                yield _misspelt(name, meant, environ)


def _known(registry: Registry) -> set[str]:
    """Return all names that a registry's variables have, are read from, or speak of."""
    known: set[str] = set()
    for variable in registry:
        replacement = variable.deprecated and variable.deprecated.replacement
        known.update(inputs(variable), (variable.name, variable.only_with or "", replacement or ""))
    return known


def _has_prefix(name: str, prefix: str) -> bool:
    """Return whether a name starts as a registry's do, in any case, and with whatever in the place of underscores."""
    return bool(prefix) and _OTHERS.sub("_", name.strip()).upper().startswith(prefix.upper())


def _without_owner(names: Sequence[str], registry: Registry, environ: Mapping[str, str]) -> Iterator[Finding]:
    owners = {name: each for each in registry.inactive for name in (each.name, *each.sources)}
    needed = {owners[name].plugin for name in names if name in owners}
    is_vain = chosen_in_vain(registry, environ) is not None
    compared = 0
    for name in names:
        owner = owners.get(name)
        if owner is not None:
            plugin = next(each for each in registry.plugins if each.owner == owner.owner)
            if not (is_vain and plugin.state is PluginState.EXCLUDED):  # that is one finding, of the selection
                yield _inactive(name, owner, plugin, needed, registry)
            continue
        compared += 1
        nearest = registry.unknown(name).nearest if compared <= _MOST_COMPARED else ()
        if registry.opaque_plugins:
            yield _may_be_inactive(name, nearest, registry)
        else:
            yield _unknown(name, nearest, environ)


def _unknown(name: str, nearest: Sequence[str], environ: Mapping[str, str]) -> Finding:
    found = Message("{variable} is declared by nobody", variable=said(name))
    if nearest:
        found = Message("{found}; did you mean {names}?", found=found, names=alternatives(nearest))
    return Finding(
        "unknown-variable",
        Severity.WARNING,
        name,
        found,
        marked("It has no effect, unless something reads it that no installed plugin declares"),
        _remedy(name, nearest, environ),
    )


def _removed(variable: RemovedVariable, environ: Mapping[str, str]) -> Finding:
    removed = variable.removed
    instead = removed.replacement
    found = Message("{variable} is no variable any more since {version}", variable=removed.name, version=removed.since)
    remedy = unset(removed.name, environ) if removed.remedy is None else removed.remedy.removesuffix(".")
    if instead is not None and instead not in environ:
        remedy = rename(removed.name, instead, environ)
    return Finding(
        "removed-variable",
        Severity.WARNING,
        removed.name,
        found if instead is None else Message("{found}; {other} replaces it", found=found, other=instead),
        removed.reason.removesuffix("."),
        remedy,
    )


def _remedy(name: str, nearest: Sequence[str], environ: Mapping[str, str]) -> str:
    command = unset(name, environ)
    if not nearest:
        return Message("{command}, unless you know what reads it", command=command)
    return rename(name, nearest[0], environ) if nearest[0] not in environ else command


def _misspelt(name: str, meant: str, environ: Mapping[str, str]) -> Finding:
    return Finding(
        "unknown-variable",
        Severity.NOTE,
        name,
        Message("{variable} is set, and {other} is not; did you mean that?", variable=name, other=meant),
        marked("The two names differ in one letter, and nobody here declares the first"),
        rename(name, meant, environ),
    )


def _may_be_inactive(name: str, nearest: Sequence[str], registry: Registry) -> Finding:
    opaque = registry.opaque_plugins
    plugins = ", ".join(repr(plugin.name) for plugin in opaque)
    found = Message(
        "{variable} is declared by no active plugin, and may be by {plugins}, whose source does not tell",
        variable=said(name),
        plugins=plugins,
    )
    return Finding(
        "may-be-inactive",
        Severity.NOTE,
        name,
        Message("{found}; or did you mean {names}?", found=found, names=alternatives(nearest)) if nearest else found,
        marked("Nothing reads it while the plugin that declares it is not active"),
        _activate(opaque[0], {plugin.name for plugin in opaque}, registry),
    )


def _inactive(
    name: str, owner: InactiveVariable, plugin: PluginRecord, needed: set[str], registry: Registry
) -> Finding:
    return Finding(
        "inactive-variable",
        Severity.WARNING,
        name,
        Message(
            "{variable} is declared by {owner}, which is not active: {why}",
            variable=name,
            owner=owner.owner.message,
            why=message_of(owner.why),
        ),
        marked("Nothing reads it while its plugin is not active"),
        _activate(plugin, needed, registry),
    )


def _activate(plugin: PluginRecord, needed: set[str], registry: Registry) -> str:
    """Return what to type so that a plugin is active, and others with it that the selection leaves out."""
    if plugin.state is PluginState.DUPLICATE:
        return f"pip uninstall {shlex.quote(plugin.distribution)}"
    if plugin.state is not PluginState.EXCLUDED or registry.filter_variable is None:
        upgraded = ["envatlas"] if plugin.state is PluginState.INCOMPATIBLE else []
        return shlex.join(["pip", "install", "--upgrade", *upgraded, plugin.distribution])
    chosen = Selection.parse(told(registry.environ, registry.filter_variable)).names or ()
    excluded = [each.name for each in registry.plugins if each.state is PluginState.EXCLUDED]
    more = [name for name in excluded if name in needed]
    return set_to(registry.filter_variable, ",".join((*chosen, *more)), registry.environ)


def is_one_letter_off(name: str, other: str) -> bool:
    """Return whether two names differ in one letter: another, one too many, or one too few.

    >>> is_one_letter_off("CUDA_VISIBLE_DEVICE", "CUDA_VISIBLE_DEVICES")
    True
    """
    shorter, longer = sorted((name, other), key=len)
    if len(longer) - len(shorter) > 1 or name == other:
        return False
    at = next((index for index, letter in enumerate(shorter) if letter != longer[index]), len(shorter))
    return shorter[at + (len(shorter) == len(longer)) :] == longer[at + 1 :]
