"""Paths: the kind of a variable that holds one, and how ``~`` is expanded by an environment's own ``HOME``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import cast

import attrs

from envatlas.kinds import ANY_TEXT, Schema, require


@attrs.frozen
class Path:
    """A path of the file system, as a str; a ``~`` at its start is the home directory.

    Args:
        expand_user: Whether ``~`` is expanded; where it is not, the text is taken as it stands.

    >>> Path().parse_in("~/models", {"HOME": "/home/user"})
    '/home/user/models'
    """

    expand_user: bool = True

    name = "path"
    expected = "a path"
    empty_is_unset = False

    @property
    def depends(self) -> tuple[str, ...]:
        """``HOME``, where ``~`` is expanded.

        >>> Path().depends
        ('HOME',)
        """
        return ("HOME",) if self.expand_user else ()

    def parse(self, text: str) -> str:
        """Return the path; ``~`` is the home directory that the system's user database names.

        >>> Path().parse("/var/tmp")
        '/var/tmp'
        """
        return self.parse_in(text, {})

    def parse_in(self, text: str, environ: Mapping[str, str]) -> str:
        """Return the path; ``~`` is the environment's ``HOME``.

        >>> Path().parse_in("~", {"HOME": "/home/user"})
        '/home/user'
        """
        return expand_user(text, environ) if self.expand_user else text

    def render(self, value: object) -> str:
        """Return the path itself; an `os.PathLike` is one, too.

        >>> Path().render("/var/tmp")
        '/var/tmp'
        """
        return require(str, os.fspath(cast("os.PathLike[str]", value)))

    def schema(self) -> Schema:
        """Return the schema of a path, which is any text.

        >>> Path().schema()
        {'type': 'string'}
        """
        return ANY_TEXT


def expand_user(path: str, environ: Mapping[str, str]) -> str:
    """Return the path with ``~`` expanded as `os.path.expanduser` does it, but by the given environment's ``HOME``.

    >>> expand_user("~/models", {"HOME": "/home/user"})
    '/home/user/models'
    """
    first, slash, rest = path.partition("/")
    if first != "~":
        return os.path.expanduser(path)  # another user's, for which HOME does not count
    home = environ.get("HOME")
    if home is None:
        home = _home_of_user()
    if home is None:
        return path
    return (home.rstrip("/") + slash + rest) or "/"


def _home_of_user() -> str | None:
    import pwd  # noqa: PLC0415  only needed where HOME is unset

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None
