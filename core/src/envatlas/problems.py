"""Problems: everything that can be wrong with what is installed or selected. The rest of a registry works.

::

    EnvatlasError
    ├── RegistryProblemsError (ExceptionGroup)       all the problems of one registry
    └── ProblemError                         something wrong with what is installed or selected
        ├── PluginError                      a plugin that failed to load
        │   └── IncompatiblePluginError      ... because it asks for another API version
        ├── DuplicatePluginError             a plugin whose name another has
        ├── ConflictError                    a variable whose name another plugin declares differently
        ├── SecretReadError                  a variable that would show another's secret
        ├── UnmatchedNameError               a name in the selection that matches nothing
        └── DamagedMetadataError             a distribution whose metadata cannot be read

A problem is an exception, so that it can be raised as well as listed. What one hook of an active plugin gets wrong is
in `envatlas.contributions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import attrs

from envatlas.errors import EnvatlasError
from envatlas.owner import Owner

if TYPE_CHECKING:
    from envatlas.messages import Message


class ProblemError(EnvatlasError):
    """Something wrong with what is installed or selected; the rest of the registry works."""

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated.

        >>> UnmatchedNameError("gpu", "VLLM_PLUGINS").message.arguments["plugin"]
        "'gpu'"
        """
        return worded(super().__str__())


class RegistryProblemsError(EnvatlasError, ExceptionGroup[ProblemError]):
    """Every problem of one registry, raised by ``load(strict=True)``.

    >>> RegistryProblemsError.of("vllm", [UnmatchedNameError("gpu", "VLLM_PLUGINS")]).message
    "the registry 'vllm' has problems"
    """

    @classmethod
    def of(cls, registry: str, problems: Sequence[ProblemError]) -> Self:
        """Group the problems under a message that names the registry."""
        return cls(f"the registry {registry!r} has problems", problems)


@attrs.define(slots=False, eq=False, repr=False, str=False)
class PluginError(ProblemError):
    """A plugin that failed to load; none of its variables count.

    >>> print(PluginError(Owner("acme", "acme-vllm", "1.2"), "importing it raised ImportError: no module x"))
    plugin 'acme', acme-vllm 1.2, is not active: importing it raised ImportError: no module x
    """

    owner: Owner
    reason: str

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        return _inactive(self.owner, self.reason)


class IncompatiblePluginError(PluginError):
    """A plugin that asks for a version of the plugin API that this envatlas does not have."""


@attrs.define(slots=False, eq=False, repr=False, str=False)
class DuplicatePluginError(ProblemError):
    """A plugin whose name another distribution's plugin has; the other keeps it.

    >>> print(DuplicatePluginError(Owner("cuda", "my-cuda", "1"), Owner("cuda", "envatlas-vllm-cuda", "2")))
    plugin 'cuda', my-cuda 1, is not active: envatlas-vllm-cuda 2 has a plugin of that name; \
uninstall one of them
    """

    owner: Owner
    kept: Owner

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        return _inactive(self.owner, self.reason)

    @property
    def reason(self) -> Message:
        """Why the plugin is not active, in words that can be translated."""
        return worded(
            "{distribution} {version} has a plugin of that name; uninstall one of them",
            distribution=self.kept.distribution,
            version=self.kept.version,
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class ConflictError(ProblemError):
    """A variable that two plugins declare differently; the one loaded first keeps it.

    >>> kept, refused = Owner("engine", "envatlas-vllm-engine", "0.1.0"), Owner("acme", "acme-vllm", "1.2")
    >>> print(ConflictError("VLLM_PORT", kept, refused))
    VLLM_PORT is declared twice: plugin 'engine', envatlas-vllm-engine 0.1.0, keeps it; \
the declaration by plugin 'acme', acme-vllm 1.2, is refused
    """

    variable: str
    kept: Owner
    refused: Owner

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        return worded(
            "{variable} is declared twice: {kept}, keeps it; the declaration by {refused}, is refused",
            variable=self.variable,
            kept=self.kept.message,
            refused=self.refused.message,
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class SecretReadError(ProblemError):
    """A variable that depends on a secret, and is not one itself; its declaration is refused.

    >>> print(SecretReadError("A_TOKEN", "VLLM_API_KEY", Owner("acme", "acme-vllm", "1.2")))
    A_TOKEN depends on VLLM_API_KEY, which is a secret: the declaration by plugin 'acme', acme-vllm 1.2, is refused; \
mark it secret
    """

    variable: str
    secret: str
    owner: Owner

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        return worded(
            "{variable} depends on {secret}, which is a secret: the declaration by {owner}, is refused; mark it secret",
            variable=self.variable,
            secret=self.secret,
            owner=self.owner.message,
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class UnmatchedNameError(ProblemError):
    """A name in the selection that matches no installed plugin.

    >>> print(UnmatchedNameError("cdua", "VLLM_PLUGINS", ("cuda",)))
    VLLM_PLUGINS names 'cdua', and no installed plugin is called that; did you mean cuda?
    """

    plugin: str
    filter_variable: str
    nearest: Sequence[str] = ()

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        found = worded(
            "{variable} names {plugin}, and no installed plugin is called that",
            variable=self.filter_variable,
            plugin=repr(self.plugin),
        )
        if not self.nearest:
            return found
        from envatlas.messages import alternatives  # noqa: PLC0415  as below

        return worded("{found}; did you mean {names}?", found=found, names=alternatives(self.nearest))


@attrs.define(slots=False, eq=False, repr=False, str=False)
class DamagedMetadataError(ProblemError):
    """A distribution whose metadata cannot be read; it is skipped.

    >>> print(DamagedMetadataError("acme_vllm-1.2.dist-info", "METADATA is missing"))
    acme_vllm-1.2.dist-info is skipped: METADATA is missing; reinstall the distribution
    """

    location: str
    reason: str

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        return worded(
            "{location} is skipped: {reason}; reinstall the distribution", location=self.location, reason=self.reason
        )


def _inactive(owner: Owner, reason: str) -> Message:
    return worded("{owner}, is not active: {reason}", owner=owner.message, reason=reason)


def worded(template: str, /, **arguments: object) -> Message:
    """Return a message; a start at which nothing is wrong does not import what makes it.

    >>> worded("importing {target}", target="acme_vllm")
    'importing acme_vllm'
    """
    from envatlas.messages import Message  # noqa: PLC0415  see above

    return Message(template, **arguments)
