"""Flags: the strict one that new variables use, and the dialects in which vLLM documents its own.

A dialect's name tells which texts are true. Most take any text; where a reader would expect another answer
(`NonemptyFlag` reads ``0`` as true), the reference says which texts mean what.
"""

from __future__ import annotations

from typing import ClassVar, Final

from envatlas.kinds import ANY_TEXT, Fieldless, Schema, require
from envatlas.numbers import whole_number

_TRUE: Final = ("1", "true", "yes", "on")
_FALSE: Final = ("0", "false", "no", "off")


class _Rendered(Fieldless):
    """What all flags write: one text for true, one for false."""

    __slots__ = ()

    on: ClassVar[str] = "1"
    off: ClassVar[str] = "0"

    def render(self, value: object) -> str:
        """Return the flag's own text for true or for false.

        >>> Flag().render(True), TrueFlag().render(True), NonemptyFlag().render(False)
        ('1', 'true', '')
        """
        return self.on if require(bool, value) else self.off


class _Lenient(_Rendered):
    """A flag that takes any text."""

    __slots__ = ()

    empty_is_unset = False

    def schema(self) -> Schema:
        """Return the schema of any text.

        >>> TrueFlag().schema()
        {'type': 'string'}
        """
        return ANY_TEXT


class Flag(_Rendered):
    """A flag: ``1``/``0``, ``true``/``false``, ``yes``/``no``, ``on``/``off``, in any case; empty means unset.

    >>> Flag().parse(" Yes ")
    True
    """

    __slots__ = ()

    name = "flag"
    expected = "1 or 0, true or false, yes or no, on or off"
    empty_is_unset = True

    def parse(self, text: str) -> bool:
        """Return what the text says; anything but the listed words is refused.

        >>> Flag().parse("off")
        False
        """
        word = text.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise ValueError(f"{text!r} is not {self.expected}")

    def schema(self) -> Schema:
        """Return the schema of the listed words, in any case, or nothing but space.

        >>> Flag().schema()["type"]
        'string'
        """
        from envatlas.patterns import any_case, space  # noqa: PLC0415  no start needs it

        words = "|".join(map(any_case, (*_TRUE, *_FALSE)))
        return {"type": "string", "pattern": f"^[{space()}]*(?:{words})?[{space()}]*$"}


class IntegerFlag(_Rendered):
    """A flag as ``bool(int(text))``: any whole number but zero is true; any other text is refused.

    >>> IntegerFlag().parse("2")
    True
    """

    __slots__ = ()

    name = "integer-flag"
    expected = "a whole number, 0 for false and 1 for true"
    empty_is_unset = False

    def parse(self, text: str) -> bool:
        """Return whether the number is not zero.

        >>> IntegerFlag().parse("0")
        False
        """
        return bool(int(text))

    def schema(self) -> Schema:
        """Return the schema of a whole number's text.

        >>> IntegerFlag().schema()["type"]
        'string'
        """
        return whole_number()


class _Words(_Lenient):
    """A flag that is true for a few words, and false for every other text.

    Attributes:
        words: The texts that are true, in lower case where case is ignored.
        ignore_case: Whether upper and lower case are the same.
        strip: Whether space around a text is ignored.
    """

    __slots__ = ()

    words: ClassVar[tuple[str, ...]]
    ignore_case: ClassVar[bool] = True
    strip: ClassVar[bool] = False

    @property
    def expected(self) -> str:
        """The true words, in words.

        >>> OnTrueOneFlag().expected
        'any text; on, true or 1 is true, in any case'
        """
        *most, last = self.words
        words = f"{', '.join(most)} or {last}" if most else last
        return f"any text; {words} is true" + (", in any case" if self.ignore_case else "")

    def parse(self, text: str) -> bool:
        """Return whether the text is one of the true words.

        >>> TrueFlag().parse("yes")
        False
        """
        if self.strip:
            text = text.strip()
        return (text.lower() if self.ignore_case else text) in self.words


class OneFlag(_Words):
    """A flag as ``text == "1"``: exactly ``1`` is true, every other text is false.

    >>> OneFlag().parse("true")
    False
    """

    __slots__ = ()

    name = "one-flag"
    words = ("1",)
    ignore_case = False


class TrueFlag(_Words):
    """A flag as ``text.lower() == "true"``: ``1`` is false.

    >>> TrueFlag().parse("1")
    False
    """

    __slots__ = ()

    name = "true-flag"
    words = ("true",)
    on = "true"
    off = "false"


class TrueOneFlag(_Words):
    """A flag as ``text.lower() in ("true", "1")``.

    >>> TrueOneFlag().parse("True"), TrueOneFlag().parse(" 1 ")
    (True, False)
    """

    __slots__ = ()

    name = "true-one-flag"
    words = ("true", "1")


class StrippedTrueOneFlag(_Words):
    """A flag as ``text.strip().lower() in ("1", "true")``.

    >>> StrippedTrueOneFlag().parse(" 1 ")
    True
    """

    __slots__ = ()

    name = "stripped-true-one-flag"
    words = ("true", "1")
    strip = True


class OnTrueOneFlag(_Words):
    """A flag as ``text.lower() in ("on", "true", "1")``.

    >>> OnTrueOneFlag().parse("ON")
    True
    """

    __slots__ = ()

    name = "on-true-one-flag"
    words = ("on", "true", "1")


class NotZeroFlag(_Lenient):
    """A flag as ``text != "0"``: every text but exactly ``0`` is true, the empty one and ``false`` as well.

    >>> NotZeroFlag().parse("false")
    True
    """

    __slots__ = ()

    name = "not-zero-flag"
    expected = "any text; every one but 0 is true"

    def parse(self, text: str) -> bool:
        """Return whether the text is not ``0``.

        >>> NotZeroFlag().parse("0")
        False
        """
        return text != self.off


class NonemptyFlag(_Lenient):
    """A flag as ``bool(text)``: every text but the empty one is true, ``0`` and ``false`` as well.

    >>> NonemptyFlag().parse("0")
    True
    """

    __slots__ = ()

    name = "nonempty-flag"
    expected = "any text; every one but the empty one is true"
    off = ""

    def parse(self, text: str) -> bool:
        """Return whether there is any text.

        >>> NonemptyFlag().parse("")
        False
        """
        return bool(text)
