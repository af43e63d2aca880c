"""Expansion: ``$(NAME)`` in the text of a Kubernetes variable, by the rules that Kubernetes documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from envatlas.files.interpolation import too_long
from envatlas.files.limits import LONGEST_TEXT

_ONLY: Final = re.compile(r"\$\((?P<name>[^)]*)\)")
_REFERENCE: Final = re.compile(r"\$(?:\$|\((?P<name>[^)]*)\))")


def referred_alone(text: str) -> str:
    """Return the name that a text refers to, if it is nothing but the reference; empty where it is not.

    >>> referred_alone("$(HOST)"), referred_alone("$(HOST):80")
    ('HOST', '')
    """
    found = _ONLY.fullmatch(text)
    return "" if found is None else found["name"]


def expand(text: str, lookup: Callable[[str], str | None]) -> str:
    """Return a text with its references replaced: ``$$`` is a dollar sign, and what is set nowhere stays as it is.

    Raises:
        InterpolationError: It becomes too long, or `lookup` raises it.

    >>> expand("tcp://$(HOST):$(PORT)/$$(HOST)", {"HOST": "router"}.get)
    'tcp://router:$(PORT)/$(HOST)'
    """
    if len(text) > LONGEST_TEXT:
        return text
    length = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal length
        name = found["name"]
        known = "$" if name is None else lookup(name)
        part = found[0] if known is None else known
        length += len(part)
        if length > LONGEST_TEXT:
            raise too_long()
        return part

    return _REFERENCE.sub(replaced, text)
