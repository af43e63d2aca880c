"""Options that several commands have."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

import click

from envatlas.cli.output import others_to_stderr
from envatlas.formats.shown import printable
from envatlas.registry import Registry

P = ParamSpec("P")
R = TypeVar("R")

_REFERENCE = "envatlas.registry"

if TYPE_CHECKING:
    _RegistryType = click.ParamType[Registry]
else:
    _RegistryType = click.ParamType  # which is generic since click 8.4 only


class RegistryType(_RegistryType):
    """A registry, named as ``module:attribute``; the module may be in the current folder."""

    name = "module:attribute"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Registry:
        """Import the module, and return its attribute."""
        module, _, attribute = value.partition(":")
        if not module or not attribute:
            self.fail(f"{value!r} is not of the form module:attribute", param, ctx)
        try:
            registry = functools.reduce(getattr, attribute.split("."), _import(module))
            is_registry = isinstance(registry, Registry)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  the module is anybody's code, and may exit
            self.fail(f"{value!r} cannot be imported: {_why(error)}", param, ctx)
        if not is_registry:
            self.fail(f"{value!r} is of type {type(registry).__name__}, and not a Registry", param, ctx)
        click.get_current_context().meta[_REFERENCE] = value
        return cast("Registry", registry)


def registry_option(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command take ``--registry``; the subcommand's counts more than the group's."""
    return click.option(
        "--registry",
        type=RegistryType(),
        expose_value=False,
        is_eager=True,
        callback=_keep,
        help="The registry to show; vLLM's unless it is given.",
    )(command)


def chosen_registry(context: click.Context) -> Registry:
    """Return the registry that the command line names, or vLLM's."""
    chosen = context.find_object(Registry)
    if chosen is not None:
        return chosen
    from envatlas import vllm  # noqa: PLC0415  another registry does not need it

    return vllm.registry


def require_plugins(registry: Registry, names: Iterable[str], *, active: bool = False) -> None:
    """Refuse names that are no installed plugin's, as values of ``--plugin``."""
    from envatlas.formats import choices  # noqa: PLC0415  most runs name none

    try:
        choices.require_plugins(registry, names, active=active)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--plugin") from error


def registry_reference(context: click.Context) -> str:
    """Return where the chosen registry is: ``module:attribute``."""
    return cast("str", context.meta.get(_REFERENCE, "envatlas.vllm:registry"))


def _keep(context: click.Context, _: click.Parameter, registry: Registry | None) -> None:
    if registry is not None:
        context.obj = registry


def _import(module: str) -> object:
    """Import a module, looking in the current folder first, as ``python -m`` does."""
    sys.path.insert(0, "")
    try:
        with others_to_stderr():
            return importlib.import_module(module)
    finally:
        sys.path.remove("")


def _why(error: BaseException) -> str:
    """Return what was raised; its message only where that cannot be a secret's text."""
    if isinstance(error, ImportError | AttributeError | SyntaxError):
        return printable(f"{type(error).__name__}: {error}")
    return f"it raised {type(error).__name__}; import it in Python to see why"
