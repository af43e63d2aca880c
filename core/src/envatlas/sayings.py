"""Sayings: the texts that a package says to people, gathered for its catalogues. It needs the extra ``catalogues``.

What plugins declare is gathered from the loaded declarations, for a help text may be built of many literals. The other
words stand in a package's source, in calls of `Words`, `Message` and `marked`.
"""

from __future__ import annotations

import pathlib
from collections.abc import Container, Iterable, Iterator
from typing import Final

import attrs
from babel.messages.extract import extract

from envatlas.descriptions import describe
from envatlas.languages import SOURCE, Words
from envatlas.messages import Message
from envatlas.variable import Variable

_MARKS: Final = {"Message": None, "marked": None}
_WORDS: Final = {"words": None, "plural": (1, 2), "worded": None}
_MARKED_BY: Final = b"envatlas.messages"


@attrs.frozen
class Saying:
    """A text that is to be translated.

    Args:
        text: The text; a message's template.
        plural: What it is for numbers but one; empty where it has no such form.
        about: What it is about, for whoever translates it.
    """

    text: str
    plural: str = ""
    about: str = attrs.field(default="", eq=False)


def of_variables(variables: Iterable[Variable[object]], known: Container[Saying] = ()) -> Iterator[Saying]:
    """Yield what variables say: their help, and what else there is in words.

    Args:
        variables: The variables.
        known: What is left out: envatlas's own sayings, such as what its kinds expect.

    >>> from envatlas import Integer, Variable
    >>> port = Variable("A_PORT", Integer(), default=None, help="The port.", unit="ports")
    >>> [saying.text for saying in of_variables([port])]
    ['The port.', 'a whole number', 'ports']
    """
    for variable in variables:
        listening = _Listening(SOURCE)
        describe(variable, listening)
        said = (Saying(text, about=variable.name) for text in listening.heard)
        yield from (saying for saying in said if saying not in known)


def of_source(folder: pathlib.Path, *, is_core: bool = False) -> Iterator[Saying]:
    """Yield the literals in a package's source that are marked as texts for people.

    Args:
        folder: The package's folder.
        is_core: Whether it is envatlas's own, whose calls of `Words` are texts as well.

    >>> import envatlas
    >>> folder = pathlib.Path(envatlas.__file__).parent
    >>> Saying("Nothing is wrong.") in [*of_source(folder, is_core=True)]
    True
    """
    calls = {**_MARKS, **_WORDS} if is_core else _MARKS
    for path in sorted(folder.rglob("*.py")):
        if not is_core and _MARKED_BY not in path.read_bytes():
            continue
        with path.open("rb") as file:
            for _, texts, _, _ in extract("python", file, keywords=calls):
                text, plural = (texts, "") if isinstance(texts, str) else texts
                yield Saying(text, plural, about=path.relative_to(folder).as_posix())


@attrs.frozen
class _Listening(Words):
    """English words that remember what a plugin's catalogue was asked for."""

    heard: list[str] = attrs.field(factory=list[str], init=False)

    def of_plugin(self, module: str, text: str, /) -> str:
        if text:
            self.heard.extend(_templates(text))
        return super().of_plugin(module, text)


def _templates(text: object) -> list[str]:
    """Return a text, or a message's template and those of the messages that stand in it."""
    if not isinstance(text, Message):
        return [text] if isinstance(text, str) else []
    inner = (_templates(each) for each in text.arguments.values() if isinstance(each, Message))
    return [text.template, *(template for each in inner for template in each)]
