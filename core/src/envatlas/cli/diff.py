"""``envatlas diff``: what differs between two environments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import attrs
import click
from rich.text import Text

from envatlas.cli.environments import NamedEnvironment, complete_environments, named_environment, notes_on
from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import console, others_to_stderr, show_json, show_problems, show_table, table
from envatlas.cli.words import chosen_words, language_option
from envatlas.descriptions import expected_by
from envatlas.diffs import Extent, ReadingDifference, Side, differences
from envatlas.formats.differences import difference_object
from envatlas.formats.shown import printable, shown_reading, shown_value
from envatlas.languages import Words
from envatlas.messages import marked
from envatlas.readings import Reading
from envatlas.redaction import SHOWN_AS
from envatlas.registry import Registry

_STYLES: Final = {Extent.VALUE: "bold", Extent.TEXT: "", Extent.UNREAD: "dim", Extent.UNKNOWN: "dim"}
_EXTENTS: Final = {
    Extent.VALUE: marked("value"),
    Extent.TEXT: marked("text"),
    Extent.UNREAD: marked("unread"),
    Extent.UNKNOWN: marked("unknown"),
}
_COUNTS: Final = {
    Extent.VALUE: marked("{count} in value"),
    Extent.TEXT: marked("{count} only in text"),
    Extent.UNREAD: marked("{count} in names that nothing reads"),
}


@click.command("diff", short_help="Say what differs between two environments.")
@click.argument("left", metavar="A", shell_complete=complete_environments)
@click.argument("right", metavar="B", shell_complete=complete_environments)
@click.option("--values-only", is_flag=True, help="Leave out what differs only in text, and what nothing reads.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@registry_option
@language_option
@click.pass_context
def diff_command(context: click.Context, *, left: str, right: str, values_only: bool, as_json: bool) -> None:
    """Say what differs between two environments.

    \b
    A and B are each
    live                   the environment of this process
    prod.env               an env file
    deploy.yaml            a Kubernetes manifest or a Compose file with one container
    deploy.yaml#container  one of its containers
    before.json            what 'envatlas export --format json' wrote

    The exit status is 0 if nothing differs, 1 if anything does, and 2 if an environment cannot be read.
    """  # noqa: D301  click's mark of a paragraph that keeps its lines
    registry, words = chosen_registry(context), chosen_words(context)
    with others_to_stderr():
        sides = named_environment(registry, left), named_environment(registry, right)
        found = [_judged(each, *sides) for each in differences(sides[0].registry, sides[1].registry)]
        shown = [each for each in found if not values_only or each.extent in {Extent.VALUE, Extent.UNKNOWN}]
        environs = sides[0].registry.environ, sides[1].registry.environ
        objects = [difference_object(each, *environs) for each in shown] if as_json else []
        notes = notes_on(sides, words)
    if as_json:
        show_json(objects, notes)
    else:
        _show(shown, sides, notes, words)
    context.exit(int(any(each.extent is not Extent.UNKNOWN for each in shown)))


def _judged(difference: ReadingDifference, left: NamedEnvironment, right: NamedEnvironment) -> ReadingDifference:
    """Return a difference; one that is none where a snapshot may lack a secret only because nobody asked for it."""
    lacks = (left.may_lack_secrets and not difference.left.is_set) or (
        right.may_lack_secrets and not difference.right.is_set
    )
    return attrs.evolve(difference, extent=Extent.UNKNOWN) if difference.secret and lacks else difference


def _show(
    shown: Sequence[ReadingDifference],
    sides: tuple[NamedEnvironment, NamedEnvironment],
    notes: Sequence[str],
    words: Words,
) -> None:
    output = console()
    if shown:
        rows = table(marked("NAME"), words=words)
        for heading in (*(printable(side.label) for side in sides), words("DIFFERS")):
            rows.add_column(heading, overflow="fold")
        for each in shown:
            cells = (_cell(each, each.left, sides[0], words), _cell(each, each.right, sides[1], words))
            extent = words(_EXTENTS[each.extent])
            rows.add_row(each.name, *map(Text, map(printable, cells)), extent, style=_STYLES[each.extent])
        show_table(output, rows)
        output.print()
    output.print(_summary(shown, words))
    show_problems(output, notes)


def _cell(difference: ReadingDifference, side: Side, environment: NamedEnvironment, words: Words) -> str:
    """Return what an environment has of a name, as a table shows it."""
    reading = side.reading
    if reading is None:
        if difference.extent is Extent.UNREAD:
            return words("(set)") if side.is_set else words("(unset)")
        return words("(set, not read)") if side.is_set else words("(not read)")
    if reading.untold or (difference.secret and environment.may_lack_secrets and not side.is_set):
        return words("(not told)")
    if not side.is_set:
        said = words("cannot be computed") if reading.error is not None else shown_reading(reading, words)
        return words("{value} (default)", value=said)
    if reading.secret:
        return SHOWN_AS
    return _set_cell(difference.extent, reading, environment.registry, words)


def _set_cell(extent: Extent, reading: Reading, registry: Registry, words: Words) -> str:
    via = "" if reading.source == reading.variable.name else f" ({reading.source})"
    if reading.error is not None:
        module = next((each.module for each in registry.active_plugins if each.owner == reading.owner), "")
        expected = words.of_plugin(module, expected_by(reading.variable.kind))
        return words("{text}: expected {expected}", text=shown_value(reading.text) + via, expected=expected)
    return shown_value(reading.text if extent is Extent.TEXT else reading.value) + via


def _summary(shown: Iterable[ReadingDifference], words: Words) -> str:
    counts = Counter(each.extent for each in shown)
    unknown = counts[Extent.UNKNOWN]
    differing = [words(said, count=counts[extent]) for extent, said in _COUNTS.items() if counts[extent]]
    if differing:
        said = words("Differ: {counts}.", counts=words(", ").join(differing))
    else:
        said = words("Nothing is known to differ.") if unknown else words("Nothing differs.")
    return words("{said} Cannot be compared: {count}.", said=said, count=unknown) if unknown else said
