"""``envatlas stubs``: stub files that tell type checkers and editors what the variables are."""

from __future__ import annotations

import pathlib
import shlex
from collections.abc import Iterable
from typing import Final

import click

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import others_to_stderr, warn_of
from envatlas.cli.words import chosen_words, language_option
from envatlas.formats.stub_modules import StubModule, modules_in, modules_of, stub_module
from envatlas.formats.stubs import HEAD, package_stub, registry_stub
from envatlas.registry import Registry
from envatlas.sources import source_text

_FOLDER: Final = "typings"
"""Where pyright looks by itself."""


@click.command("stubs", short_help="Write type stubs of the variables.")
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    default=_FOLDER,
    show_default=True,
    help="The folder for the stubs, or the one in which the module's own package is.",
)
@click.option(
    "--module", metavar="NAME", help="The module of the registry and its environment; found where there is only one."
)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing, and fail if the stubs are not as they would be."
)
@registry_option
@language_option
@click.pass_context
def stubs_command(context: click.Context, *, folder: pathlib.Path, module: str | None, only_check: bool) -> None:
    """Write stubs for the variables of the active plugins, so that type checkers know each one's type.

    pyright looks into the folder typings by itself, and mypy with mypy_path = "typings". In a folder that has the
    module's source, its stub lies beside it, and no setting is needed.
    """
    words, registry = chosen_words(context), chosen_registry(context)
    with others_to_stderr():
        texts = _texts(_module(registry, module), registry, folder)
    stale = {path: text for path, text in texts.items() if _written(path) != text}
    if stale and only_check:
        raise click.ClickException(f"not as the active plugins have it: {_listed(stale)}; run {_remedy(context)}")
    for path, text in stale.items():
        _write(path, text)
    if stale:
        click.echo(words("Wrote {files}.", files=_listed(stale)))
    else:
        click.echo(words("As the active plugins have it: {files}.", files=_listed(texts)))
    warn_of(words(each.message) for each in registry.problems)


def _remedy(context: click.Context) -> str:
    """Return the command that writes the stubs; the registry of an option is not known as it was written."""
    if context.find_object(Registry) is not None:
        return "the same without --check"
    options = {"--output": str(context.params["folder"]), "--module": context.params["module"] or ""}
    given = {name: text for name, text in options.items() if text not in {"", _FOLDER}}
    return shlex.join(["envatlas", "stubs", *(part for option in given.items() for part in option)])


def _module(registry: Registry, name: str | None) -> StubModule:
    """Return the module for which a stub is wanted, or say why there can be none."""
    found = modules_of(registry)
    if name is None and len(found) != 1:
        several = f"in several modules ({', '.join(found)}): name one with --module" if found else "in no module"
        raise click.UsageError(f"the registry {registry.name!r} has an Environment {several}")
    module = stub_module(name or found[0], registry) if name in (None, *found) else None
    if module is None:
        raise click.BadParameter(
            f"{name!r} makes no Environment of the registry {registry.name!r}", param_hint="--module"
        )
    if module.others:
        raise click.UsageError(
            f"a stub would hide what else {module.name} has ({', '.join(module.others)}); put the Environment, and its "
            "registry, in a module of their own"
        )
    return module


def _texts(module: StubModule, registry: Registry, folder: pathlib.Path) -> dict[pathlib.Path, str]:
    """Return the stubs that are needed, by their paths: the module's, and its packages' where they are elsewhere."""
    texts: dict[pathlib.Path, str] = {}
    for package in module.packages:
        path = folder.joinpath(*package.split("."), "__init__.py")
        if path.exists():
            continue
        text = package_stub(package, source_text(package), modules_in(package))
        if text is None:
            raise click.UsageError(f"{package} does more than import: give --output the folder in which its source is")
        texts[path.with_suffix(".pyi")] = text
    parts = [*module.name.split("."), *(["__init__"] if module.is_package else [])]
    texts[folder.joinpath(*parts).with_suffix(".pyi")] = registry_stub(registry, module.registries, module.environments)
    return texts


def _written(path: pathlib.Path) -> str | None:
    """Return the stub that was written there; None where there is no file, or one of somebody else."""
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.startswith(HEAD):
        raise click.UsageError(f"{path} is there already, and not written by this command: move it away")
    return text


def _write(path: pathlib.Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error


def _listed(paths: Iterable[pathlib.Path]) -> str:
    return ", ".join(map(str, paths))
