"""What declaring and reading raise, and the root of everything that envatlas raises.

::

    EnvatlasError
    ├── DeclarationError (ValueError)        a Variable that makes no sense
    ├── InvalidValueError (ValueError)       a text that a variable's kind refuses
    │   ├── DefaultError                     a computed default that could not be computed
    │   ├── ProcessOnlyError                 a function that reads no other environment than os.environ
    │   └── UnfitValueError                  a value that no text stands for
    ├── UnknownVariableError (AttributeError, KeyError)    a name that nobody declares
    │   ├── InactiveVariableError            a name whose plugin is left out, or failed
    │   └── ForeignVariableError             a Variable that is not the registry's of that name
    ├── ReadOnlyError (AttributeError)       an assignment to an environment or a snapshot
    ├── LoadingError (RuntimeError)          a registry that is read while it loads
    └── InvalidEnvironmentError (ExceptionGroup)     all the bad values of one environment

Each carries its facts as attributes and builds its text from them; each can be pickled.
A secret's text is in none of them. What is wrong with what is installed or selected is in `envatlas.problems`; other
errors stand beside what raises them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import attrs

from envatlas.owner import Owner


class EnvatlasError(Exception):
    """The root of everything that envatlas raises."""


@attrs.define(slots=False, eq=False, repr=False, str=False)
class DeclarationError(EnvatlasError, ValueError):
    """A declaration that makes no sense, refused where it is made.

    >>> str(DeclarationError("MY-PORT", "the name is one that every shell accepts", "'MY-PORT'", "rename it"))
    "'MY-PORT' breaks the rule 'the name is one that every shell accepts': got 'MY-PORT'; rename it"
    """

    variable: str
    rule: str
    got: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable!r} breaks the rule {self.rule!r}: got {self.got}; {self.remedy}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class InvalidValueError(EnvatlasError, ValueError):
    """A text that a variable's kind refuses.

    Attributes:
        variable: The variable's name.
        source: The name that the text was read from; usually the same.
        text: The text, or None where the variable is a secret.
        expected: What the kind reads, as a noun phrase.
        unset_means: What the variable reads as once it is unset, in words.
        declared_by: The plugin that declared it, or None for a variable on its own.

    >>> owner = Owner("data_parallel", "envatlas-vllm-data-parallel", "0.1.0")
    >>> print(InvalidValueError("VLLM_DP_SIZE", "VLLM_DP_SIZE", "two", "a whole number", "1", owner))
    VLLM_DP_SIZE='two': expected a whole number (declared by plugin 'data_parallel', \
envatlas-vllm-data-parallel 0.1.0); correct it, or unset it for the default, 1
    """

    variable: str
    source: str
    text: str | None
    expected: str
    unset_means: str
    declared_by: Owner | None = None

    def __str__(self) -> str:
        shown = "<secret>" if self.text is None else repr(self.text)
        read_as = "" if self.source == self.variable else f" (read as {self.variable})"
        by = "" if self.declared_by is None else f" (declared by {self.declared_by})"
        return (
            f"{self.source}={shown}{read_as}: expected {self.expected}{by}; "
            f"correct it, or unset it for the default, {self.unset_means}"
        )


class DefaultError(InvalidValueError):
    """A computed default that could not be computed, as when ``XDG_CACHE_HOME`` is no path; the cause says why.

    >>> print(DefaultError("CACHE", "CACHE", None, "a path", "~/.cache/acme, or $XDG_CACHE_HOME/acme"))
    CACHE is unset, and its default (~/.cache/acme, or $XDG_CACHE_HOME/acme) could not be computed; \
set it to a path
    """

    def __str__(self) -> str:
        by = "" if self.declared_by is None else f" (declared by {self.declared_by})"
        return (
            f"{self.variable} is unset, and its default ({self.unset_means}) could not be computed{by}; "
            f"set it to {self.expected}"
        )


class ProcessOnlyError(InvalidValueError):
    """A variable that is not declared yet, and whose function reads `os.environ` alone; ``expected`` says why.

    >>> print(ProcessOnlyError("A_PORT", "A_PORT", None, "it uses os.path.expandvars", "80"))
    A_PORT can be read from os.environ alone, and not from another environment: its function is not declared yet, \
and it uses os.path.expandvars; declare it, for which envatlas adopt is there
    """

    def __str__(self) -> str:
        return (
            f"{self.variable} can be read from os.environ alone, and not from another environment: its function is "
            f"not declared yet, and {self.expected}; declare it, for which envatlas adopt is there"
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class UnfitValueError(InvalidValueError):
    """A value, given to ``override``, that no text of the variable stands for; ``text`` is its representation.

    Attributes:
        type_name: The name of the value's type.

    >>> print(UnfitValueError("A_PORT", "A_PORT", "True", "a whole number", "80", None, "bool"))
    A_PORT: no text stands for True, a value of type bool; expected a value that is read from a whole number, \
