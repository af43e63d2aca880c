"""Kinds: how a variable's text becomes a value, and a value its text.

A kind is a small frozen value. `Kind` is the protocol that all of them, a third party's too, implement;
`EnvironKind` is for the few whose values depend on other variables as well.
The flags that vLLM documents, each with a dialect of its own, are in `envatlas.flags`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final, Protocol, TypeGuard, TypeVar, cast, runtime_checkable

import attrs

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Schema = Mapping[str, object]
"""A JSON Schema (2020-12) of a variable's text, which is always a string."""

ANY_TEXT: Final[Schema] = {"type": "string"}


@runtime_checkable
class Kind(Protocol[T_co]):
    """What every kind can do. ``kind.parse(kind.render(value)) == value``, for every value it has."""

    @property
    def name(self) -> str:
        """One word for listings."""
        ...

    @property
    def expected(self) -> str:
        """What `parse` reads, as a noun phrase: "a whole number"."""
        ...

    @property
    def empty_is_unset(self) -> bool:
        """Whether a text of nothing but space counts as no text at all."""
        ...

    def parse(self, text: str) -> T_co:
        """Return the value that a text stands for.

        Raises:
            ValueError: The text stands for none.
        """
        ...

    def render(self, value: object) -> str:
        """Return a text that `parse` reads as the value.

        Raises:
            TypeError: The value is not of the kind's type.
            ValueError: It is, but no text stands for it.
        """
        ...

    def schema(self) -> Schema:
        """Return the JSON Schema of the texts that `parse` reads, or that count as no text.

        It stands for itself, without a ``$ref``; its patterns are ECMA 262's. Where it cannot say which texts are
        read, it accepts more rather than fewer.
        """
        ...


@runtime_checkable
class EnvironKind(Kind[T_co], Protocol[T_co]):
    """A kind whose values depend on other variables as well, as a path's ``~`` does on ``HOME``."""

    @property
    def depends(self) -> tuple[str, ...]:
        """The names of all other variables that a value may depend on."""
        ...

    def parse_in(self, text: str, environ: Mapping[str, str]) -> T_co:
        """Return the value that a text stands for in an environment.

        Raises:
            ValueError: The text stands for none.
        """
        ...


def implements(value: object, protocol: type) -> bool:
    """Return whether a value has all that a protocol names; `isinstance` takes a hundred times as long to say so.

    >>> implements(Text(), Kind), implements("text", Kind)
    (True, False)
    """
    return all(hasattr(value, member) for member in _members(protocol))


@functools.cache
def _members(protocol: type) -> tuple[str, ...]:
    return tuple(name for name in dir(protocol) if not name.startswith("_"))


def is_environ_kind(kind: Kind[T]) -> TypeGuard[EnvironKind[T]]:
    """Return whether a kind's values depend on other variables as well.

    >>> is_environ_kind(Text())
    False
    """
    return implements(kind, EnvironKind)


class Fieldless:
    """A frozen value without a field: equal to all others of its class. attrs would cost each start a millisecond."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Text(Fieldless):
    """Any text, as it stands.

    >>> Text().parse(" as it stands ")
    ' as it stands '
    """

    __slots__ = ()

    name = "text"
    expected = "any text"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Return the text itself.

        >>> Text().parse("cuda")
        'cuda'
        """
        return text

    def render(self, value: object) -> str:
        """Return the text itself.

        >>> Text().render("cuda")
        'cuda'
        """
        return require(str, value)

    def schema(self) -> Schema:
        """Return the schema of any text.

        >>> Text().schema()
        {'type': 'string'}
        """
        return ANY_TEXT


