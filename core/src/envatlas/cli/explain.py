"""``envatlas explain``: what one variable is set to, and why."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import click
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from envatlas.cli.help import wrap
from envatlas.cli.names import complete_variables
from envatlas.cli.options import registry_option
from envatlas.cli.output import console, others_to_stderr, show_json
from envatlas.cli.targets import chosen_targets, show_heading, target_options
from envatlas.cli.words import chosen_words, language_option
from envatlas.environs import Environ, UntoldTextError
from envatlas.errors import InvalidValueError
from envatlas.formats.facts import Fact, facts, plugin_fact
from envatlas.formats.listings import explanation_object, inactive_object
from envatlas.formats.shown import cut, printable, shown_reading, shown_value
from envatlas.inactive import InactiveVariable
from envatlas.languages import Words
from envatlas.loading import PluginRecord
from envatlas.messages import message_of
from envatlas.readings import Reading
from envatlas.redaction import SHOWN_AS
from envatlas.registry import Registry
from envatlas.values import default_of

_INDENT: Final = 2


@click.command("explain", short_help="Say what a variable is set to, and why.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_variables)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@target_options
@registry_option
@language_option
@click.pass_context
def explain_command(
    context: click.Context,
    *,
    names: tuple[str, ...],
    as_json: bool,
    env_files: tuple[str, ...],
    manifests: tuple[str, ...],
) -> None:
    """Explain variables: text, value, where it comes from, what it means, and who declares it.

    A NAME is a variable's name, or a glob such as 'VLLM_DP_*'. A variable whose plugin is not active is explained as
    far as the plugin's source tells. The exit status is 2 if nobody declares one of the names.
    """
    words = chosen_words(context)
    with others_to_stderr():
        targets = chosen_targets(context, env_files, manifests)
        found = [(target, *_find(target, names)) for target in targets]
    if as_json:
        show_json((_object(each, target) for target, readings, _ in found for each in readings), ())
    else:
        output = console()
        for number, (target, readings, _) in enumerate(found):
            show_heading(output, target, words, is_first=number == 0)
            _show_target(output, target, readings, words)
    unknown = dict.fromkeys(error for _, _, errors in found for error in errors)
    for error in unknown:
        click.echo(f"Error: {printable(error)}", err=True)
    if unknown:
        context.exit(2)


def _find(registry: Registry, names: Sequence[str]) -> tuple[list[Reading | InactiveVariable], list[str]]:
    """Return what is to be explained, each once, and what is to be said of the names that are nobody's."""
    inactive = {each.name: each for each in registry.inactive}
    known = [*(variable.name for variable in registry), *inactive]
    found: dict[str, Reading | InactiveVariable] = {}
    errors: list[str] = []
    for asked in names:
        matching = [name for name in known if name == asked or fnmatch.fnmatchcase(name, asked.upper())]
        for name in sorted(matching):
            found[name] = inactive[name] if name in inactive else registry.explain(name)
        if not matching:
            errors.append(_unknown(registry, asked))
    return [*found.values()], errors


def _unknown(registry: Registry, name: str) -> str:
    if any(letter in name for letter in "*?["):
        return f"no variable in the registry {registry.name!r} matches {name!r}"
    return f"{registry.unknown(name)}{_what_reads(registry, name) if name in registry.environ else ''}"


def _what_reads(registry: Registry, name: str) -> str:
    """Return which variables are read from a name that is set, and no variable's own."""
    readers = [variable.name for variable in registry if name in variable.sources]
    return (
        f" It is set, and read as {' and '.join(readers)}."
        if readers
        else (" It is set, and nothing of this registry reads it.")
    )


def _object(found: Reading | InactiveVariable, registry: Registry) -> object:
    if isinstance(found, Reading):
        return explanation_object(found, registry.environ, registry.choices(found.variable.name))
    return inactive_object(found, registry.environ)


def _show_target(
    output: Console, registry: Registry, found: Iterable[Reading | InactiveVariable], words: Words
) -> None:
    for each in found:
        if isinstance(each, Reading):
            title = f"{each.variable.name} {_shown(each, words)}"
            help_text = words.of_plugin(each.module, each.variable.help)
            _show(output, title, help_text, _rows(each, registry, words))
        else:
            plugin = next(one for one in registry.plugins if (one.owner, one.reason) == (each.owner, each.why))
            title = words("{variable} is not active", variable=each.name)
            help_text = words.of_plugin(plugin.module, each.help)
            _show(output, title, help_text, _inactive_rows(each, plugin, registry, words))


