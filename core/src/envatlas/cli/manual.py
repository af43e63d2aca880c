"""The manual page of the command line, from the commands themselves: ``python -m envatlas.cli.manual`` prints it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Final

import click

from envatlas.cli.app import app
from envatlas.cli.commands import OWN
from envatlas.version import VERSION

_DESCRIPTION: Final = "show the environment variables that an application and its plugins declare"
_STATUSES: Final = (
    ("0", "Done."),
    (
        "1",
        """check --strict has warnings and no errors; two environments, or two fingerprints, differ; something
        generated is stale; or the output cannot be written.""",
    ),
    (
        "2",
        """check has errors; nobody declares a name; an environment or another file cannot be read; wrong usage,
        or a registry that cannot be imported.""",
    ),
    ("130", "Interrupted."),
)
_VARIABLES: Final = (
    ("VLLM_PLUGINS", "Names the plugins of vLLM's registry to load, separated by commas. Unset loads all, empty none."),
    ("LC_ALL, LC_MESSAGES, LANG", "The locale, in whose language the commands write: the first that is not empty."),
    (
        "LANGUAGE",
        "Languages, the most wanted first and separated by colons, instead of the locale's, unless that is C.",
    ),
    ("NO_COLOR", "Shows no colours, where it is not empty."),
)
_KEEPS_LINES: Final = "\b\n"
"""Click's mark of a paragraph that is not filled."""
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
        *(".nh", ".ad l"),  # what is to be copied is neither hyphenated nor spread
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
    for number, paragraph in enumerate(inspect.cleandoc(command.help or "").split("\n\n")):
        lines = [*_rows(paragraph)] if paragraph.startswith(_KEEPS_LINES) else [_line(paragraph)]
        yield from [".PP"] if number and lines[0] != ".TP" else []
        yield from lines


def _rows(paragraph: str) -> Iterator[str]:
    """Yield a paragraph that keeps its lines: a row of two columns is a term, and what is said of it."""
    for line in paragraph.removeprefix(_KEEPS_LINES).splitlines():
        term, *said = re.split(" {2,}", line, maxsplit=1)
        yield from _terms([(term, said[0])]) if said else [_line(term)]


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
