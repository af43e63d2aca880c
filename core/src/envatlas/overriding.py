"""Overriding: what to write to an environment so that a variable reads as a value."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping

from envatlas.errors import InvalidValueError, UnfitValueError
from envatlas.owner import Owner
from envatlas.values import default_of, parse
from envatlas.variable import Variable

Texts = dict[str, str | None]
"""What to write, by name; None is to unset."""


def texts_for(variable: Variable[object], value: object, environ: Mapping[str, str], owner: Owner) -> Texts:
    """Return what to write so that a variable reads as a value.

    Args:
        variable: The variable.
        value: The value; or a str as its text; or None to unset it.
        environ: The environment as it is before.
        owner: Who declared the variable, for errors.

    Raises:
        InvalidValueError: The text cannot be read, or no text stands for the value.

    >>> from envatlas.vllm import registry
    >>> texts_for(registry["VLLM_DO_NOT_TRACK"], True, {}, registry.owner("VLLM_DO_NOT_TRACK"))
    {'VLLM_DO_NOT_TRACK': '1'}
    """
    unset: Texts = dict.fromkeys(variable.sources)
    text = _text_of(variable, value, environ, owner)
    if text is None:
        return unset
    # An empty text would let the other names count.
    return (unset if not text.strip() else {}) | {variable.sources[0]: text}


def write(environ: MutableMapping[str, str], texts: Mapping[str, str | None]) -> None:
    """Write texts to an environment, by name; None unsets.

    >>> environ = {"A": "1"}
    >>> write(environ, {"A": None, "B": "2"})
    >>> environ
    {'B': '2'}
    """
    for name, text in texts.items():
        if text is None:
            environ.pop(name, None)
        else:
            environ[name] = text


def _text_of(variable: Variable[object], value: object, environ: Mapping[str, str], owner: Owner) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else _rendered(variable, value)
    if text is None and value == default_of(variable, environ, owner):
        return None
    if text is None:
        raise _unfit(variable, value, owner)
    if not _can_be_held(text):
        shown = None if variable.secret else text
        expected = "a text that an environment can hold, without NUL and in the system's encoding"
        raise InvalidValueError(variable.name, variable.sources[0], shown, expected, variable.default_text, owner)
    if text.strip() or not variable.kind.empty_is_unset:
        parse(variable, variable.sources[0], text, environ, owner)
    return text


def _rendered(variable: Variable[object], value: object) -> str | None:
    """Return the text of a value, or None if it has none; what the kind raised may quote a secret."""
    try:
        return variable.kind.render(value)
    except Exception:  # noqa: BLE001  a kind may be a plugin's own
        return None


def _unfit(variable: Variable[object], value: object, owner: Owner) -> UnfitValueError:
    shown = None if variable.secret else repr(value)
    kind = variable.kind
    return UnfitValueError(
        variable.name, variable.sources[0], shown, kind.expected, variable.default_text, owner, type(value).__name__
    )


def _can_be_held(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False
