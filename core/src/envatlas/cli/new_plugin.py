"""``envatlas new-plugin``: a package to begin with, that installs and passes its own test."""

from __future__ import annotations

import pathlib
import shlex
from collections.abc import Mapping
from typing import Final

import click

from envatlas.cli.options import chosen_registry, registry_option, registry_reference
from envatlas.cli.words import chosen_words, language_option
from envatlas.skeletons.plugins import NewPlugin, name_fault, prefix_fault

_NEXT: Final = ("python -m pip install --editable '.[test]'", "python -m pytest")


@click.command("new-plugin", short_help="Write a package that declares variables.")
@click.argument("name")
@click.option("--prefix", metavar="PREFIX", help="What the names of its variables start with: VLLM_ACME_ for acme.")
@click.option(
    "--directory",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="The folder to write; one in this folder, called as the distribution is, unless it is given.",
)
@registry_option
@language_option
@click.pass_context
def new_plugin_command(context: click.Context, *, name: str, prefix: str | None, folder: pathlib.Path | None) -> None:
    """Write the package of a new plugin: its project file, two variables, a test and a README.

    It installs, passes its own test, and is typed, as it is written. No file that is there is touched.
    """
    words = chosen_words(context)
    registry = chosen_registry(context)
    reference = registry_reference(context)
    _refuse(name_fault(name, registry, reference), name, "NAME")
    plugin = NewPlugin.of(name, registry, reference, prefix)
    _refuse(prefix_fault(plugin.prefix, registry), plugin.prefix, "--prefix")
    target = folder or pathlib.Path(plugin.distribution)
    _write(target, plugin.files())
    click.echo(words("Wrote {folder}:", folder=target))
    click.echo("".join(f"  {path}\n" for path in plugin.files()))
    click.echo(words("To install and test it:"))
    for line in (f"cd {shlex.quote(str(target))}", *_NEXT, f"envatlas list --plugin {name}{plugin.option}"):
        click.echo(f"  {line}")


def _refuse(fault: str, text: str, parameter: str) -> None:
    if fault:
        raise click.BadParameter(f"{text!r} cannot be: {fault}.", param_hint=parameter)


def _write(folder: pathlib.Path, files: Mapping[str, str]) -> None:
    """Write files into a folder that is empty, or not there yet."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise click.BadParameter(
                f"{str(folder)!r} is there, and not empty; name another.", param_hint="--directory"
            )
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from error
