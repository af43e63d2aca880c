"""``envatlas plugins``: every discovered plugin, and what became of it."""

from __future__ import annotations

from typing import Final

import click
from rich.table import Table

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import console, fits, others_to_stderr, show_json, show_problems, show_table, table
from envatlas.cli.words import chosen_words, language_option
from envatlas.formats.listings import plugin_object
from envatlas.formats.shown import cut, printable
from envatlas.inactive import InactiveVariable
from envatlas.languages import Words
from envatlas.loading import PluginState
from envatlas.messages import Message, marked
from envatlas.problems import DuplicatePluginError, PluginError
from envatlas.registry import Registry

_HEADINGS: Final = (
    marked("NAME"),
    marked("STATE"),
    marked("DISTRIBUTION"),
    marked("VERSION"),
    marked("VARIABLES"),
    marked("REASON"),
)
_STYLES: Final = {
    PluginState.ACTIVE: "green",
    PluginState.EXCLUDED: "dim",
    PluginState.FAILED: "bold red",
    PluginState.DUPLICATE: "bold red",
    PluginState.INCOMPATIBLE: "bold red",
}
STATES: Final = {
    PluginState.ACTIVE: marked("active"),
    PluginState.EXCLUDED: marked("excluded"),
    PluginState.FAILED: marked("failed"),
    PluginState.DUPLICATE: marked("duplicate"),
    PluginState.INCOMPATIBLE: marked("incompatible"),
}
"""What the states are called."""

_IN_TABLE: Final = (PluginError, DuplicatePluginError)
"""The problems that the rows of the plugins show."""


@click.command("plugins", short_help="List the plugins and what became of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@registry_option
@language_option
@click.pass_context
def plugins_command(context: click.Context, *, as_json: bool) -> None:
    """List every installed plugin: its state, its distribution, its variables, and why it is not active.

    A plugin is active, excluded (the selection leaves it out), failed, a duplicate (another has its name), or
    incompatible (it asks for another version of the plugin API).
    """
    words, registry = chosen_words(context), chosen_registry(context)
    with others_to_stderr():
        registry.load()
    if as_json:
        others = (problem for problem in registry.problems if not isinstance(problem, _IN_TABLE))
        show_json(map(plugin_object, registry.plugins), others)
    else:
        _show(registry, words)


def _show(registry: Registry, words: Words) -> None:
    output = console()
    whole = _table(registry, words, with_reason=True)
    is_whole = fits(output, whole)
    show_table(output, whole if is_whole else _table(registry, words, with_reason=False))
    if not is_whole and any(plugin.state is PluginState.EXCLUDED for plugin in registry.plugins):
        output.print()
        output.print(words("excluded: {variable} leaves it out", variable=registry.filter_variable))
    wrongs = [words(each.message) for each in registry.problems if not (is_whole and isinstance(each, _IN_TABLE))]
    if not registry.plugins:
        wrongs.append(no_plugin(registry, words))
    if wrongs or not registry.problems:
        output.print()
    show_problems(output, wrongs)
    if not wrongs and not registry.problems:
        output.print(words("Nothing is wrong."))


def no_plugin(registry: Registry, words: Words) -> str:
    """Return the sentence that no plugin of a registry is installed."""
    return words(
        "no plugin is installed that offers an entry point in the group {group}",
        group=registry.group,
    )


def set_in_vain(registry: Registry) -> list[InactiveVariable]:
    """Return the variables that somebody set for the application, and that no active plugin declares."""
    inactive = [each for each in registry.inactive if each.set_as(registry.environ) is not None]
    return sorted((each for each in inactive if each.name.startswith(registry.prefix)), key=lambda each: each.name)


def in_vain(variable: InactiveVariable) -> Message:
    """Return the sentence that a variable is set, and its plugin not active."""
    return Message(
        "{variable} is set, and plugin {plugin}, which declares it, is not active",
        variable=variable.name,
        plugin=repr(variable.plugin),
    )


def _table(registry: Registry, words: Words, *, with_reason: bool) -> Table:
    shown = table(*(_HEADINGS if with_reason else _HEADINGS[:-1]), words=words)
    for plugin in registry.plugins:
        state, count = words(STATES[plugin.state]), str(len(plugin.variables))
        cells = (plugin.name, state, plugin.distribution, plugin.version, count)
        reason = [words(plugin.reason)] if with_reason else []
        shown.add_row(*map(cut, map(printable, (*cells, *reason))), style=_STYLES[plugin.state])
    return shown
