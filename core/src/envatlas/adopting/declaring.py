"""Declaring: the variables of a file as declarations, and those that remain functions, with the reasons."""

from __future__ import annotations

import re
from typing import Final

import attrs

from envatlas.adopting.entries import Entry, read_file
from envatlas.adopting.expressions import NotUnderstoodError, Scope, expression_of
from envatlas.adopting.recognition import Default, recognize
from envatlas.errors import DeclarationError
from envatlas.secret_names import looks_secret
from envatlas.variable import Variable

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_NO_HELP: Final = "Has no description yet; unset, it reads as {default}."


@attrs.frozen
class Declared:
    """A variable that is declared.

    Attributes:
        variable: The declaration.
        default: Its default, and how that is written.
        entry: Where it was found.
        remark: What else the comment above it says.
    """

    variable: Variable[object]
    default: Default
    entry: Entry
    remark: str


@attrs.frozen
class Kept:
    """A variable that remains a function.

    Attributes:
        entry: Where it was found.
        why: Why no declaration reads the same, as a clause.
    """

    entry: Entry
    why: str


@attrs.frozen
class Adopted:
    """What became of a file's variables.

    Attributes:
        declared: Those that are declared, in order.
        kept: Those that are not.
        unread: The lines that take in others, whose names are not in the source.
    """

    declared: tuple[Declared, ...]
    kept: tuple[Kept, ...]
    unread: tuple[int, ...]


def adopt(source: str) -> Adopted:
    r"""Return declarations of the variables that a file's source reads; none of it is run.

    Raises:
        SyntaxError: It is no Python.

    >>> adopted = adopt("import os\nenvs = {'A_PORT': lambda: int(os.getenv('A_PORT', '80'))}")
    >>> [each.variable.default for each in adopted.declared], adopted.kept
    ([80], ())
    """
    file = read_file(source)
    declared: list[Declared] = []
    kept: list[Kept] = []
    for entry in file.entries:
        try:
            declared.append(_declared(entry, file.scope))
        except NotUnderstoodError as error:
            kept.append(Kept(entry, str(error)))
        except DeclarationError as error:
            kept.append(Kept(entry, f"a declaration would break the rule {error.rule!r}"))
    return Adopted(tuple(declared), tuple(kept), file.unread)


def _declared(entry: Entry, scope: Scope) -> Declared:
    found = recognize(expression_of(entry.value, scope), entry.name)
    made = Variable(
        entry.name,
        found.kind,
        default=found.default.value,
        help="To be replaced.",
        secret=any(map(looks_secret, (entry.name, *found.reads))),
        reads=() if found.reads == (entry.name,) else found.reads,
    )
    help_text, remark = _help(entry.comment, made.default_text)
    return Declared(attrs.evolve(made, help=help_text), found.default, entry, remark)


def _help(comment: str, default: str) -> tuple[str, str]:
    """Return a sentence of help, and what else a comment says."""
    first, *others = _SENTENCE_END.split(" ".join(comment.split()), maxsplit=1)
    if not first:
        return _NO_HELP.format(default=default), ""
    word = first.partition(" ")[0]
    sentence = first[0].upper() + first[1:] if word.isalpha() and word.islower() else first
    return sentence.rstrip(".:;,") + ("." if not sentence.endswith(("!", "?")) else ""), " ".join(others)
