"""Registries of plugins that are given, for tests: nothing need be installed."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Mapping

import attrs

from envatlas.discovery import Candidate, Discovery
from envatlas.hookspecs import Plugin
from envatlas.owner import Owner
from envatlas.registry import Registry

_VERSION = "0"
"""What stands for the version of a plugin that no distribution brought."""


@attrs.frozen
class GivenCandidate(Candidate):
    """A plugin that is there already; its target tells where it was made.

    Attributes:
        plugin: The plugin.

    >>> GivenCandidate(Owner("acme", "acme", "0"), "envatlas.vllm", "acme", 5).load()
    5
    """

    plugin: object = attrs.field(repr=False)

    def load(self) -> object:
        """Return the plugin."""
        return self.plugin


def registry_of(*plugins: Plugin, environ: Mapping[str, str] | None = None, like: Registry | None = None) -> Registry:
    """Return a registry of plugins that are given: modules, or objects. Whatever is installed does not count.

    As with any registry, what is wrong with a plugin is kept in `problems`, and raised by ``load(strict=True)``.

    Args:
        plugins: The plugins. Each is called after its module, or its class.
        environ: Where the filter variable is read; an empty environment unless it is given.
        like: The registry whose prefix and filter variable it has; unless it is given, it has neither.

    >>> import envatlas_vllm_cuda
    >>> from envatlas import Environment
    >>> Environment(registry_of(envatlas_vllm_cuda), {"VLLM_FLASH_ATTN_VERSION": "3"}).VLLM_FLASH_ATTN_VERSION
    3
    """
    made = Registry("testing", group="envatlas.testing") if like is None else like
    given: list[Candidate] = []
    for plugin in plugins:
        candidate = candidate_of(plugin, made.group)
        same = sum(each.owner.distribution == candidate.owner.distribution for each in given)
        given.append(_numbered(candidate, same + 1) if same else candidate)
    return offering(made, given, {} if environ is None else environ)


def candidate_of(plugin: object, group: str) -> Candidate:
    """Return a given plugin as one that could have been discovered.

    >>> import envatlas_vllm_cuda
    >>> candidate_of(envatlas_vllm_cuda, "envatlas.vllm").owner
    Owner(plugin='envatlas_vllm_cuda', distribution='envatlas_vllm_cuda', version='0')
    """
    if isinstance(plugin, types.ModuleType) and sys.modules.get(plugin.__name__) is plugin:
        return Candidate(owner_of(plugin.__name__), group, plugin.__name__)
    name = plugin.__name__ if isinstance(plugin, types.ModuleType) else type(plugin).__qualname__
    hook = getattr(plugin, "envatlas_variables", None)
    module = str(getattr(hook, "__module__", type(plugin).__module__))
    return GivenCandidate(owner_of(name), group, module, plugin)


def owner_of(module: str) -> Owner:
    """Return who declares what is in a module that no distribution is known to have brought.

    >>> owner_of("acme.plugins.cuda")
    Owner(plugin='cuda', distribution='acme', version='0')
    """
    return Owner(module.rpartition(".")[2], module.partition(".")[0], _VERSION)


def offering(registry: Registry, candidates: Iterable[Candidate], environ: Mapping[str, str]) -> Registry:
    """Return a registry that finds these plugins, and no others.

    >>> from envatlas.vllm import registry
    >>> [variable.name for variable in offering(registry, [], {})]
    ['VLLM_PLUGINS']
    """
    discovery = Discovery(tuple(candidates), ())

    def discover(_group: str) -> Discovery:
        return discovery

    return attrs.evolve(registry, environ=environ, shared_groups=(), discover=discover)


def _numbered(candidate: Candidate, number: int) -> Candidate:
    """Return a plugin under a name of its own: several may be of one class."""
    owner = attrs.evolve(candidate.owner, plugin=f"{candidate.owner.plugin}-{number}")
    return attrs.evolve(candidate, owner=owner)
