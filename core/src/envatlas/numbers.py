"""Numbers: the kinds of variables that hold one, as Python reads them."""

from __future__ import annotations

import sys

from envatlas.kinds import Fieldless, Schema, require


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
        """Return the schema of a whole number's text, with no more digits than Python reads.

        >>> Integer().schema()["type"]
        'string'
        """
        return whole_number()


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
        from envatlas.patterns import any_case  # noqa: PLC0415  no start needs it

        space, digits = _space(), _digits()
        decimal = rf"(?:{digits}(?:\.(?:{digits})?)?|\.{digits})(?:[eE][+-]?{digits})?"
        words = f"{any_case('inf')}(?:{any_case('inity')})?|{any_case('nan')}"
        return {"type": "string", "pattern": f"^{space}[+-]?(?:{decimal}|{words}){space}$"}


def whole_number() -> Schema:
    """Return the schema of the texts that `int` reads: in form, and in their number of digits.

    >>> whole_number()["type"]
    'string'
    """
    from envatlas.patterns import repeated, space_of_numbers  # noqa: PLC0415  no start needs it

    schema: Schema = {"type": "string", "pattern": f"^{_space()}[+-]?{_digits()}{_space()}$"}
    most = sys.get_int_max_str_digits()
    if not most:
        return schema
    digit = f"(?:[^_{space_of_numbers()}]_?)"  # in a text of that form, what is neither is one
    return {**schema, "not": {"type": "string", "pattern": f"^{_space()}[+-]?{repeated(digit, most + 1)}"}}


def _space() -> str:
    from envatlas.patterns import space_of_numbers  # noqa: PLC0415

    return f"[{space_of_numbers()}]*"


def _digits() -> str:
    from envatlas.patterns import digits  # noqa: PLC0415

    return f"[{digits()}]+(?:_[{digits()}]+)*"
