"""The manual page of the command line, from the commands themselves: ``python -m envatlas.cli.manual`` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import click

from envatlas.cli.app import app
from envatlas.cli.commands import OWN
from envatlas.version import VERSION

_DESCRIPTION: Final = "show the environment variables that an application and its plugins declare"
_STATUSES: Final = (
    ("0", "Done."),
    ("1", "What was to be checked does not hold, or the output cannot be written."),
    ("2", "Wrong usage, or a registry that cannot be imported."),
    ("130", "Interrupted."),
)
_VARIABLES: Final = (
    ("VLLM_PLUGINS", "Names the plugins of vLLM's registry to load, separated by commas. Unset loads all, empty none."),
    ("NO_COLOR", "Shows no colours, where it is not empty."),
)
_ROFF: Final = str.maketrans(
    {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
)


def manual() -> str:
    r"""Return the manual page, as roff's man macros: envatlas's own commands, in the order of their names.

    >>> manual().startswith(r'.TH ENVATLAS 1 "" "envatlas ')
    True
    """
    root = click.Context(app, info_name="envatlas", **app.context_settings)
    commands = ((name, app.get_command(root, name)) for name in sorted(OWN))
    lines = [
        f'.TH ENVATLAS 1 "" "envatlas {_escaped(VERSION)}" "User Commands"',
        ".SH NAME",
        rf"envatlas \- {_escaped(_DESCRIPTION)}",
        ".SH SYNOPSIS",
        *_usage(root),
        ".SH DESCRIPTION",
        *_paragraphs(app),
        *_options(root, ".SH OPTIONS"),
        ".SH COMMANDS",
        *(line for name, command in commands if command for line in _command(name, command, root)),
        ".SH EXIT STATUS",
        *_terms(_STATUSES),
        ".SH ENVIRONMENT",
        *_terms(_VARIABLES),
    ]
    return "\n".join(lines) + "\n"


def _command(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """Yield the section of a command, and those of the commands in it."""
    context = click.Context(command, info_name=name, parent=parent)
    yield f".SS {_escaped(context.command_path)}"
    yield from _usage(context)
    yield ".PP"
    yield from _paragraphs(command)
    yield from _options(context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            yield from () if found is None else _command(inner, found, context)


def _usage(context: click.Context) -> Iterator[str]:
    pieces = context.command.collect_usage_pieces(context)
    yield rf"\fB{_escaped(context.command_path)}\fR {_escaped(' '.join(pieces))}"


def _paragraphs(command: click.Command) -> Iterator[str]:
    for number, paragraph in enumerate((command.help or "").split("\n\n")):
        yield from ([".PP"] if number else [])
        yield _line(paragraph)


def _options(context: click.Context, heading: str | None = None) -> Iterator[str]:
    options = (each for each in context.command.get_params(context) if isinstance(each, click.Option))
    yield from [heading] if heading else []
    yield from _terms(record for each in options if (record := each.get_help_record(context)))


def _terms(terms: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, said in terms:
        yield from (".TP", rf"\fB{_escaped(term)}\fR", _line(said))


def _line(text: str) -> str:
    """Return a text in one line, whose first letter is no request."""
    return rf"\&{_escaped(' '.join(text.split()))}"


def _escaped(text: str) -> str:
    r"""Return a text as roff writes it.

    >>> print(_escaped("'VLLM_*' --set \\"))
    \(aqVLLM_*\(aq \-\-set \e
    """
    return text.translate(_ROFF)


if __name__ == "__main__":
    click.echo(manual(), nl=False)
