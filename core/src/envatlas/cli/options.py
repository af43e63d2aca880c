"""Options that several commands have."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

import click

from envatlas.cli.output import others_to_stderr
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
        from envatlas.formats.choices import find_registry  # noqa: PLC0415  most runs name none

        try:
            with _with_the_current_folder(), others_to_stderr():
                registry = find_registry(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        click.get_current_context().meta[_REFERENCE] = value
        return registry


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


@contextlib.contextmanager
def _with_the_current_folder() -> Generator[None]:
    """Have modules looked for in the current folder first, as ``python -m`` does."""
    sys.path.insert(0, "")
    try:
        yield
    finally:
        sys.path.remove("")
