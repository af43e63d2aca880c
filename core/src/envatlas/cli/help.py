"""The commands' help in the chosen language; usage lines and errors stay English."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterable, Iterator
from typing import Final

import click

from envatlas.cli.words import chosen_words
from envatlas.languages import SOURCE, Words
from envatlas.messages import marked

_OF_CLICK: Final = (marked("Options"), marked("Commands"), marked("Show this message and exit."))
"""What click itself says; it has no catalogues."""
_AS_IT_IS: Final = "\b\n"
"""Before a paragraph, it tells click not to wrap it."""
_BEFORE_EXTRA: Final = "  ["
"""What stands between an option's help and what click adds, such as its default."""
_INDENT: Final = 2
_WIDE: Final = "\u2e80-\uffef"
"""Letters of which each may stand on a line of its own."""
_CLOSING: Final = "，。；：、）"
"""What no line begins with."""
_PIECE: Final = re.compile(rf"\s+|（?(?:[^\s{_WIDE}]+|[{_WIDE}])[{_CLOSING}]*")


class WordedContext(click.Context):
    """A context whose help is in the chosen language."""

    def make_formatter(self) -> click.HelpFormatter:
        """Return a formatter for the help."""
        return _Formatter(self, width=self.terminal_width, max_width=self.max_content_width)


def paragraphs(text: str) -> Iterator[str]:
    r"""Yield the paragraphs of a help text as catalogues have them: on one line, unless click is not to wrap it.

    >>> [*paragraphs("One, which\ngoes on.\n\n\b\na  one of two\nb  the other")]
    ['One, which goes on.', 'a  one of two\nb  the other']
    """
    for each in text.split("\n\n"):
        yield each.removeprefix(_AS_IT_IS) if each.startswith(_AS_IT_IS) else " ".join(each.split())


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text on a terminal of a width, in columns; Chinese, without spaces, breaks anywhere.

    >>> [*wrap("列出变量：名称、值，或 JSON。", 10)]
    ['列出变量：', '名称、值，', '或 JSON。']
    """
    from rich.cells import cell_len  # noqa: PLC0415  English is wrapped by click

    line = ""
    for piece in _PIECE.findall(text):
        if line.strip() and cell_len(line) + cell_len(piece.rstrip()) > width:
            yield line.strip()
            line = ""
        line += piece
    yield line.strip()


class _Formatter(click.HelpFormatter):
    """A formatter that translates, and wraps what is twice as wide as other letters, as Chinese is.

    Where the language is English it does what click does. A usage line alone, as stands above an error, asks for none.
    """

    def __init__(self, context: click.Context, *, width: int | None, max_width: int | None) -> None:
        super().__init__(width=width, max_width=max_width)
        self._context = context

    @contextlib.contextmanager
    def section(self, name: str) -> Generator[None]:
        """Write a section with a heading."""
        with super().section(self._words(name)):
            yield

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        said = [self._said(each, self.width - self.current_indent) for each in paragraphs(text)]
        super().write_text(text if self._is_english else "\n\n".join(said))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names, and beside each what it means."""
        rows = [*rows]
        first = min(max((len(name) for name, _ in rows), default=0), col_max) + col_spacing
        said = [(name, self._said(text, self.width - first - _INDENT)) for name, text in rows]
        super().write_dl(rows if self._is_english else said, col_max, col_spacing)

    @property
    def _words(self) -> Words:
        return chosen_words(self._context)

    @property
    def _is_english(self) -> bool:
        return self._words.language == SOURCE

    def _said(self, text: str, width: int) -> str:
        help_text, space, extra = text.partition(_BEFORE_EXTRA)
        said = self._words(help_text) + space + extra.replace("default: ", f"{self._words('default')}：")
        return _AS_IT_IS + (said if "\n" in said else "\n".join(wrap(said, width)))
