"""``envatlas catalogues``: the translations of envatlas and of plugins, brought up to date or checked."""

from __future__ import annotations

import importlib.util
import inspect
import pathlib
from collections.abc import Iterator
from typing import Final

import click

from envatlas.catalogues import Catalogue
from envatlas.cli.app import app
from envatlas.cli.commands import OWN as COMMANDS
from envatlas.cli.help import paragraphs
from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import others_to_stderr
from envatlas.cli.words import chosen_words, language_option
from envatlas.languages import SOURCE, languages, locale_folders
from envatlas.loading import PluginRecord
from envatlas.registry import OWN, Registry
from envatlas.sayings import Saying, of_source, of_variables

CORE: Final = "envatlas"
"""What stands in a plugin's place for envatlas itself; no plugin's package is called so."""


@click.command("catalogues", short_help="Bring catalogues of translations up to date.")
@click.argument("packages", nargs=-1, metavar="[PACKAGE]...")
@click.option("--into", "into", multiple=True, metavar="LANGUAGE", help="Only this language; repeatable.")
@click.option("--check", is_flag=True, help="Change nothing; say what is missing or stale, and end with status 1.")
@registry_option
@language_option
@click.pass_context
def catalogues_command(
    context: click.Context, *, packages: tuple[str, ...], into: tuple[str, ...], check: bool
) -> None:
    """Bring the catalogues of plugins' packages up to date with what they say, or check that they are.

    A PACKAGE is the top-level package of a plugin, or envatlas for its own words; unless any is given, all that have
    catalogues. New texts stand in the .po file without a translation: write it there, and run the command again,
    which makes the .mo file. Plugins that the selection leaves out count as well.
    """
    words = chosen_words(context)
    registry = chosen_registry(context).with_environ({})
    with others_to_stderr():
        named = packages or tuple(_with_catalogues(registry))
        todo = [
            (Catalogue(package, _folder(package), language), [*_sayings(package, registry)])
            for package in named
            for language in into or languages()
            if language != SOURCE
        ]
    faults = 0
    for catalogue, sayings in todo:
        if not check:
            catalogue.update(sayings)
        for fault in catalogue.faults(sayings):
            faults += 1
            click.echo(f"{catalogue.source}: {fault}")
    click.echo(words.plural("{count} fault.", "{count} faults.", faults, count=faults))
    context.exit(1 if faults else 0)


def _with_catalogues(registry: Registry) -> Iterator[str]:
    yield CORE
    packages = dict.fromkeys(_package(plugin) for plugin in registry.active_plugins)
    yield from (package for package in packages if any(locale_folders(package)))


def _package(plugin: PluginRecord) -> str:
    return plugin.module.partition(".")[0]


def _folder(package: str) -> pathlib.Path:
    """Return the folder of a package, importing nothing of it."""
    spec = importlib.util.find_spec(package) if "." not in package else None
    places = [*((spec and spec.submodule_search_locations) or ())]
    if not places:
        raise click.BadParameter(
            f"{package!r} is no package that can be found. A module becomes one as a folder with __init__.py.",
            param_hint="PACKAGE",
        )
    return pathlib.Path(places[0])


def _sayings(package: str, registry: Registry) -> Iterator[Saying]:
    is_core = package == CORE
    owners = {OWN} if is_core else {each.name for each in registry.active_plugins if _package(each) == package}
    yield from of_variables(each for each in registry if registry.owner(each.name).plugin in owners)
    yield from of_source(_folder(package), is_core=is_core)
    if is_core:
        yield from _of_command(app, click.Context(app))


def _of_command(command: click.Command, context: click.Context) -> Iterator[Saying]:
    for text in (command.help, command.short_help):
        yield from (Saying(each, about=str(command.name)) for each in paragraphs(inspect.cleandoc(text or "")) if each)
    for parameter in command.params:
        text = getattr(parameter, "help", None)
        if text:
            yield Saying(str(text), about=f"{command.name} {parameter.opts[0]}")
    if isinstance(command, click.Group):
        subcommands = [command.get_command(context, name) for name in COMMANDS]
        for each in filter(None, subcommands):
            yield from _of_command(each, context)
