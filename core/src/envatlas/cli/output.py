"""What the commands print: tables for people, JSON for programs, and what is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

_UNLIMITED: Final = 100_000
_WHOLE: Final = frozenset({"NAME", "ORIGIN", "PLUGIN", "STATE", "VERSION"})
"""The columns that are never folded: what stands there is to be copied, or short."""
_LONGEST: Final = 400
"""In characters: a longer value is cut in a table, and whole in the JSON."""


def console() -> Console:
    """Return a console on standard output; one that is no terminal is plain, and as wide as its lines."""
    width = None if sys.stdout.isatty() else _UNLIMITED
    return Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def table(*headings: str) -> Table:
    """Return an empty table without lines, whose cells fold rather than lose text."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold", no_wrap=heading in _WHOLE)
    return made


def fits(console: Console, shown: Table) -> bool:
    """Return whether a table can be printed without a fold in it."""
    unlimited = console.options.update(width=_UNLIMITED)
    return console.measure(shown, options=unlimited).maximum <= console.width


def show_table(console: Console, shown: Table) -> None:
    """Print a table, without space at the end of its lines where the output is no terminal."""
    if console.is_terminal:
        console.print(shown)
        return
    with console.capture() as captured:
        console.print(shown)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def show_problems(console: Console, problems: Iterable[str]) -> None:
    """Print what is wrong, a line each."""
    for problem in problems:
        console.print(Text.assemble(("! ", "bold red"), printable(problem)))


def show_json(objects: Iterable[object]) -> None:
    """Print an array, in ASCII: a text may hold what no encoding can say."""
    click.echo(json.dumps(list(objects), indent=2, allow_nan=False))


def shown_value(value: object) -> str:
    r"""Return a value as Python writes it, cut if it is very long.

    >>> print(shown_value("cuda"), shown_value(True), shown_value("red \x1b[31m"))
    'cuda' True 'red \x1b[31m'
    """
    return _cut(repr(value))


def printable(text: str) -> str:
    r"""Return a text with everything escaped that would move the cursor or change colours.

    >>> print(printable("red \x1b[31m"))
    red \x1b[31m
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
