"""Expectations: what a variable's documentation allows.

An expectation never changes a reading: the program reads what it reads. It is what the reference says of a value,
and what a check of an environment compares it with.
"""

from __future__ import annotations

import re
from typing import Protocol, cast, runtime_checkable

import attrs


@runtime_checkable
class Expectation(Protocol):
    """What every expectation can do."""

    def allows(self, value: object) -> bool:
        """Return whether the documentation allows the value."""
        ...

    def describe(self) -> str:
        """Return what it allows, as a noun phrase."""
        ...


@attrs.frozen(init=False)
class OneOf:
    """One of a few values.

    >>> OneOf(2, 3).allows(4)
    False
    """

    choices: tuple[object, ...]

    def __init__(self, *choices: object) -> None:
        if not choices:
            raise ValueError("OneOf needs at least one choice")
        object.__setattr__(self, "choices", choices)

    def allows(self, value: object) -> bool:
        """Return whether the value is one of the choices.

        >>> OneOf("cuda", "cpu").allows("cpu")
        True
        """
        return value in self.choices

    def describe(self) -> str:
        """Return the choices.

        >>> OneOf("cuda", "cpu").describe()
        "one of 'cuda', 'cpu'"
        """
        from envatlas.messages import Message  # noqa: PLC0415  who reads variables needs no descriptions

        return Message("one of {choices}", choices=", ".join(map(repr, self.choices)))


@attrs.frozen
class EachOf:
    """A list of some of a few values, or of none.

    >>> EachOf(OneOf("a", "b")).allows(["a", "c"])
    False
    """

    each: Expectation

    def allows(self, value: object) -> bool:
        """Return whether the value is a list all of whose items are allowed.

        >>> EachOf(OneOf("a", "b")).allows([])
        True
        """
        return isinstance(value, list) and all(map(self.each.allows, cast("list[object]", value)))

    def describe(self) -> str:
        """Return what each item must be.

        >>> EachOf(OneOf("a", "b")).describe()
        "a list, each one of 'a', 'b'"
        """
        from envatlas.messages import Message  # noqa: PLC0415  as above

        return Message("a list, each {each}", each=self.each.describe())


@attrs.frozen
class Between:
    """A number within bounds, both of them included; None is no bound.

    >>> Between(1, 65535).allows(0)
    False
    """

    minimum: float | None = None
    maximum: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.minimum is None and self.maximum is None:
            raise ValueError("Between needs a minimum or a maximum")

    def allows(self, value: object) -> bool:
        """Return whether the value is a number within the bounds.

        >>> Between(minimum=0).allows(0.5)
        True
        """
        if not isinstance(value, int | float):
            return False
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)

    def describe(self) -> str:
        """Return the bounds.

        >>> Between(minimum=1).describe(), Between(maximum=1).describe(), Between(0, 1).describe()
        ('at least 1', 'at most 1', 'from 0 to 1')
        """
        from envatlas.messages import Message  # noqa: PLC0415  as above

        if self.minimum is None:
            return Message("at most {maximum}", maximum=self.maximum)
        if self.maximum is None:
            return Message("at least {minimum}", minimum=self.minimum)
        return Message("from {minimum} to {maximum}", minimum=self.minimum, maximum=self.maximum)


@attrs.frozen
class Matches:
    """A text that a regular expression matches from its start to its end.

    Args:
        pattern: The expression, in Python's syntax.
        form: The form in words, as a noun phrase.

    >>> Matches(r"/.*", "an absolute path").allows("models")
    False
    """

    pattern: str
    form: str = attrs.field(validator=attrs.validators.min_len(1))

    def __attrs_post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"{self.pattern!r} is no regular expression: {error}") from error

    def allows(self, value: object) -> bool:
        """Return whether the value is a text of the form.

        >>> Matches(r"[0-9]+(,[0-9]+)*", "whole numbers, separated by commas").allows("0,1")
        True
        """
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None

    def describe(self) -> str:
        """Return the form.

        >>> Matches(r"/.*", "an absolute path").describe()
        'an absolute path'
        """
        return self.form
