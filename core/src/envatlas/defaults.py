"""Defaults that are computed from the environment, and say in words what they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import attrs

from envatlas.paths import expand_user

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen
class Computed(Generic[T_co]):
    """A default that a function computes from the environment.

    Args:
        compute: Takes the environment and returns the value.
        description: The value in words, for whoever reads the documentation or an error.
        depends: The names of all variables that the function reads, where nothing else changes its answer but what
            it watches; None where something else can, and the value is computed at every read.
        watches: The names in modules, such as ``"tempfile.tempdir"``, whose objects decide the answer as well. An
            answer that is itself one of these objects is remembered while all of them stay the same; another answer is
            not, because nothing tells whether it belongs to them or to others that were there in between.

    >>> port = Computed(lambda environ: int(environ.get("BASE", "8000")) + 1, "`BASE` + 1", depends=("BASE",))
    >>> port.compute({"BASE": "9000"})
    9001
    """

    compute: Callable[[Mapping[str, str]], T_co]
    description: str = attrs.field(validator=attrs.validators.min_len(1))
    depends: tuple[str, ...] | None = None
    watches: tuple[str, ...] = ()


@attrs.frozen
class UserDirectory:
    """A folder below one of the user's base directories; a value, so that equal declarations are equal.

    Args:
        variable: The variable that names the base directory.
        fallback: The base directory below the user's home while that is unset.
        parts: The path from there.

    >>> folder = UserDirectory("XDG_CACHE_HOME", ".cache", ("vllm",))
    >>> folder.by_fallback, folder.by_variable
    ('~/.cache/vllm', '$XDG_CACHE_HOME/vllm')
    """

    variable: str
    fallback: str
    parts: tuple[str, ...]

    @property
    def by_fallback(self) -> str:
        """The path while the variable is unset, for people."""
        return "/".join(("~", self.fallback, *self.parts))

    @property
    def by_variable(self) -> str:
        """The path while it is set, for people."""
        return "/".join((f"${self.variable}", *self.parts))

    def __call__(self, environ: Mapping[str, str]) -> str:
        """Return the path in an environment."""
        base = environ.get(self.variable)
        if base is None:
            base = os.path.join(expand_user("~", environ), self.fallback)
        return expand_user(os.path.join(base, *self.parts), environ)


def written(value: object) -> str:
    """Return a value as Python writes it; where that fails, of which type it is, for it may be a plugin's own.

    >>> written("cuda")
    "'cuda'"
    """
    try:
        return repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  what it raises may be anything as well
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def user_cache(*parts: str) -> Computed[str]:
    """Return the default path of a user's cached files: ``$XDG_CACHE_HOME``, or ``~/.cache``, and the parts.

    An ``XDG_CACHE_HOME`` that is empty or relative is taken as it stands, as vLLM takes it, although the
    XDG Base Directory Specification says to ignore one.

    >>> user_cache("vllm", "assets").compute({"HOME": "/home/user"})
    '/home/user/.cache/vllm/assets'
    """
    return _below_user("XDG_CACHE_HOME", ".cache", parts)


def user_config(*parts: str) -> Computed[str]:
    """Return the default path of a user's configuration: ``$XDG_CONFIG_HOME``, or ``~/.config``, and the parts.

    >>> user_config("vllm").compute({"HOME": "/home/user", "XDG_CONFIG_HOME": "~/etc"})
    '/home/user/etc/vllm'
    """
    return _below_user("XDG_CONFIG_HOME", ".config", parts)


def _below_user(variable: str, fallback: str, parts: tuple[str, ...]) -> Computed[str]:
    folder = UserDirectory(variable, fallback, parts)
    return Computed(folder, f"{folder.by_fallback}, or {folder.by_variable}", depends=(variable, "HOME"))
