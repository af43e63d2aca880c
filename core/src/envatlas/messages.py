"""Messages: English texts that a catalogue can translate later, when it is known who reads them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Self


class Message(str):
    """A text made of a template and what stands in it: a plain English `str` to all but those who translate it.

    It is for texts that are kept as data, such as a finding's; what is printed at once is said by `Words` itself.
    What changes a text, as hiding a secret in it does, makes a plain `str` of it, which stays English.

    Args:
        template: The text with a name in braces for each argument, as `str.format` has it. A literal, so that
            it is found by whoever makes the catalogues.
        arguments: What stands for the names. One that is a message itself is translated as well.

    >>> found = Message("core {number} does not exist", number=9)
    >>> found, found.template
    ('core 9 does not exist', 'core {number} does not exist')
    """

    __slots__ = ("arguments", "template")
    template: str
    arguments: Mapping[str, object]

    def __new__(cls, template: str, /, **arguments: object) -> Self:
        """Fill the template."""
        made = super().__new__(cls, fill(template, arguments))
        made.template, made.arguments = template, arguments
        return made


def message_of(text: str) -> Message:
    """Return a text that is in a plugin's catalogue, or may be, as a message, so that it can stand in another one.

    >>> Message("expected {expected}", expected=message_of("a port")).arguments["expected"].template
    'a port'
    """
    return text if isinstance(text, Message) else Message(str(text))


def alternatives(texts: Sequence[str]) -> str:
    """Return texts, at least one, as one that says to take any of them.

    >>> alternatives(["a"]), alternatives(["a", "b", "c"])
    ('a', 'a or b or c')
    """
    return joined(texts, marked("{one} or {other}"))


def joined(texts: Iterable[str], template: str) -> str:
    """Return texts, at least one, as one text, each beside what is before it.

    Args:
        texts: The texts.
        template: How two of them stand beside each other, ``one`` and ``other``.

    >>> joined(["a", "b", "c"], "{one}; {other}")
    'a; b; c'
    """

    def beside(one: str, other: str) -> str:
        return Message(template, one=one, other=other)

    return functools.reduce(beside, texts)


def marked(text: str) -> str:
    """Return a text as it is; to those who make the catalogues it says that this literal is translated elsewhere.

    >>> marked("NAME")
    'NAME'
    """
    return text


def fill(template: str, arguments: Mapping[str, object]) -> str:
    """Return a template with its arguments in their places; one without arguments as it stands, braces and all.

    The arguments become texts before, so that a template reaches nothing of what they are.

    >>> fill("{count} of {total}", {"count": 1, "total": 2}), fill("as in {}", {})
    ('1 of 2', 'as in {}')
    """
    return template.format_map({name: str(value) for name, value in arguments.items()}) if arguments else template
