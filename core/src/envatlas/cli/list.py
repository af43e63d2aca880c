"""``envatlas list``: the variables, with their values and where those come from."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

import attrs
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import (
    console,
    fits,
    printable,
    show_json,
    show_problems,
    show_table,
    shown_value,
    table,
)
from envatlas.errors import InvalidValueError
from envatlas.formats.listings import Json, inactive_object, reading_object
from envatlas.loading import PluginState
from envatlas.readings import Reading, explain
from envatlas.redaction import SHOWN_AS
from envatlas.registry import OWN, InactiveVariable, Registry
from envatlas.spelling import nearest_names


@attrs.frozen
class _Row:
    """One variable of the table."""

    name: str
    value: Text
    origin: str
    plugin: str
    style: str
    as_json: Json
    is_set: bool
    error: str = ""
    is_active: bool = True


@click.command("list")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--set", "only_set", is_flag=True, help="Only variables that are set.")
@click.option("--all", "with_inactive", is_flag=True, help="Also variables of plugins that are not active.")
@click.option("--plugin", "plugins", multiple=True, metavar="NAME", help="Only this plugin's; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="An array of objects, and nothing else.")
@registry_option
@click.pass_context
def list_command(  # noqa: PLR0913  click passes each option on its own
    context: click.Context,
    *,
    patterns: tuple[str, ...],
    only_set: bool,
    with_inactive: bool,
    plugins: tuple[str, ...],
    as_json: bool,
) -> None:
    """List the variables: name, value, where the value comes from, and which plugin declares it.

    A PATTERN is a part of a name, or a glob such as 'VLLM_*_TIMEOUT'; case is ignored. Variables that are set
    stand out. A secret shows only that it is set.
    """
    registry = chosen_registry(context)
    _require_plugins(registry, plugins)
    rows = [
        row
        for row in _rows(registry, with_inactive=with_inactive)
        if (row.is_set or not only_set)
        and (not plugins or row.plugin in plugins)
        and (not patterns or any(_matches(row.name, pattern) for pattern in patterns))
    ]
    if as_json:
        show_json(row.as_json for row in rows)
    else:
        _show(registry, rows)


def _rows(registry: Registry, *, with_inactive: bool) -> list[_Row]:
    rows = [_row(explain(registry, variable.name, registry.environ), registry) for variable in registry]
    if with_inactive:
        rows += [_inactive_row(variable, variable.name in registry.environ) for variable in registry.inactive]
    return sorted(rows, key=lambda row: row.name)


def _row(reading: Reading, registry: Registry) -> _Row:
    if reading.error is not None:
        value = Text(_refused(reading, reading.error), "bold red")
    elif reading.variable.secret:
        value = Text(SHOWN_AS if reading.is_set else "None")
    else:
        value = Text(shown_value(reading.value))
    return _Row(
        name=reading.variable.name,
        value=value,
        origin=reading.origin,
        plugin=reading.owner.plugin,
        style="bold green" if reading.is_set else "",
        as_json=reading_object(reading, registry.environ),
        is_set=reading.is_set,
        error="" if reading.error is None else str(reading.error),
    )


def _refused(reading: Reading, error: InvalidValueError) -> str:
    if not reading.is_set:
        return "the default cannot be computed"
    text = SHOWN_AS if reading.variable.secret else shown_value(reading.text)
    return f"{text}: expected {error.expected}"


def _inactive_row(variable: InactiveVariable, is_set: bool) -> _Row:
    return _Row(
        name=variable.name,
        value=Text("(set)" if is_set else "-"),
        origin="inactive",
        plugin=variable.plugin,
        style="dim",
        as_json=inactive_object(variable, is_set=is_set),
        is_set=is_set,
        is_active=False,
    )


def _matches(name: str, pattern: str) -> bool:
    is_glob = any(letter in pattern for letter in "*?[")
    return fnmatch.fnmatch(name.upper(), pattern.upper() if is_glob else f"*{pattern.upper()}*")


def _require_plugins(registry: Registry, plugins: Sequence[str]) -> None:
    known = [OWN, *(plugin.name for plugin in registry.plugins)]
    for name in plugins:
        if name not in known:
            nearest = nearest_names(name, known)
            hint = f" Did you mean {' or '.join(nearest)}?" if nearest else f" There are: {', '.join(known)}."
            raise click.BadParameter(f"no plugin is called {name!r}.{hint}", param_hint="--plugin")


def _show(registry: Registry, rows: Sequence[_Row]) -> None:
    output = console()
    whole = table("NAME", "VALUE", "ORIGIN", "PLUGIN")
    for row in rows:
        whole.add_row(row.name, row.value, row.origin, row.plugin, style=row.style)
    if not rows:
        output.print("No variable matches.")
    elif fits(output, whole):
        show_table(output, whole)
    else:
        show_table(output, _grouped(rows))
    output.print()
    _show_summary(output, registry, rows)


def _grouped(rows: Sequence[_Row]) -> Table:
    """Return a narrower table, which names each plugin once, above its variables."""
    narrow = table("NAME", "VALUE", "ORIGIN")
    for plugin in sorted({row.plugin for row in rows}):
        narrow.add_row(Text(plugin, "bold underline"))
        for row in rows:
            if row.plugin == plugin:
                narrow.add_row(f"  {row.name}", row.value, row.origin, style=row.style)
    return narrow


def _show_summary(output: Console, registry: Registry, rows: Sequence[_Row]) -> None:
    errors = [row.error for row in rows if row.error]
    inactive = sum(not row.is_active for row in rows)
    more = f", and {inactive} inactive" if inactive else ""
    is_set = sum(row.is_set for row in rows)
    output.print(f"{len(rows) - inactive} of {len(registry)} variables{more}; {is_set} set.")
    for state in PluginState:
        names = [printable(plugin.name) for plugin in registry.plugins if plugin.state is state]
        if names:
            output.print(f"{str(state).capitalize()} plugins ({len(names)}): {', '.join(names)}.")
    problems = [*errors, *map(str, registry.problems)]
    show_problems(output, problems)
    if not problems:
        output.print("Nothing is wrong.")
