"""``envatlas catalogues``: the translations of envatlas and of plugins, brought up to date or checked."""

from __future__ import annotations

import inspect
import pathlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click
from babel import Locale, UnknownLocaleError, get_locale_identifier, parse_locale
from babel.messages.pofile import PoFileError

from envatlas.catalogues import Catalogue
from envatlas.cli.app import app
from envatlas.cli.commands import OWN as COMMANDS
from envatlas.cli.help import paragraphs
from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import others_to_stderr
from envatlas.cli.words import chosen_words, language_option
from envatlas.languages import SOURCE, languages, locale_folders, package_folders
from envatlas.loading import PluginRecord, PluginState
from envatlas.registry import Registry
from envatlas.sayings import Saying, of_source, of_variables
from envatlas.variable import Variable

CORE: Final = "envatlas"
"""The package of envatlas itself."""


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
    catalogues. Its languages are those that it has catalogues in, or envatlas's where it has none. New texts stand in
    the .po file without a translation: write it there, and run the command again, which makes the .mo file. Plugins
    that the selection leaves out count as well.
    """
    words, registry = chosen_words(context), chosen_registry(context).with_environ({})
    wanted = [_known(language) for language in into]
    with others_to_stderr():
        chosen = _chosen(registry, packages)
        texts = {package: [*_sayings(package, registry)] for package in chosen}
    count = 0
    for catalogue in (each for package in chosen for each in _catalogues(package, wanted)):
        for fault in _mend(catalogue, texts[catalogue.package], only_check=check):
            click.echo(f"{catalogue.source}: {fault}")
            count += 1
    click.echo(words.plural("{count} fault.", "{count} faults.", count, count=count))
    context.exit(1 if count else 0)


def _catalogues(package: str, wanted: Sequence[str]) -> Iterator[Catalogue]:
    """Yield a package's catalogues in the languages that are wanted, or in those that it has, or that envatlas has."""
    folder = _folder(package)
    has = {path.parts[-3] for path in folder.glob(f"locale/*/LC_MESSAGES/{package}.[mp]o")}
    for language in wanted or sorted({*(has or languages())} - {SOURCE}):
        yield Catalogue(package, folder, language)


def _mend(catalogue: Catalogue, sayings: Sequence[Saying], *, only_check: bool) -> Sequence[str]:
    """Bring a catalogue up to date, unless it is or is only to be checked, and return what is wrong then."""
    try:
        faults = [*catalogue.faults(sayings)]
        if faults and not only_check:
            catalogue.update(sayings)
            faults = [*catalogue.faults(sayings)]
    except (PoFileError, ValueError) as error:
        raise click.ClickException(f"{catalogue.source} cannot be read: {error}") from error
    return faults


def _chosen(registry: Registry, named: Sequence[str]) -> Sequence[str]:
    """Return the packages that are named, if they can be worked on, or all that can and have catalogues."""
    plugins = [plugin for plugin in registry.plugins if plugin.state is not PluginState.DUPLICATE]
    broken = {_package(plugin): plugin for plugin in plugins if not plugin.is_active}
    known = [CORE, *dict.fromkeys(map(_package, plugins))]
    for name in named:
        if name not in known:
            raise click.BadParameter(f"{name!r} is no plugin's package. There are: {', '.join(known)}.")
        if name in broken:
            raise click.BadParameter(f"{broken[name].owner}, cannot be loaded: {broken[name].reason}")
        _folder(name)
    return named or [name for name in known if name not in broken and locale_folders(name)]


def _package(plugin: PluginRecord) -> str:
    return plugin.module.partition(".")[0]


def _known(language: str) -> str:
    """Return a language as its folder is called, if it is one that Babel knows: its rules for plurals are needed."""
    try:
        Locale.parse(language)
    except (ValueError, UnknownLocaleError) as error:
        raise click.BadParameter(f"{error}. A language is called as in zh_CN.", param_hint="--into") from error
    return get_locale_identifier(parse_locale(language))


def _folder(package: str) -> pathlib.Path:
    for folder in package_folders(package):
        return pathlib.Path(folder)
    raise click.BadParameter(f"{package!r} is a module. To have catalogues, it must be a folder with __init__.py.")


def _sayings(package: str, registry: Registry) -> Iterator[Saying]:
    if package == CORE:
        yield from of_variables(_own_variables())
        yield from of_source(_folder(CORE), is_core=True)
        yield from _of_command(app, click.Context(app))
    else:
        yield from of_variables(_variables(package, registry), {*of_source(_folder(CORE), is_core=True)})
        yield from of_source(_folder(package))


def _own_variables() -> Iterable[Variable[object]]:
    """Return the variable that every registry has that filters its plugins."""
    return Registry(CORE, group=CORE, filter_variable="PLUGINS", environ={})


def _variables(package: str, registry: Registry) -> Iterable[Variable[object]]:
    plugins = {plugin.owner for plugin in registry.active_plugins if _package(plugin) == package}
    return [variable for variable in registry if registry.owner(variable.name) in plugins]


def _of_command(command: click.Command, context: click.Context) -> Iterator[Saying]:
    """Yield what a command's help says, and the help of its subcommands."""
    name = str(command.name)
    for text in (command.help, command.short_help):
        yield from (Saying(each, about=name) for each in paragraphs(inspect.cleandoc(text or "")) if each)
    options = (each for each in command.params if isinstance(each, click.Option))
    yield from (Saying(each.help, about=f"{name} {each.opts[0]}") for each in options if each.help)
    if isinstance(command, click.Group):
        subcommands = (command.get_command(context, subcommand) for subcommand in COMMANDS)
        yield from (saying for each in subcommands if each for saying in _of_command(each, context))
