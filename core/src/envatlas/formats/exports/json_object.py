"""JSON: an object of texts, which can be read back as the snapshot of an environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast


def render(texts: Mapping[str, str]) -> str:
    r"""Return texts as a JSON object, in ASCII; it says each that an environment can hold.

    A byte that is not UTF-8 is a lone surrogate, as Python has it.

    >>> print(render({"A_PORT": "80", "A_NAME": "\udcff"}), end="")
    {
      "A_NAME": "\udcff",
      "A_PORT": "80"
    }
    """
    return json.dumps(dict(texts), indent=2, sort_keys=True) + "\n"


def parse(content: str) -> dict[str, str]:
    """Return the texts of a JSON object.

    Raises:
        ValueError: It is no JSON, or no object of texts; what is wrong is said without a text of it.

    >>> parse('{"A_PORT": "80"}')
    {'A_PORT': '80'}
    """
    try:
        value = cast("object", json.loads(content))
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    wrong = _wrong(value)
    if wrong:
        raise ValueError(wrong)
    return cast("dict[str, str]", value)


def _wrong(value: object) -> str:
    if not isinstance(value, dict):
        return "it is JSON, but no object"
    members = cast("dict[str, object]", value)
    others = [name for name, text in members.items() if not isinstance(text, str)]
    return f"its member {others[0]!r} is no text" if others else ""
