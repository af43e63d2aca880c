"""Secret names: which variables are likely secrets, as their names have it."""

from __future__ import annotations

import re
from typing import Final

_SECRET: Final = re.compile(
    r"""(?:^|_)(?:
        (?! (?:DON|HOC|HOT|JOC|LAC|MON|TUR|WHIS)KEYS? (?:_|$) )
        [A-Z0-9]* (?:CREDENTIALS? | KEYS? | PASSPHRASES? | PASSWD | PASSWORDS? | SECRETS? | TOKEN)
        | (?:ACCESS|API|AUTH|BEARER|REFRESH)_?TOKENS
    )(?:_|$)""",
    re.IGNORECASE | re.VERBOSE,
)


def looks_secret(name: str) -> bool:
    """Return whether a variable is likely a secret, as the words of its name have it.

    A word may have others before it: ``SSHKEY`` is one, and ``HOTKEY`` one of the few that are not. Tokens are
    what a model reads as well, so several of them are a secret only where the word before says so.

    >>> looks_secret("ACME_API_KEYS"), looks_secret("ACME_AUTH_TOKENS"), looks_secret("ACME_MAX_TOKENS")
    (True, True, False)
    """
    return _SECRET.search(name) is not None
