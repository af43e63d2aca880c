"""Dialects: kinds of what applications have read before, for declarations that must not change any reading.

New variables use `envatlas.Flag` and `envatlas.Choice`, which take what people write.
"""

from __future__ import annotations

import attrs

from envatlas.kinds import ANY_TEXT, Schema, require


@attrs.frozen(init=False)
class WordFlag:
    """A flag that is true for a few texts, and false for every other one; or false for a few, and true otherwise.

    Args:
        words: The texts.
        ignore_case: Whether a text is read in lower case.
        strip: Whether space around a text is ignored.
        otherwise: What every other text is read as.

    Raises:
        ValueError: No text is one of them.

    >>> WordFlag("1", "true").parse("true"), WordFlag("1", "true").parse("True")
    (True, False)
    >>> WordFlag("0", otherwise=True).parse("0"), WordFlag("0", otherwise=True).parse("no")
    (False, True)
    """

    words: tuple[str, ...]
    ignore_case: bool
    strip: bool
    otherwise: bool

    name = "word-flag"
    empty_is_unset = False

    def __init__(self, *words: str, ignore_case: bool = False, strip: bool = False, otherwise: bool = False) -> None:
        given = (("words", words), ("ignore_case", ignore_case), ("strip", strip), ("otherwise", otherwise))
        for field, value in given:
            object.__setattr__(self, field, value)
        compared = [self._as_compared(require(str, word)) for word in words]
        if not set(words).intersection(compared):
            raise ValueError(f"words are texts, and one at least is as it is compared: got {words!r}")

    @property
    def expected(self) -> str:
        """The texts that are words, in words.

        >>> WordFlag("1", "on").expected, WordFlag("1", "On", ignore_case=True).expected
        ("any text; '1', 'on' are true", "any text; '1' is true, in any case")
        """
        words = [word for word in self.words if self._as_compared(word) == word]
        are = "is" if len(words) == 1 else "are"
        value = "false" if self.otherwise else "true"
        return f"any text; {', '.join(map(repr, words))} {are} {value}" + (", in any case" * self.ignore_case)

    def parse(self, text: str) -> bool:
        """Return what the text is read as.

        >>> WordFlag("1", "on", ignore_case=True, strip=True).parse(" ON ")
        True
        """
        return (self._as_compared(text) in self.words) is not self.otherwise

    def render(self, value: object) -> str:
        """Return the first word, or for the other value ``0``, the empty text, ``false`` or ``1``.

        >>> WordFlag("on").render(True), WordFlag("on").render(False)
        ('on', '0')
        """
        texts = (*self.words, "0", "", "false", "1")
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

    def _as_compared(self, text: str) -> str:
        if self.strip:
            text = text.strip()
        return text.lower() if self.ignore_case else text


@attrs.frozen(init=False)
class ExactChoice:
    """One of a few texts exactly, and nothing else: neither space around it nor the empty text is ignored.

    Args:
        choices: The texts.
        ignore_case: Whether upper and lower case are the same; the value is the text as it stands all the same.

    Raises:
        ValueError: There is none.

    >>> ExactChoice("fork", "spawn").parse("spawn"), ExactChoice("fork", ignore_case=True).parse("Fork")
    ('spawn', 'Fork')
    """

    choices: tuple[str, ...]
    ignore_case: bool

    name = "exact-choice"
    empty_is_unset = False

    def __init__(self, *choices: str, ignore_case: bool = False) -> None:
        if not [require(str, choice) for choice in choices]:
            raise ValueError("choices are texts, at least one: got none")
        object.__setattr__(self, "choices", choices)
        object.__setattr__(self, "ignore_case", ignore_case)

    def with_choices(self, *choices: str) -> ExactChoice:
        """Return the kind with more choices.

        >>> ExactChoice("fork").with_choices("spawn").choices
        ('fork', 'spawn')
        """
        return type(self)(*self.choices, *choices, ignore_case=self.ignore_case)

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
        """Return the schema of the choices; of any text where they are not plain, and case does not matter.

        >>> ExactChoice("fork", "spawn").schema()
        {'type': 'string', 'enum': ['fork', 'spawn']}
        """
        from envatlas.patterns import any_case  # noqa: PLC0415  no start needs it

        choices = [choice.lower() for choice in self.choices]
        if not self.ignore_case:
            return {"type": "string", "enum": [*self.choices]}
        if not all(choice.isascii() and "\n" not in choice for choice in choices):
            return ANY_TEXT
        pattern = f"^(?:{'|'.join(map(any_case, choices))})$"
        return {"type": "string", "pattern": pattern, "not": {"pattern": "\n"}}
