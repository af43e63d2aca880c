"""Choices: the registry, the plugins and the language that a text names."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from typing import Final

from envatlas.formats.shown import printable
from envatlas.languages import Words, languages, match_language
from envatlas.registry import OWN, Registry
from envatlas.spelling import nearest_names

REGISTRY: Final = "envatlas.vllm:registry"
"""The registry where none is named."""


def find_registry(text: str) -> Registry:
    """Return the registry that ``module:attribute`` names.

    Raises:
        ValueError: It names none, or its module cannot be imported, whatever that raises.

    >>> find_registry("envatlas.vllm:registry").name
    'vllm'
    """
    module, _, attribute = text.partition(":")
    if not module or not attribute:
        raise ValueError(f"{text!r} is not of the form module:attribute")
    try:
        found: object = functools.reduce(getattr, attribute.split("."), importlib.import_module(module))
        if isinstance(found, Registry):
            return found
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the module is anybody's code, and may exit
        raise ValueError(f"{text!r} cannot be imported: {_why(error)}") from error
    raise ValueError(f"{text!r} is of type {type(found).__name__}, and not a Registry")


def find_words(text: str, registry: Callable[[], Registry]) -> Words:
    """Return the words of the language that a locale names.

    Args:
        text: The locale.
        registry: Returns the registry; it is asked, and its plugins for their languages, only where envatlas itself has
            not the one that is wanted.

    Raises:
        ValueError: There are none in that language.

    >>> find_words("zh-Hans", lambda: find_registry(REGISTRY)).language
    'zh_CN'
    """
    found = match_language(text, languages())
    if found is None:
        known = languages_of(registry())
        found = match_language(text, known)
        if found is None:
            raise ValueError(f"there are no words in {text!r}; there are: {', '.join(known)}.")
    return Words(found)


def languages_of(registry: Registry) -> tuple[str, ...]:
    """Return the languages that envatlas has words in, and the active plugins of a registry.

    >>> languages_of(find_registry(REGISTRY))
    ('en', 'zh_CN')
    """
    return languages(plugin.module for plugin in registry.active_plugins)


def require_plugins(registry: Registry, names: Iterable[str], *, active: bool = False) -> None:
    """Refuse names that are no installed plugin's.

    Args:
        registry: The registry.
        names: The names.
        active: Whether the plugins must be active as well.

    Raises:
        ValueError: One is not; the nearest are named, or why it is not active.

    >>> from envatlas.vllm import registry
    >>> require_plugins(registry, ["cdua"])
    Traceback (most recent call last):
    ...
    ValueError: no plugin is called 'cdua'. Did you mean cuda?
    """
    plugins = {plugin.name: plugin for plugin in reversed(registry.plugins)}
    for name in names:
        if name == OWN:
            continue
        if name not in plugins:
            raise ValueError(f"no plugin is called {name!r}.{_hint(name, [OWN, *reversed(plugins)])}")
        if active and not plugins[name].is_active:
            raise ValueError(f"plugin {name!r} is {plugins[name].state}: {printable(plugins[name].reason)}")


def _why(error: BaseException) -> str:
    """Return what was raised; its message only where that cannot be a secret's text."""
    if isinstance(error, ImportError | AttributeError | SyntaxError):
        return printable(f"{type(error).__name__}: {error}")
    return f"it raised {type(error).__name__}; import it in Python to see why"


def _hint(name: str, known: Iterable[str]) -> str:
    nearest = nearest_names(name, known)
    if nearest:
        return f" Did you mean {' or '.join(map(printable, nearest))}?"
    return f" There are: {', '.join(map(printable, known))}."