def _show(output: Console, title: str, help_text: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print one variable: what it is, what it does, and the rest with a word before each."""
    facts = [*rows]
    if not output.is_terminal:  # where nothing is folded, no table has to be laid out
        width = max(cell_len(label) for label, _ in facts)
        lines = [f"  {label}{' ' * (width - cell_len(label))}  {text}" for label, text in facts]
        click.echo("\n".join([title, *([f"  {printable(help_text)}"] if help_text else []), *lines, ""]))
        return
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for label, text in facts:
        shown.add_row(Text(f"  {label}", "dim"), Text(text))
    output.print(Text(title, "bold"))
    wrapped: list[str] = [*wrap(printable(help_text), output.width - _INDENT)] if help_text else []
    for line in wrapped:
        output.print(Padding(Text(line), (0, 0, 0, _INDENT)))
    output.print(shown)
    output.print()


def _shown(reading: Reading, words: Words) -> str:
    if reading.error is not None:
        return words("cannot be read")
    if reading.untold:
        return words("is set") if reading.is_set else words("is not known")
    return f"= {shown_reading(reading, words)}"


def _rows(reading: Reading, registry: Registry, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what is to be said of a variable, in the order in which an operator asks."""
    yield words("text"), _text(reading, words)
    if isinstance(registry.environ, Environ) and reading.source is not None:
        yield words("set at"), printable(words(registry.environ.place_of(reading.source).message))
    if reading.error is not None:
        yield words("error"), printable(str(reading.error))
    added = registry.choices(reading.variable.name)
    said = facts(reading.variable, words, reading.module, reading.dependents, added)
    for fact in (*said, plugin_fact(reading.owner, words)):
        here = _HERE.get(fact.key)
        yield fact.label, printable(fact.text if here is None else here(fact, reading, registry, words))
    declared = reading.declared_at
    if declared is not None:
        yield words("declared"), printable(f"{declared.file}:{declared.line}")


def _text(reading: Reading, words: Words) -> str:
    if reading.source is None:
        return words("unset")
    is_own = reading.source == reading.variable.name
    if reading.untold and reading.text is None:
        told = words("set, but not known: {why}", why=message_of(reading.untold))
    else:
        told = SHOWN_AS if reading.secret else shown_value(reading.text)
    return printable(told if is_own else words("{text}, as {name}", text=told, name=reading.source))


def _default(fact: Fact, reading: Reading, registry: Registry, words: Words) -> str:
    """Return the default, and how it is computed, where it is."""
    if reading.variable.secret:
        return printable(fact.text)  # its default may be another secret
    try:
        value = shown_value(default_of(reading.variable, registry.environ))
    except (InvalidValueError, UntoldTextError):
        return words("{default}, which cannot be computed here", default=fact.text)
    said = cut(printable(fact.text))
    return value if said == value else words("{value}: {default}", value=value, default=said)


def _looked_at(fact: Fact, _: Reading, registry: Registry, words: Words) -> str:
    """Return the names that a variable depends on, and whether each is set."""
    return ", ".join(f"{name} ({_state(name, registry.environ, words)})" for name in fact.names)


def _state(name: str, environ: Mapping[str, str], words: Words) -> str:
    """Return whether a name is set; a container's home is neither known to be nor not to be."""
    try:
        is_set = environ.get(name) is not None
    except UntoldTextError:
        return words("set") if name in environ else words("not known")
    return words("set") if is_set else words("unset")


_HERE: Final[Mapping[str, Callable[[Fact, Reading, Registry, Words], str]]] = {
    "default": _default,
    "depends_on": _looked_at,
}
"""What there is to say of a variable in an environment, in the place of what its declaration alone says."""


def _inactive_rows(
    variable: InactiveVariable, plugin: PluginRecord, registry: Registry, words: Words
) -> Iterator[tuple[str, str]]:
    is_set = variable.set_as(registry.environ) is not None
    yield words("text"), words("set, and read by nothing") if is_set else words("unset")
    owner = plugin_fact(variable.owner, words)
    yield owner.label, printable(owner.text)
    yield words("why"), printable(words(plugin.reason))
    yield words("declared"), printable(f"{variable.file}:{variable.line}")