or such a text
    """

    type_name: str = ""

    def __str__(self) -> str:
        shown = "<secret>" if self.text is None else self.text
        by = "" if self.declared_by is None else f" (declared by {self.declared_by})"
        return (
            f"{self.variable}: no text stands for {shown}, a value of type {self.type_name}; "
            f"expected a value that is read from {self.expected}, or such a text{by}"
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class UnknownVariableError(EnvatlasError, AttributeError, KeyError):
    """A name that nobody declares.

    It is an AttributeError and a KeyError, because a name is asked for both ways.

    Attributes:
        variable: The name that was asked for.
        registry: The registry's name.
        nearest: Declared names that resemble it, nearest first.
        filter_variable: The variable that selects plugins, if the registry has one.
        excluded: The plugins that it leaves out.
        failed: The plugins that are not active for another reason.
        may_own: Those of both whose source does not tell all the names that they declare.

    >>> print(UnknownVariableError("VLLM_PROT", "vllm", ("VLLM_PORT",), "VLLM_PLUGINS", ("cuda", "ray"), (), ("ray",)))
    no variable 'VLLM_PROT' in the registry 'vllm'; did you mean VLLM_PORT? VLLM_PLUGINS leaves out the plugins \
cuda, ray. It may be declared by the plugin ray, whose source does not tell.
    """

    variable: str
    registry: str
    nearest: Sequence[str] = ()
    filter_variable: str | None = None
    excluded: Sequence[str] = ()
    failed: Sequence[str] = ()
    may_own: Sequence[str] = ()

    def __attrs_post_init__(self) -> None:
        self.name = self.variable  # as for any AttributeError; Python then adds no suggestion of its own

    def __str__(self) -> str:
        hint = f"; did you mean {' or '.join(self.nearest)}?" if self.nearest else "."
        excluded = f" {self.filter_variable} leaves out {_plugins(self.excluded)}." if self.excluded else ""
        failed = f" Failed to load: {_plugins(self.failed)}." if self.failed else ""
        may_own = (
            f" It may be declared by {_plugins(self.may_own)}, whose source does not tell." if self.may_own else ""
        )
        return f"no variable {self.variable!r} in the registry {self.registry!r}{hint}{excluded}{failed}{may_own}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class InactiveVariableError(UnknownVariableError):
    """A name that a plugin declares which is not active.

    Attributes:
        plugin: The plugin that owns the name.
        why: Why the plugin is not active, in words.

    >>> print(InactiveVariableError("CUDA_HOME", "vllm", plugin="cuda", why="VLLM_PLUGINS leaves it out"))
    'CUDA_HOME' is declared by plugin 'cuda', which is not active: VLLM_PLUGINS leaves it out
    """

    plugin: str = ""
    why: str = ""

    def __str__(self) -> str:
        return f"{self.variable!r} is declared by plugin {self.plugin!r}, which is not active: {self.why}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class ForeignVariableError(UnknownVariableError):
    """A `Variable` that is asked for, and is not the one that the registry has under its name.

    Attributes:
        owner: Who declared the one that it has.

    >>> print(ForeignVariableError("A_PORT", "vllm", owner=Owner("acme", "acme-vllm", "1.2")))
    'A_PORT' in the registry 'vllm' is declared differently, by plugin 'acme', acme-vllm 1.2; \
ask for that one, or by name
    """

    owner: Owner | None = None

    def __str__(self) -> str:
        return (
            f"{self.variable!r} in the registry {self.registry!r} is declared differently, by {self.owner}; "
            "ask for that one, or by name"
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class ReadOnlyError(EnvatlasError, AttributeError):
    """An assignment to something that is only read.

    >>> print(ReadOnlyError("VLLM_PORT", "an environment", "use override(VLLM_PORT=...)"))
    cannot change VLLM_PORT: an environment is only read; use override(VLLM_PORT=...)
    """

    variable: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"cannot change {self.variable}: {self.what} is only read; {self.remedy}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class LoadingError(EnvatlasError, RuntimeError):
    """A registry that is read while it loads: by one of its plugins, or by a module that one of them waits for.

    >>> print(LoadingError("vllm"))
    the registry 'vllm' was read while it loads its plugins; read it inside a function, not at import
    """

    registry: str

    def __str__(self) -> str:
        return (
            f"the registry {self.registry!r} was read while it loads its plugins; "
            "read it inside a function, not at import"
        )


class InvalidEnvironmentError(EnvatlasError, ExceptionGroup[InvalidValueError]):
    """Every value of one environment that could not be read, reported together.

    >>> error = InvalidValueError("VLLM_PORT", "VLLM_PORT", "x", "a whole number", "None")
    >>> InvalidEnvironmentError.of([error]).message
    'cannot be read: VLLM_PORT'
    """

    @classmethod
    def of(cls, errors: Sequence[InvalidValueError]) -> Self:
        """Group the errors under a message that names their variables."""
        return cls("cannot be read: " + ", ".join(error.variable for error in errors), errors)


def _plugins(names: Sequence[str]) -> str:
    return f"the plugin {names[0]}" if len(names) == 1 else f"the plugins {', '.join(names)}"
