"""Declaring: the variables of a file as declarations, and those that remain functions, with the reasons."""

from __future__ import annotations

import re
from typing import Final

import attrs

from envatlas.adopting.bindings import Scope
from envatlas.adopting.entries import Entry, read_file
from envatlas.adopting.expressions import TOO_LONG, expression_of
from envatlas.adopting.marks import NotUnderstoodError
from envatlas.adopting.recognition import Default, recognize
from envatlas.errors import DeclarationError
from envatlas.messages import Message, marked
from envatlas.secret_names import looks_secret
from envatlas.variable import Variable, is_name

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_NO_HELP: Final = "Has no description yet; unset, it reads as {default}."


@attrs.frozen
class Declared:
    """A variable that is declared.

    Attributes:
        variable: The declaration.
        default: Its default, and how that is written.
        entry: Where it was found.
        remark: What else the file says of it.
    """

    variable: Variable[object]
    default: Default
    entry: Entry
    remark: str


@attrs.frozen
class Kept:
    """A variable that remains a function, or what is none at all.

    Attributes:
        entry: Where it was found.
        why: Why no declaration reads the same, or what else it is, as a clause.
    """

    entry: Entry
    why: str


@attrs.frozen
class Adopted:
    """What became of a file's variables.

    Attributes:
        declared: Those that are declared, in order.
        kept: Those that are not.
        unread: The lines that may take in or change others, which the source does not tell.
        left_out: What can be no variable.
        dicts: The names of the file's dicts, in order.
    """

    declared: tuple[Declared, ...]
    kept: tuple[Kept, ...]
    unread: tuple[int, ...]
    left_out: tuple[Kept, ...]
    dicts: tuple[str, ...]


def adopt(source: str, name: str = "<unknown>") -> Adopted:
    r"""Return declarations of the variables that a file's source reads; none of it is run.

    Args:
        source: The file's source.
        name: Its name, for the error.

    Raises:
        SyntaxError: It is no Python.
        RecursionError: It is nested too deeply, or else `MemoryError`.

    >>> adopted = adopt("import os\nenvs = {'A_PORT': lambda: int(os.getenv('A_PORT', '80'))}")
    >>> [each.variable.default for each in adopted.declared], adopted.kept
    ([80], ())
    """
    file = read_file(source, name)
    left_out = tuple(Kept(each, why) for each in file.entries if (why := _why_none(each, file.scope)))
    declared: list[Declared] = []
    kept: list[Kept] = []
    for entry in file.entries:
        if entry in [each.entry for each in left_out]:
            continue
        try:
            declared.append(_declared(entry, file.scope))
        except NotUnderstoodError as error:
            kept.append(Kept(entry, error.why))
        except RecursionError:
            kept.append(Kept(entry, TOO_LONG))
        except DeclarationError as error:
            why = Message("a declaration would break the rule {rule}", rule=repr(error.rule))
            kept.append(Kept(entry, why))
    return Adopted(tuple(declared), tuple(kept), file.unread, left_out, file.dicts)


def _why_none(entry: Entry, scope: Scope) -> str:
    """Return why an entry can be no variable; empty if it can."""
    if not is_name(entry.name):
        return marked("no variable can have that name")
    return "" if entry.may_be_function(scope) else marked("it is no function")


def _declared(entry: Entry, scope: Scope) -> Declared:
    if entry.doubt:
        raise NotUnderstoodError(entry.doubt)
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
    paragraph, *others = comment.split("\n")
    sentence, *rest = _SENTENCE_END.split(paragraph, maxsplit=1)
    if not sentence:
        return _NO_HELP.format(default=default), ""
    word = sentence.partition(" ")[0]
    begun = sentence[0].upper() + sentence[1:] if word.isalpha() and word.islower() else sentence
    return begun.rstrip(".:;,") + ("." if not begun.endswith(("!", "?")) else ""), " ".join([*rest, *others])
