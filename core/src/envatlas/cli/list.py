"""``envatlas list``: the variables, with their values and where those come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envatlas.cli.names import complete_plugins, complete_variables, matches
from envatlas.cli.options import registry_option, require_plugins
from envatlas.cli.output import console, fits, others_to_stderr, show_json, show_problems, show_table, table
from envatlas.cli.plugins import in_vain, no_plugin, set_in_vain
from envatlas.cli.targets import chosen_targets, show_heading, target_options
from envatlas.cli.words import chosen_words, language_option
from envatlas.descriptions import expected_by
from envatlas.formats.listings import Json, inactive_object, reading_object
from envatlas.formats.shown import cut, printable, shown_reading, shown_value
from envatlas.inactive import InactiveVariable
from envatlas.languages import Words
from envatlas.loading import PluginState
from envatlas.messages import marked
from envatlas.readings import Reading
from envatlas.redaction import SHOWN_AS
from envatlas.registry import Registry

_HEADINGS: Final = (marked("NAME"), marked("VALUE"), marked("ORIGIN"), marked("PLUGIN"))
_OF_STATE: Final = {
    PluginState.ACTIVE: marked("Active plugins ({count}): {names}."),
    PluginState.EXCLUDED: marked("Excluded plugins ({count}): {names}."),
    PluginState.FAILED: marked("Failed plugins ({count}): {names}."),
    PluginState.DUPLICATE: marked("Duplicate plugins ({count}): {names}."),
    PluginState.INCOMPATIBLE: marked("Incompatible plugins ({count}): {names}."),
}
_NARROWEST_VALUE: Final = 40
"""In columns: where less is left for the values, the plugins are named above their variables, and not beside."""
_LONGEST_NAME: Final = 60
_BEGINNING: Final = 30
"""In characters: of a longer name only the beginning is shown, or no column would be left for anybody's values."""


@attrs.frozen
class _Row:
    """One variable of the table."""

    name: str
    value: Text
    origin: str
    plugin: str
    style: str
    is_set: bool
    as_json: Callable[[], Json]
    error: str = ""
    is_active: bool = True


@click.command("list", short_help="List the variables and their values.")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...", shell_complete=complete_variables)
@click.option("--set", "only_set", is_flag=True, help="Only variables that are set.")
@click.option("--all", "with_inactive", is_flag=True, help="Also variables of plugins that are not active.")
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_plugins,
    help="Only variables of this plugin; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@target_options
@registry_option
@language_option
@click.pass_context
def list_command(  # noqa: PLR0913  click passes each option on its own
    context: click.Context,
    *,
    patterns: tuple[str, ...],
    only_set: bool,
    with_inactive: bool,
    plugins: tuple[str, ...],
    as_json: bool,
    env_files: tuple[str, ...],
    manifests: tuple[str, ...],
) -> None:
    """List the variables: name, value, where the value comes from, and which plugin declares it.

    A PATTERN is a part of a name, or a glob such as 'VLLM_*_TIMEOUT'; case is ignored. Variables that are set
    stand out. A secret shows only that it is set.
    """
    words = chosen_words(context)
    with others_to_stderr():
        targets = chosen_targets(context, env_files, manifests)
        require_plugins(targets[0], plugins)
        everything = [_rows(target, words) for target in targets]
        chosen = [
            [
                row
                for row in rows
                if (row.is_active or with_inactive)
                and (row.is_set or not only_set)
                and (not plugins or row.plugin in plugins)
                and (not patterns or any(matches(row.name, pattern) for pattern in patterns))
            ]
            for rows in everything
        ]
        objects = [row.as_json() for rows in chosen for row in rows] if as_json else []
    if as_json:
        show_json(objects, dict.fromkeys(str(each) for target in targets for each in target.problems))
        return
    output = console()
    for number, target in enumerate(targets):
        show_heading(output, target, words, is_first=number == 0)
        _show(output, target, chosen[number], words)


def _rows(registry: Registry, words: Words) -> list[_Row]:
    active = [_row(registry.explain(variable.name, registry.environ), registry, words) for variable in registry]
    inactive = [_inactive_row(variable, registry.environ, words) for variable in registry.inactive]
    return sorted([*active, *inactive], key=lambda row: row.name)


