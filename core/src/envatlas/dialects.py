"""Dialects: kinds of what applications have read before, for declarations that must not change any reading.

New variables use `envatlas.Flag` and `envatlas.Choice`, which take what people write.
"""

from __future__ import annotations

import attrs

from envatlas.kinds import ANY_TEXT, Schema, require


@attrs.frozen(init=False)
class WordFlag:
    """A flag that is true for a few texts, and false for every other one.

    Args:
        words: The texts that are true.
        ignore_case: Whether a text is read in lower case.
        strip: Whether space around a text is ignored.

    >>> WordFlag("1", "true").parse("true"), WordFlag("1", "true").parse("True")
    (True, False)
    """

    words: tuple[str, ...]
    ignore_case: bool
    strip: bool

    name = "word-flag"
    empty_is_unset = False

    def __init__(self, *words: str, ignore_case: bool = False, strip: bool = False) -> None:
        for field, value in (("words", words), ("ignore_case", ignore_case), ("strip", strip)):
            object.__setattr__(self, field, value)

    @property
    def expected(self) -> str:
        """The true texts, in words.

        >>> WordFlag("1", "on").expected
        "any text; '1', 'on' are true"
        """
        are = "is" if len(self.words) == 1 else "are"
        return f"any text; {', '.join(map(repr, self.words))} {are} true" + (", in any case" * self.ignore_case)

    def parse(self, text: str) -> bool:
        """Return whether the text is a true one.

        >>> WordFlag("1", "on", ignore_case=True, strip=True).parse(" ON ")
        True
        """
        if self.strip:
            text = text.strip()
        return (text.lower() if self.ignore_case else text) in self.words

    def render(self, value: object) -> str:
        """Return the first true text, or ``0``, or where that is true, the empty one.

        >>> WordFlag("on").render(True), WordFlag("on").render(False)
        ('on', '0')
        """
        texts = (*self.words, "0", "", "false")
        for text in texts:
            if self.parse(text) is require(bool, value):
                return text
        raise ValueError(f"no text reads as {value!r}")

    def schema(self) -> Schema:
        """Return the schema of any text.

        >>> WordFlag("1").schema()
        {'type': 'string'}
        """
        return ANY_TEXT


@attrs.frozen(init=False)
class ExactChoice:
    """One of a few texts exactly, and nothing else: neither space around it nor the empty text is ignored.

    Args:
        choices: The texts.
        ignore_case: Whether upper and lower case are the same; the value is the text as it stands all the same.

    >>> ExactChoice("fork", "spawn").parse("spawn"), ExactChoice("fork", ignore_case=True).parse("Fork")
    ('spawn', 'Fork')
    """

    choices: tuple[str, ...]
    ignore_case: bool

    name = "exact-choice"
    empty_is_unset = False

    def __init__(self, *choices: str, ignore_case: bool = False) -> None:
        object.__setattr__(self, "choices", choices)
        object.__setattr__(self, "ignore_case", ignore_case)

    @property
    def expected(self) -> str:
        """The choices, in words.

        >>> ExactChoice("fork", "spawn").expected
        "exactly one of 'fork', 'spawn'"
        """
        ending = ", in any case" if self.ignore_case else ""
        return f"exactly one of {', '.join(map(repr, self.choices))}{ending}"

    def parse(self, text: str) -> str:
        """Return the text, which is a choice.

        >>> ExactChoice("fork").parse("fork ")
        Traceback (most recent call last):
        ...
        ValueError: 'fork ' is not exactly one of 'fork'
        """
        asked, choices = text, self.choices
        if self.ignore_case:
            asked, choices = text.lower(), tuple(each.lower() for each in choices)
        if asked not in choices:
            raise ValueError(f"{text!r} is not {self.expected}")
        return text

    def render(self, value: object) -> str:
        """Return the choice itself.

        >>> ExactChoice("fork").render("fork")
        'fork'
        """
        return self.parse(require(str, value))

    def schema(self) -> Schema:
        """Return the schema of the choices; of any text where case does not matter.

        >>> ExactChoice("fork", "spawn").schema()
        {'type': 'string', 'enum': ['fork', 'spawn']}
        """
        return ANY_TEXT if self.ignore_case else {"type": "string", "enum": [*self.choices]}