class UpperText(Fieldless):
    """Any text, read in upper case.

    >>> UpperText().parse("gpu")
    'GPU'
    """

    __slots__ = ()

    name = "upper-text"
    expected = "any text"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Return the text in upper case.

        >>> UpperText().parse("cpu")
        'CPU'
        """
        return text.upper()

    def render(self, value: object) -> str:
        """Return the text, which must be in upper case already.

        >>> UpperText().render("CPU")
        'CPU'
        """
        text = require(str, value)
        if text != text.upper():
            raise ValueError(f"{text!r} is not in upper case")
        return text

    def schema(self) -> Schema:
        """Return the schema of any text.

        >>> UpperText().schema()
        {'type': 'string'}
        """
        return ANY_TEXT


@attrs.frozen(init=False)
class Choice:
    """One of a few texts, and nothing else; space around it is ignored, and empty means unset.

    >>> Choice("fork", "spawn").parse(" spawn ")
    'spawn'
    """

    choices: tuple[str, ...]

    name = "choice"
    empty_is_unset = True

    def __init__(self, *choices: str) -> None:
        if not choices or any(not require(str, choice) or choice != choice.strip() for choice in choices):
            raise ValueError(f"choices are texts without space around them, at least one: got {choices!r}")
        object.__setattr__(self, "choices", choices)

    def with_choices(self, *choices: str) -> Choice:
        """Return the kind with more choices.

        >>> Choice("fork").with_choices("spawn")
        Choice(choices=('fork', 'spawn'))
        """
        return type(self)(*self.choices, *choices)

    @property
    def expected(self) -> str:
        """The choices, in words.

        >>> Choice("fork", "spawn").expected
        "one of 'fork', 'spawn'"
        """
        return "one of " + ", ".join(map(repr, self.choices))

    def parse(self, text: str) -> str:
        """Return the choice that the text names.

        >>> Choice("fork", "spawn").parse("fork")
        'fork'
        """
        if text.strip() not in self.choices:
            raise ValueError(f"{text!r} is not {self.expected}")
        return text.strip()

    def render(self, value: object) -> str:
        """Return the choice itself.

        >>> Choice("fork", "spawn").render("fork")
        'fork'
        """
        text = require(str, value)
        if text not in self.choices:
            raise ValueError(f"{text!r} is not {self.expected}")
        return text

    def schema(self) -> Schema:
        """Return the schema of the choices, with any space around them, or nothing but space.

        >>> "(?:a|b)?" in Choice("a", "b").schema()["pattern"]
        True
        """
        from envatlas.patterns import literally, space  # noqa: PLC0415  no start needs it

        choices = "|".join(map(literally, self.choices))
        return {"type": "string", "pattern": f"^[{space()}]*(?:{choices})?[{space()}]*$"}


@attrs.frozen
class TextList:
    """Texts, one after the other, with a separator between them.

    Args:
        separator: What stands between two texts.
        strip: Whether space around a text is ignored, and an empty one dropped. Where it is not, an empty text
            is a list of one empty text, as `str.split` has it.

    >>> TextList().parse("a, b,")
    ['a', ' b', '']
    >>> TextList(strip=True).parse("a, b,")
    ['a', 'b']
    """

    separator: str = attrs.field(default=",", validator=attrs.validators.min_len(1))
    strip: bool = False

    name = "list"
    empty_is_unset = False

    @property
    def expected(self) -> str:
        """The list's form, in words.

        >>> TextList().expected
        "texts separated by ','"
        """
        return f"texts separated by {self.separator!r}"

    def parse(self, text: str) -> list[str]:
        """Return the texts, in a list of the caller's own.

        >>> TextList().parse("a,b")
        ['a', 'b']
        """
        items = text.split(self.separator)
        return [item.strip() for item in items if item.strip()] if self.strip else items

    def render(self, value: object) -> str:
        """Return the texts, joined.

        >>> TextList().render(["a", "b"])
        'a,b'
        """
        items = [require(str, item) for item in cast("list[object]", require(list, value))]
        text = self.separator.join(items)
        if self.parse(text) != items:
            raise ValueError(f"no text reads as {items!r}")
        return text

    def schema(self) -> Schema:
        """Return the schema of a list's text, which is any text.

        >>> TextList().schema()
        {'type': 'string'}
        """
        return ANY_TEXT


R = TypeVar("R")


def require(expected: type[R], value: object) -> R:
    """Return the value if it is of the type, a bool not counting as an int; for a kind's `render`.

    Raises:
        TypeError: It is of another.

    >>> require(int, 5)
    5
    """
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise TypeError(f"expected {expected.__name__}, got {type(value).__name__}")
    return value