def _row(reading: Reading, registry: Registry, words: Words) -> _Row:
    return _Row(
        name=reading.variable.name,
        value=_value(reading, words),
        origin=_origin(reading, words),
        plugin=reading.owner.plugin,
        style="bold green" if reading.is_set else "",
        is_set=reading.is_set,
        as_json=lambda: reading_object(reading, registry.environ),
        error="" if reading.error is None else str(reading.error),
    )


def _origin(reading: Reading, words: Words) -> str:
    if reading.source is None:
        return words("default")
    return words("environment") if reading.source == reading.variable.name else reading.source


def _value(reading: Reading, words: Words) -> Text:
    if reading.error is None or not reading.is_set:
        return Text(shown_reading(reading, words), "" if reading.error is None else "bold red")
    text = SHOWN_AS if reading.secret else shown_value(reading.text)
    expected = words.of_plugin(reading.module, expected_by(reading.variable.kind))
    return Text(printable(words("{text}: expected {expected}", text=text, expected=expected)), "bold red")


def _inactive_row(variable: InactiveVariable, environ: Mapping[str, str], words: Words) -> _Row:
    is_set = variable.set_as(environ) is not None
    return _Row(
        name=variable.name,
        value=Text(words("(set)") if is_set else "-"),
        origin=words("inactive"),
        plugin=variable.plugin,
        style="dim",
        is_set=is_set,
        as_json=lambda: inactive_object(variable, environ),
        is_active=False,
    )


def _show(output: Console, registry: Registry, rows: Sequence[_Row], words: Words) -> None:
    whole, without_values = table(*_HEADINGS, words=words), table(*_HEADINGS, words=words)
    for row in rows:
        name, origin, plugin = map(_cut, (row.name, row.origin, row.plugin))
        whole.add_row(name, row.value, origin, plugin, style=row.style)
        without_values.add_row(name, row.value.plain[:_NARROWEST_VALUE], origin, plugin)
    if not rows:
        output.print(words("No variable matches."))
    else:
        show_table(output, whole if fits(output, without_values) else _grouped(rows, words))
    output.print()
    _show_summary(output, registry, rows, words)
    _show_wrongs(output, registry, rows, words)


def _grouped(rows: Sequence[_Row], words: Words) -> Table:
    """Return a narrower table, which names each plugin once, above its variables."""
    narrow = table(*_HEADINGS[:-1], words=words)
    for plugin in sorted({row.plugin for row in rows}):
        narrow.add_row(Text(_cut(plugin), "bold underline"))
        for row in rows:
            if row.plugin == plugin:
                narrow.add_row(f"  {_cut(row.name)}", row.value, _cut(row.origin), style=row.style)
    return narrow


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else cut(name, _BEGINNING)


def _show_summary(output: Console, registry: Registry, rows: Sequence[_Row], words: Words) -> None:
    output.print(_counts(registry, rows, words))
    for state, template in _OF_STATE.items():
        names = [printable(plugin.name) for plugin in registry.plugins if plugin.state is state]
        if names:
            output.print(words(template, count=len(names), names=", ".join(names)))
    opaque = ", ".join(printable(plugin.name) for plugin in registry.opaque_plugins)
    if opaque:
        output.print(words("Of these, the source does not tell all variables: {names}.", names=opaque))


def _counts(registry: Registry, rows: Sequence[_Row], words: Words) -> str:
    inactive = sum(not row.is_active for row in rows)
    counts = {"shown": len(rows) - inactive, "total": len(registry), "set": sum(row.is_set for row in rows)}
    if not inactive:
        return words("{shown} of {total} variables; {set} set.", **counts)
    return words("{shown} of {total} variables, and {inactive} inactive; {set} set.", inactive=inactive, **counts)


def _show_wrongs(output: Console, registry: Registry, rows: Sequence[_Row], words: Words) -> None:
    wrongs = [row.error for row in rows if row.error]
    if not registry.plugins:
        wrongs.append(no_plugin(registry, words))
    wrongs += [words(in_vain(each)) for each in set_in_vain(registry)]
    wrongs += [words(each.message) for each in registry.problems]
    show_problems(output, wrongs)
    if not wrongs:
        output.print(words("Nothing is wrong."))
