"""Names on the command line: what a pattern matches, and what a shell completes."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from envatlas.cli.options import chosen_registry
from envatlas.cli.output import others_to_stderr
from envatlas.cli.plugins import STATES
from envatlas.cli.words import chosen_words
from envatlas.languages import Words
from envatlas.owner import Owner
from envatlas.registry import Registry
from envatlas.variable import Variable

if TYPE_CHECKING:
    from envatlas.inactive import InactiveVariable

_PLAIN: Final = re.compile(r"[\w.-]+", re.ASCII)
"""What a shell takes as it stands; what else a plugin is called is to be written in quotes."""
_LONGEST_HELP: Final = 100
"""In characters: some shells show the help beside a name, a line each."""


def matches(name: str, pattern: str) -> bool:
    """Return whether a pattern, a part of a name or a glob, matches a name; case is ignored.

    >>> matches("VLLM_PORT", "port"), matches("VLLM_PORT", "*_port"), matches("VLLM_PORT", "port*")
    (True, True, False)
    """
    is_glob = any(letter in pattern for letter in "*?[")
    return fnmatch.fnmatch(name.upper(), pattern.upper() if is_glob else f"*{pattern.upper()}*")


def module_of(registry: Registry, owner: Owner) -> str:
    """Return the module of a plugin, active or not, which has its translations; empty for what is a registry's own.

    >>> from envatlas.vllm import registry
    >>> module_of(registry, registry.owner("VLLM_DP_SIZE")), module_of(registry, registry.owner("VLLM_PLUGINS"))
    ('envatlas_vllm_data_parallel', '')
    """
    return next((plugin.module for plugin in registry.plugins if plugin.owner == owner), "")


def complete_variables(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of variables that begin so, in any case; those of plugins that are not active as well.

    >>> context, argument = click.Context(click.Command("list")), click.Argument(["name"])
    >>> [item.value for item in complete_variables(context, argument, "vllm_po")]
    ['VLLM_PORT']
    """
    return _completed(context, incomplete, _variables)


def complete_secrets(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of secrets that begin so, in any case.

    >>> context, argument = click.Context(click.Command("export")), click.Argument(["name"])
    >>> [item.value for item in complete_secrets(context, argument, "VLLM_")]
    ['VLLM_API_KEY']
    """
    return _completed(context, incomplete, lambda registry, words: _of(registry, words, only_secrets=True))


def complete_plugins(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of plugins that begin so, in any case.

    >>> context, argument = click.Context(click.Command("list")), click.Argument(["name"])
    >>> [item.value for item in complete_plugins(context, argument, "cu")]
    ['cuda']
    """
    return _completed(context, incomplete, _plugins)


def _completed(
    context: click.Context, incomplete: str, offered: Callable[[Registry, Words], Iterable[tuple[str, str]]]
) -> list[CompletionItem]:
    """Return what begins so; nothing where the registry cannot load, for a shell in the middle of a line."""
    try:
        with others_to_stderr():
            names = dict(offered(chosen_registry(context), chosen_words(context)))
    except Exception:  # noqa: BLE001  what is installed may be broken in any way; other commands say so
        return []
    return [
        CompletionItem(name, help=" ".join(names[name].split())[:_LONGEST_HELP] or None)
        for name in sorted(names)
        if name.upper().startswith(incomplete.upper()) and _PLAIN.fullmatch(name)
    ]


def _variables(registry: Registry, words: Words) -> Iterator[tuple[str, str]]:
    yield from _of(registry, words)
    if len(registry.active_plugins) < len(registry.plugins):
        yield from (_with_help(each, each.owner, registry, words) for each in registry.inactive)


def _of(registry: Registry, words: Words, *, only_secrets: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the active variables, each with its help."""
    for each in registry:
        if each.secret or not only_secrets:
            yield _with_help(each, registry.owner(each.name), registry, words)


def _with_help(
    variable: Variable[object] | InactiveVariable, owner: Owner, registry: Registry, words: Words
) -> tuple[str, str]:
    return variable.name, words.of_plugin(module_of(registry, owner), variable.help)


def _plugins(registry: Registry, words: Words) -> Iterator[tuple[str, str]]:
    for each in registry.plugins:
        yield each.name, f"{each.distribution} {each.version}, {words(STATES[each.state])}"
