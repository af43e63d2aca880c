"""References: ``$HOME`` and the like in a text, which a shell would have replaced, and nothing did."""

from __future__ import annotations

import re
from typing import Final

from envatlas.checks.held import Held
from envatlas.paths import Path

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
REFERENCE: Final = re.compile(rf"\$(?:\{{(?P<braced>{_NAME})\}}|(?P<bare>{_NAME}))")
"""A name after a dollar sign, in braces or not; no more of what shells have, which few texts hold by mistake."""


def reference(held: Held) -> str:
    """Return the first reference in a text that nothing replaced; empty where there is none, or it may be meant.

    In a path it is hardly meant; in any other text only where it is the whole, or has braces. A secret's is not told.

    >>> from envatlas.vllm import registry
    >>> name = "VLLM_CACHE_ROOT"
    >>> reference(Held(registry[name], registry.owner(name), name, "$HOME/cache"))
    '$HOME'
    """
    found = None if held.variable.secret else REFERENCE.search(held.text)
    if found is None:
        return ""
    is_clear = isinstance(held.variable.kind, Path) or found["braced"] or found[0] == held.text
    return found[0] if is_clear else ""
