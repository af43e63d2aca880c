"""``envatlas explain``: what one variable is set to, and why."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from envatlas.cli.options import registry_option
from envatlas.cli.output import console, others_to_stderr, printable, show_json, shown_value
from envatlas.cli.targets import chosen_targets, show_heading, target_options
from envatlas.environs import Environ, UntoldTextError
from envatlas.errors import InvalidValueError
from envatlas.formats.listings import explanation_object, inactive_object
from envatlas.inactive import InactiveVariable
from envatlas.readings import Reading
from envatlas.redaction import SHOWN_AS
from envatlas.registry import Registry
from envatlas.values import default_of
from envatlas.variable import Scope, Variable

_SCOPES: Final = {
    Scope.BUILD: "it matters while the application is built",
    Scope.CLUSTER: "every process on every node must have the same",
    Scope.NODE: "the processes of a node share it; another node may have another",
    Scope.PROCESS: "each process has its own",
}


@click.command("explain", short_help="Say what a variable is set to, and why.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@target_options
@registry_option
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
    with others_to_stderr():
        targets = chosen_targets(context, env_files, manifests)
        found = [(target, *_find(target, names)) for target in targets]
    if as_json:
        show_json((_object(each, target) for target, readings, _ in found for each in readings), ())
    else:
        output = console()
        for number, (target, readings, _) in enumerate(found):
            show_heading(output, target, is_first=number == 0)
            _show_target(output, target, readings)
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
    is_set = " It is set, and nothing of this registry reads it." if name in registry.environ else ""
    return f"{registry.unknown(name)}{is_set}"


def _object(found: Reading | InactiveVariable, registry: Registry) -> object:
    if isinstance(found, Reading):
        return explanation_object(found, registry.environ)
    return inactive_object(found, registry.environ)


def _show_target(output: Console, registry: Registry, found: Iterable[Reading | InactiveVariable]) -> None:
    for each in found:
        if isinstance(each, Reading):
            _show(output, f"{each.variable.name} {_shown(each)}", each.variable.help, _rows(each, registry))
        else:
            _show(output, f"{each.name} is not active", each.help, _inactive_rows(each, registry))


def _show(output: Console, title: str, help_text: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print one variable: what it is, what it does, and the rest with a word before each."""
    facts = [*rows]
    if not output.is_terminal:  # where nothing is folded, no table has to be laid out
        width = max(len(label) for label, _ in facts)
        lines = [f"  {label:{width}}  {text}" for label, text in facts]
        click.echo("\n".join([title, *([f"  {printable(help_text)}"] if help_text else []), *lines, ""]))
        return
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for label, text in facts:
        shown.add_row(Text(f"  {label}", "dim"), Text(text))
    output.print(Text(title, "bold"))
    if help_text:
        output.print(Padding(Text(printable(help_text)), (0, 0, 0, 2)))
    output.print(shown)
    output.print()


def _shown(reading: Reading) -> str:
    if reading.error is not None:
        return "cannot be read"
    if reading.untold:
        return "is set"
    return f"= {SHOWN_AS if reading.variable.secret and reading.is_set else shown_value(reading.value)}"


def _rows(reading: Reading, registry: Registry) -> Iterator[tuple[str, str]]:
    """Yield what is to be said of a variable, in the order in which an operator asks."""
    variable = reading.variable
    yield "text", _text(reading)
    if isinstance(registry.environ, Environ) and reading.source is not None:
        yield "set at", printable(str(registry.environ.place_of(reading.source)))
    if reading.error is not None:
        yield "error", printable(str(reading.error))
    yield "kind", printable(_kind(variable))
    yield "default", _default(variable, registry)
    if variable.expects is not None:
        yield "expects", printable(variable.expects.describe())
    if variable.unit is not None:
        yield "unit", printable(variable.unit)
    yield "scope", f"{variable.scope}: {_SCOPES[variable.scope]}"
    flags = _flags(variable)
    if flags:
        yield "flags", ", ".join(flags)
    yield from _relations(reading, registry)
    yield "plugin", printable(f"{reading.owner.plugin}, {reading.owner.distribution} {reading.owner.version}")
    declared = reading.declared_at
    if declared is not None:
        yield "declared", printable(f"{declared.file}:{declared.line}")


def _text(reading: Reading) -> str:
    if reading.source is None:
        return "unset"
    by = "" if reading.source == reading.variable.name else f", as {reading.source}"
    if reading.untold:
        return printable(f"set{by}, but not known: {reading.untold}")
    return f"{SHOWN_AS if reading.variable.secret else shown_value(reading.text)}{by}"


def _kind(variable: Variable[object]) -> str:
    empty = "; empty means unset" if variable.kind.empty_is_unset else ""
    return f"{variable.kind.name}: {variable.kind.expected}{empty}"


def _default(variable: Variable[object], registry: Registry) -> str:
    """Return the default, and how it is computed, where it is."""
    try:
        value = shown_value(default_of(variable, registry.environ))
    except (InvalidValueError, UntoldTextError):
        return printable(f"{variable.default_text}, which cannot be computed here")
    described = printable(variable.default_text)
    return value if described == value else f"{value}: {described}"


def _flags(variable: Variable[object]) -> list[str]:
    names = {
        "secret": variable.secret,
        "internal": variable.internal,
        "affects compilation": variable.affects_compilation,
    }
    return [name for name, holds in names.items() if holds]


def _relations(reading: Reading, registry: Registry) -> Iterator[tuple[str, str]]:
    variable = reading.variable
    if variable.reads:
        yield "read from", ", ".join(variable.reads)
    if variable.only_with is not None:
        yield "only with", f"{variable.only_with}, without which it has no effect"
    looked_at = [name for name in reading.depends_on if name not in (*variable.sources, variable.only_with)]
    if looked_at:
        told = (f"{name} ({'set' if name in registry.environ else 'unset'})" for name in looked_at)
        yield "depends on", ", ".join(told)
    if reading.dependents:
        yield "needed by", ", ".join(reading.dependents)
    deprecated = variable.deprecated
    if deprecated is not None:
        instead = "" if deprecated.replacement is None else f" Use {deprecated.replacement}."
        yield "deprecated", printable(f"since {deprecated.since}: {deprecated.reason}{instead}")


def _inactive_rows(variable: InactiveVariable, registry: Registry) -> Iterator[tuple[str, str]]:
    yield "text", "unset" if variable.set_as(registry.environ) is None else "set, and read by nothing"
    yield "plugin", printable(f"{variable.plugin}, {variable.owner.distribution} {variable.owner.version}")
    yield "why", printable(variable.why)
    if variable.file:
        yield "declared", printable(f"{variable.file}:{variable.line}")
