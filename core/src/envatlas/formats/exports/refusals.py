"""Refusals: texts that a format cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from envatlas.errors import EnvatlasError


class UnsayableTextError(EnvatlasError, ValueError):
    """Texts that a format cannot say, all of an export together. The texts themselves are not in it.

    Attributes:
        format: The format's name.
        reasons: Why, in words, by the variables' names.
        remedy: What to do.

    >>> print(UnsayableTextError("docker", {"A_PREFIX": "its text has a newline"}, "use the format shell"))
    docker cannot say A_PREFIX: its text has a newline; use the format shell
    """

    def __init__(self, format: str, reasons: Mapping[str, str], remedy: str) -> None:  # noqa: A002  its public name
        super().__init__(format, reasons, remedy)
        self.format = format
        self.reasons = dict(reasons)
        self.remedy = remedy

    def __str__(self) -> str:
        return "\n".join(f"{self.format} cannot say {name}: {why}; {self.remedy}" for name, why in self.reasons.items())


def refuse_unsayable(
    format: str,  # noqa: A002  as above
    texts: Mapping[str, str],
    reason: Callable[[str, str], str],
    remedy: str = "choose the format shell or json, which say every text, or leave it out",
) -> None:
    """Refuse texts that a format cannot say.

    Args:
        format: The format's name.
        texts: The texts by their names.
        reason: Takes a name and its text, and returns why it cannot be said; empty if it can.
        remedy: What to do.

    Raises:
        UnsayableTextError: There are any.

    >>> refuse_unsayable("docker", {"A_PORT": "80"}, lambda name, text: not_utf8(text))
    """
    reasons = {name: why for name, text in sorted(texts.items()) if (why := reason(name, text))}
    if reasons:
        raise UnsayableTextError(format, reasons, remedy)


def not_utf8(text: str) -> str:
    r"""Return why a text is not UTF-8, in words; empty if it is.

    >>> not_utf8("é"), not_utf8("\udcff")
    ('', 'its text is not UTF-8')
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "its text is not UTF-8"
    return ""
