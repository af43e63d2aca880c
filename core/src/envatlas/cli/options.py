"""Options that several commands have."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from envatlas.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])


class RegistryType(click.ParamType[Registry]):
    """A registry, named as ``module:attribute``; the module may be in the current folder."""

    name = "module:attribute"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Registry:
        """Import the module, and return its attribute."""
        module, _, attribute = value.partition(":")
        if not module or not attribute:
            self.fail(f"{value!r} is not of the form module:attribute", param, ctx)
        try:
            registry: object = _import(module)
            for name in attribute.split("."):
                registry = getattr(registry, name)
        except Exception as error:  # noqa: BLE001  the module is anybody's code
            self.fail(f"{value!r} cannot be imported: {type(error).__name__}: {error}", param, ctx)
        if not isinstance(registry, Registry):
            self.fail(f"{value!r} is of type {type(registry).__name__}, and not a Registry", param, ctx)
        return registry


def registry_option(command: F) -> F:
    """Let a command take ``--registry``; the subcommand's counts more than the group's."""
    return click.option(
        "--registry",
        type=RegistryType(),
        expose_value=False,
        is_eager=True,
        callback=_keep,
        help="The registry to show, as module:attribute.  [default: envatlas.vllm:registry]",
    )(command)


def chosen_registry(context: click.Context) -> Registry:
    """Return the registry that the command line names, or vLLM's."""
    chosen = context.find_object(Registry)
    if chosen is not None:
        return chosen
    from envatlas import vllm  # noqa: PLC0415  another registry does not need it

    return vllm.registry


def _keep(context: click.Context, _: click.Parameter, registry: Registry | None) -> None:
    if registry is not None:
        context.obj = registry


def _import(module: str) -> object:
    """Import a module, looking in the current folder first, as ``python -m`` does."""
    sys.path.insert(0, "")
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove("")
