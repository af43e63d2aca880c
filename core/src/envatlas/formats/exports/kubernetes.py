"""Kubernetes: a ConfigMap, and a Secret for what is secret, for a container's ``envFrom``."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from envatlas.formats.exports.lines import NO_COMMENTS, assignments
from envatlas.formats.exports.refusals import not_utf8, refuse_unsayable

FORMAT: Final = "kubernetes"
NAME: Final = "envatlas"
"""What the objects are called, unless somebody says otherwise."""

_NO_TEXTS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML takes for something else than a text where it stands without quotes, in any case."""
_WORD: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_LARGEST_SHORT: Final = 0xFFFF
_ESCAPES: Final = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def render(
    texts: Mapping[str, str],
    comments: Mapping[str, str] = NO_COMMENTS,
    *,
    secrets: AbstractSet[str] = frozenset(),
    name: str = NAME,
) -> str:
    """Return texts as one YAML stream: a ConfigMap, and a Secret of the same name where there are secrets.

    Args:
        texts: The texts by their names.
        comments: What to say above a name.
        secrets: The names of those that are secrets, and stand in the Secret alone.
        name: The name of both objects.

    Raises:
        UnsayableTextError: A text is not UTF-8.

    >>> print(render({"A_PORT": "80", "A_KEY": "sk-1"}, secrets={"A_KEY"}), end="")
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: envatlas
    data:
      A_PORT: "80"
    ---
    apiVersion: v1
    kind: Secret
    metadata:
      name: envatlas
    type: Opaque
    data:
      A_KEY: "c2stMQ=="
    """
    refuse_unsayable(FORMAT, texts, lambda _, text: not_utf8(text))
    shown = {key: text for key, text in texts.items() if key not in secrets}
    hidden = {key: text for key, text in texts.items() if key in secrets}
    config_map = _object(
        "ConfigMap", name, shown, {key: said for key, said in comments.items() if key not in hidden}, _quoted
    )
    if not hidden:
        return config_map
    secret = _object("Secret", name, hidden, {key: said for key, said in comments.items() if key in hidden}, _encoded)
    return f"{config_map}---\n{secret}"


def _object(
    kind: str, name: str, texts: Mapping[str, str], comments: Mapping[str, str], write: Callable[[str], str]
) -> str:
    head = ["apiVersion: v1", f"kind: {kind}", "metadata:", f"  name: {_word(name)}"]
    of_type = ["type: Opaque"] if kind == "Secret" else []
    data = assignments(texts, comments, lambda key, text: f"{_word(key)}: {write(text)}")
    body = ["data:" if texts else "data: {}", *(f"  {line}" for line in data.split("\n")[:-1])]
    return "".join(f"{line}\n" for line in (*head, *of_type, *body))


def _word(text: str) -> str:
    """Return a name as a YAML scalar; in quotes only where YAML would take it for something else than a text."""
    return text if _WORD.fullmatch(text) and text.lower() not in _NO_TEXTS else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES or letter.isprintable():
        return _ESCAPES.get(letter, letter)
    return f"\\U{ord(letter):08X}" if ord(letter) > _LARGEST_SHORT else f"\\u{ord(letter):04X}"


def _encoded(text: str) -> str:
    return _quoted(base64.b64encode(text.encode()).decode())
