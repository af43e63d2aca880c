"""What the commands print: tables for people, JSON for programs, and what is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Generator, Iterable
from typing import Final

import click
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

from envatlas.formats.shown import cut, printable

_UNLIMITED: Final = 100_000
_WHOLE: Final = frozenset({"NAME", "ORIGIN", "PLUGIN", "STATE", "VERSION"})
"""The columns that are never folded: what stands there is to be copied, or short."""


@contextlib.contextmanager
def others_to_stderr() -> Generator[None]:
    """Send what plugins and other modules print, in whatever way, to standard error; output is the command's alone."""
    output = sys.stdout
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as undo:
        with contextlib.suppress(OSError):  # one of the two may be closed
            output.flush()
            saved = os.dup(1)
            undo.callback(os.close, saved)
            undo.callback(os.dup2, saved, 1)
            os.dup2(2, 1)
            undo.callback(output.flush)  # what was written to the very stream
        yield


def console() -> Console:
    """Return a console on standard output; one that is no terminal is plain, and as wide as its lines."""
    width = None if sys.stdout.isatty() else _UNLIMITED
    return Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def table(*headings: str, words: Callable[[str], str] = str) -> Table:
    """Return an empty table without lines, whose cells fold rather than lose text.

    Args:
        headings: The columns' headings, in English.
        words: What the headings are said with.
    """
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(words(heading), overflow="fold", no_wrap=heading in _WHOLE)
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
    # Where nothing is folded, a line is laid out in a tenth of the time.
    columns = [_padded(column, with_header=shown.show_header) for column in shown.columns]
    for row in zip(*columns, strict=True):
        click.echo("  ".join(row).rstrip())


def _padded(column: Column, *, with_header: bool) -> list[str]:
    header = [_plain(column.header)] if with_header else []
    cells = [*header, *map(_plain, column.cells)]
    width = max(map(cell_len, cells), default=0)
    spaces = [" " * (width - cell_len(cell)) for cell in cells]
    if column.justify == "right":
        return [space + cell for cell, space in zip(cells, spaces, strict=True)]
    return [cell + space for cell, space in zip(cells, spaces, strict=True)]


def _plain(cell: RenderableType) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)


def show_problems(console: Console, problems: Iterable[str]) -> None:
    """Print what is wrong, a line each."""
    for problem in problems:
        console.print(Text.assemble(("! ", "bold red"), cut(printable(problem))))


def show_json(objects: Iterable[object], problems: Iterable[object]) -> None:
    """Print an array, in ASCII: a text may hold what no encoding can say. What is wrong goes to standard error."""
    click.echo(json.dumps(list(objects), indent=2, allow_nan=False))
    warn_of(problems)


def warn_of(problems: Iterable[object]) -> None:
    """Print what is wrong to standard error, a line each: the output is a document, or for a program."""
    for problem in problems:
        click.echo(f"! {cut(printable(str(problem)))}", err=True)
