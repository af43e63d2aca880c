"""``envatlas fingerprint``: what compiled graphs depend on, in one line, in parts, and since another time."""

from __future__ import annotations

import json
import pathlib
from typing import Final

import click

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import console, others_to_stderr, show_table, table
from envatlas.cli.words import chosen_words, language_option
from envatlas.environs import Place, UnreadableFileError
from envatlas.fingerprints import Change, Fingerprint, parse_fingerprint, take_fingerprint
from envatlas.formats.shown import cut, printable
from envatlas.languages import Words
from envatlas.messages import marked, message_of
from envatlas.registry import Registry

_CHANGED: Final = 1
_NAME_ONE: Final = "name a file that `envatlas fingerprint --json` wrote"
_PARTS: Final = (marked("NAME"), marked("VALUE"), marked("PLUGIN"))
_CHANGES: Final = (marked("NAME"), marked("BEFORE"), marked("NOW"))


@click.command("fingerprint", short_help="Print what compiled graphs depend on, in one line.")
@click.option("--explain", is_flag=True, help="Also show the values that it is made of.")
@click.option("--against", metavar="FILE", help="Show what changed since a fingerprint that --json wrote to a file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object with the values.")
@registry_option
@language_option
@click.pass_context
def fingerprint_command(context: click.Context, *, explain: bool, against: str | None, as_json: bool) -> None:
    """Print the sha256 of the values of all variables that affect compilation.

    It is the same wherever these values are the same: in any process, on any machine. Secrets and paths do not
    count; --explain lists those as well. A value that cannot be read is an error.

    With --against, the exit status is 1 if anything changed.
    """
    words, registry = chosen_words(context), chosen_registry(context)
    earlier = None if against is None else parse_fingerprint(_text_of(against), against)
    fingerprint = _taken(registry)
    changes = () if earlier is None else fingerprint.changes_since(earlier)
    if as_json:
        click.echo(json.dumps(_as_object(fingerprint, earlier, changes), indent=2))
    else:
        click.echo(fingerprint.digest)
        if explain:
            _show_parts(registry, fingerprint, words)
        if earlier is not None:
            _show_changes(changes, words)
    context.exit(_CHANGED if changes else 0)


def _taken(registry: Registry) -> Fingerprint:
    with others_to_stderr():
        return take_fingerprint(registry)


def _text_of(file: str) -> str:
    if not file:
        raise UnreadableFileError(Place("''"), "it is no path", _NAME_ONE)
    try:
        return pathlib.Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UnreadableFileError(Place(file), str(why), _NAME_ONE) from error


def _as_object(fingerprint: Fingerprint, earlier: Fingerprint | None, changes: tuple[Change, ...]) -> dict[str, object]:
    made = dict(fingerprint.as_object())
    if earlier is not None:
        made |= {"against": earlier.digest, "changes": [_change_object(each) for each in changes]}
    return made


def _change_object(change: Change) -> dict[str, object]:
    """Return a change, with a member for each of the two that has the variable."""
    sides = {"before": change.before, "now": change.now}
    return {"name": change.name, **{side: json.loads(part) for side, part in sides.items() if part is not None}}


def _show_parts(registry: Registry, fingerprint: Fingerprint, words: Words) -> None:
    output = console()
    output.print()
    shown = table(*_PARTS, words=words)
    for name, value in sorted(fingerprint.values.items()):
        shown.add_row(name, cut(json.dumps(value, sort_keys=True)), printable(registry.owner(name).plugin))
    show_table(output, shown)
    for name, why in sorted(fingerprint.left_out.items()):
        output.print(words("{variable} does not count: it is {why}", variable=name, why=message_of(why)))


def _show_changes(changes: tuple[Change, ...], words: Words) -> None:
    output = console()
    output.print()
    if not changes:
        output.print(words("Nothing changed."))
        return
    shown = table(*_CHANGES, words=words)
    for change in changes:
        shown.add_row(cut(printable(change.name)), cut(change.before or "-"), cut(change.now or "-"))
    show_table(output, shown)
