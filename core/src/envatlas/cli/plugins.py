"""``envatlas plugins``: every discovered plugin, and what became of it."""

from __future__ import annotations

from typing import Final

import click
from rich.table import Table

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import console, fits, printable, show_json, show_problems, show_table, table
from envatlas.errors import DuplicatePluginError, PluginError
from envatlas.formats.listings import plugin_object
from envatlas.loading import PluginState
from envatlas.registry import Registry

_STYLES: Final = {
    PluginState.ACTIVE: "green",
    PluginState.EXCLUDED: "dim",
    PluginState.FAILED: "bold red",
    PluginState.DUPLICATE: "bold red",
    PluginState.INCOMPATIBLE: "bold red",
}


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="An array of objects, and nothing else.")
@registry_option
@click.pass_context
def plugins_command(context: click.Context, *, as_json: bool) -> None:
    """List every installed plugin: its state, its distribution, its variables, and why it is not active.

    A plugin is active, excluded (the selection leaves it out), failed, a duplicate (another has its name), or
    incompatible (it asks for another version of the plugin API).
    """
    registry = chosen_registry(context)
    if as_json:
        show_json(map(plugin_object, registry.plugins))
    else:
        _show(registry)


def _show(registry: Registry) -> None:
    output = console()
    whole = _table(registry, with_reason=True)
    is_whole = fits(output, whole)
    show_table(output, whole if is_whole else _table(registry, with_reason=False))
    if not is_whole and any(plugin.state is PluginState.EXCLUDED for plugin in registry.plugins):
        output.print(f"\nexcluded: {registry.filter_variable} leaves it out")
    in_table = (PluginError, DuplicatePluginError) if is_whole else ()
    others = [problem for problem in registry.problems if not isinstance(problem, in_table)]
    if others or not registry.problems:
        output.print()
    show_problems(output, map(str, others))
    if not registry.problems:
        output.print("Nothing is wrong.")


def _table(registry: Registry, *, with_reason: bool) -> Table:
    shown = table("NAME", "STATE", "DISTRIBUTION", "VERSION", "VARIABLES", *(["REASON"] if with_reason else []))
    for plugin in registry.plugins:
        cells = (plugin.name, plugin.state, plugin.distribution, plugin.version, str(len(plugin.variables)))
        reason = [plugin.reason] if with_reason else []
        shown.add_row(*map(printable, (*cells, *reason)), style=_STYLES[plugin.state])
    return shown
