"""What a plugin may implement, and the markers with which it says so.

A plugin is a module (or an object) that an entry point names::

    [project.entry-points."envatlas.vllm"]
    acme = "acme_vllm"

Its hooks are functions marked with `hookimpl`. `Plugin` is the same as a type: mypy and pyright compare a module
with it wherever one is assigned, as in a plugin's test: ``plugin: Plugin = acme_vllm``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

import pluggy

from envatlas.variable import Variable

PROJECT: Final = "envatlas"
API_VERSION: Final = 1
"""The version of what this module says; a plugin may ask for one with a constant ``ENVATLAS_API = 1``.

Within a version, hooks are added and none is changed. A plugin that implements a hook which an older envatlas does
not know marks it ``@hookimpl(optionalhook=True)``; without that it fails there, as it does for a misspelt one.
"""

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook of the same name."""


class Plugin(Protocol):
    """What a plugin's module or object has. Each other hook, which a plugin may leave out, has a protocol of its own.

    They are `envatlas.checks.ChecksPlugin`, `envatlas.choices.ChoicesPlugin`, `envatlas.cli.commands.CommandsPlugin`
    and `envatlas.removals.RemovedPlugin`.
    """

    def envatlas_variables(self) -> Iterable[Variable[object]]:
        """Return the variables that the plugin declares."""
        ...


class Hooks:
    """The hooks as pluggy sees them."""

    @hookspec(historic=True)
    def envatlas_variables(self) -> Iterable[Variable[object]]:  # type: ignore[empty-body]  # a specification
        """Return the variables that the plugin declares."""

    @hookspec(historic=True)
    def envatlas_checks(self) -> Iterable[object]:  # type: ignore[empty-body]  # a specification
        """Return the checks that only the plugin can make of an environment."""

    @hookspec(historic=True)
    def envatlas_commands(self) -> Iterable[object]:  # type: ignore[empty-body]  # a specification
        """Return the commands that the plugin adds to the command line."""

    @hookspec(historic=True)
    def envatlas_choices(self) -> Iterable[object]:  # type: ignore[empty-body]  # a specification
        """Return the choices that the plugin adds to those of variables."""

    @hookspec(historic=True)
    def envatlas_removed(self) -> Iterable[object]:  # type: ignore[empty-body]  # a specification
        """Return the names that are variables no more."""
