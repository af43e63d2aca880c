"""Redaction: keeping the texts of secrets out of what others wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from envatlas.texts import told

SHOWN_AS: Final = "<secret>"

_SHORTEST: Final = 4
"""In characters. A shorter secret cannot be told from the words around it."""
_SHORTEST_WITHIN: Final = 8
"""Likewise, where the text around it is one of the operator's own, such as a number or a word."""


def hide_secrets(text: str, names: Iterable[str], environ: Mapping[str, str]) -> str:
    """Return a text in which nothing shows that the named variables of an environment hold.

    It is for texts that envatlas did not build itself, such as the message of what a plugin raised.

    >>> hide_secrets("no access with key sk-123", ["API_KEY"], {"API_KEY": "sk-123"})
    'no access with key <secret>'
    """
    return secret_hider(names, environ)(text)


def secret_hider(names: Iterable[str], environ: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that does what `hide_secrets` does, for many texts of one environment.

    >>> secret_hider(["API_KEY"], {"API_KEY": "sk-123"})("no access with key sk-123")
    'no access with key <secret>'
    """
    secrets = {form for text in {told(environ, name) or "" for name in names} - {""} for form in _forms(text)}
    patterns = [re.escape(each) for each in sorted(secrets, key=len, reverse=True) if len(each) >= _SHORTEST]
    if not patterns:
        return str
    hidden = re.compile("|".join(patterns))
    return lambda text: hidden.sub(SHOWN_AS, text)


def holds_secret(text: str, names: Iterable[str], environ: Mapping[str, str]) -> bool:
    """Return whether a text is what one of the named variables of an environment holds, or has it in it.

    >>> holds_secret("Bearer sk-12345", ["API_KEY"], {"API_KEY": "sk-12345"})
    True
    """
    secrets = ((told(environ, name) or "").strip() for name in names)
    return any(len(secret) >= _SHORTEST_WITHIN and secret in text for secret in secrets)


def _forms(secret: str) -> Iterator[str]:
    """Yield the ways in which a message may show a secret: as it is, without space around it, quoted, encoded."""
    import base64  # noqa: PLC0415  only a plugin that failed needs them
    import json  # noqa: PLC0415
    import shlex  # noqa: PLC0415
    import urllib.parse  # noqa: PLC0415

    for form in (secret, secret.strip()):
        as_bytes = form.encode(errors="surrogatepass")
        yield form
        yield from (repr(form)[1:-1], ascii(form)[1:-1], repr(as_bytes)[2:-1])
        yield from (json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1], shlex.quote(form)[1:-1])
        yield from (
            urllib.parse.quote(as_bytes),
            urllib.parse.quote(as_bytes, safe=""),
            urllib.parse.quote_plus(as_bytes),
        )
        yield base64.b64encode(as_bytes).decode()
