"""Numbers: the kinds of variables that hold one, as Python reads them."""

from __future__ import annotations

from typing import Final

from envatlas.kinds import Fieldless, Schema, require

# What int and float strip: all space but four control characters that str.strip strips as well.
_SPACE: Final = r"[^\S\x1c-\x1f]*"
_DIGITS: Final = r"\d+(?:_\d+)*"
WHOLE_NUMBER: Final[Schema] = {"type": "string", "pattern": rf"^{_SPACE}[+-]?{_DIGITS}{_SPACE}$"}


class Integer(Fieldless):
    """A whole number, as Python's `int` reads it: with a sign, underscores or space around it, in any script.

    >>> Integer().parse(" 1_000 ")
    1000
    """

    __slots__ = ()

    name = "integer"
    expected = "a whole number"
    empty_is_unset = False

    def parse(self, text: str) -> int:
        """Return the number.

        >>> Integer().parse("-1")
        -1
        """
        return int(text)

    def render(self, value: object) -> str:
        """Return the number's decimal digits.

        >>> Integer().render(5000)
        '5000'
        """
        return str(require(int, value))

    def schema(self) -> Schema:
        r"""Return the schema of a whole number's text.

        >>> print(Integer().schema()["pattern"])
        ^[^\S\x1c-\x1f]*[+-]?\d+(?:_\d+)*[^\S\x1c-\x1f]*$
        """
        return WHOLE_NUMBER


class Number(Fieldless):
    """A number, as Python's `float` reads it: ``0.5``, ``1e3``, ``inf``, ``nan``.

    >>> Number().parse("0.5")
    0.5
    """

    __slots__ = ()

    name = "number"
    expected = "a number"
    empty_is_unset = False

    def parse(self, text: str) -> float:
        """Return the number.

        >>> Number().parse("1e3")
        1000.0
        """
        return float(text)

    def render(self, value: object) -> str:
        """Return the shortest text that reads back as the number.

        >>> Number().render(0.1)
        '0.1'
        """
        if type(value) is not int:
            return repr(require(float, value))
        text = f"{value}.0"
        if float(text) != value:
            raise ValueError(f"no float equals {value}")
        return text

    def schema(self) -> Schema:
        """Return the schema of a number's text.

        >>> Number().schema()["type"]
        'string'
        """
        decimal = rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?"
        words = r"[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]"
        return {"type": "string", "pattern": rf"^{_SPACE}[+-]?(?:{decimal}|{words}){_SPACE}$"}
