"""What the names of a plugin's variables are held to: whose they are, what they look like, where they can be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from envatlas.discovery import Candidate
from envatlas.owner import Owner
from envatlas.problems import ConflictError
from envatlas.registry import Registry
from envatlas.secret_names import looks_secret
from envatlas.sources import read_source
from envatlas.testing.faults import Fault
from envatlas.variable import Variable


def prefix_faults(variables: Sequence[Variable[object]], prefix: str, other_names: Collection[str]) -> Iterator[Fault]:
    """Yield the names that do not begin as the registry's do, and are not said to.

    Args:
        variables: What the plugin declares.
        prefix: What the names of the registry's variables start with.
        other_names: The names that are said not to.

    >>> from envatlas import Integer
    >>> port = Variable("PORT", Integer(), default=None, help="The first port; unset, none.")
    >>> print(*prefix_faults([port], "VLLM_", []))
    PORT: its name does not start with 'VLLM_'; rename it, or list it in other_names [prefix]
    """
    names = {variable.name for variable in variables if not variable.name.startswith(prefix)}
    for name in sorted(names.difference(other_names)):
        remedy = "rename it, or list it in other_names"
        yield Fault("prefix", name, f"its name does not start with {prefix!r}", remedy)
    yield from _needless(names, other_names, "other_names")


def secret_faults(variables: Sequence[Variable[object]], not_secret: Collection[str]) -> Iterator[Fault]:
    """Yield the names that look like a secret's, are not marked as one, and are not said to be none.

    >>> from envatlas import Text
    >>> key = Variable("A_KEY", Text(), default=None, help="Unlocks the door; unset, it is shut.")
    >>> print(*secret_faults([key], []))
    A_KEY: its name looks like a secret's; declare it with secret=True, or list it in not_secret [secret]
    """
    names = {variable.name for variable in variables if looks_secret(variable.name) and not variable.secret}
    for name in sorted(names.difference(not_secret)):
        remedy = "declare it with secret=True, or list it in not_secret"
        yield Fault("secret", name, "its name looks like a secret's", remedy)
    yield from _needless(names, not_secret, "not_secret")


def owner_faults(variables: Sequence[Variable[object]], candidate: Candidate, registry: Registry) -> Iterator[Fault]:
    """Yield the names that belong to another plugin, or to the registry itself.

    Args:
        variables: What the plugin declares.
        candidate: The plugin.
        registry: A registry that has the plugin, and others beside it.

    >>> from envatlas import Integer
    >>> from envatlas.vllm import registry
    >>> port = Variable("VLLM_PORT", Integer(), default=None, help="The first port; unset, none.")
    >>> acme = Candidate(Owner("acme", "acme-vllm", "1.2"), "envatlas.vllm", "acme_vllm")
    >>> print(*owner_faults([port], acme, registry))
    VLLM_PORT: it belongs to plugin 'engine', envatlas-vllm-engine 0.1.0; give it a name of your own [owner]
    """
    owners = {**registry.catalogue.owners}
    owners |= {each.variable: each.kept for each in registry.problems if isinstance(each, ConflictError)}
    for variable in variables:
        owner = owners.get(variable.name, candidate.owner)
        if owner != candidate.owner:
            yield Fault("owner", variable.name, f"it belongs to {_called(owner)}", "give it a name of your own")


def source_faults(variables: Sequence[Variable[object]], module: str) -> Iterator[Fault]:
    """Yield what a plugin's source does not tell; while the plugin is left out, that is all that is known of it.

    >>> import envatlas_vllm_rocm
    >>> [*source_faults(envatlas_vllm_rocm.VARIABLES, "envatlas_vllm_rocm")]
    []
    """
    if not variables:
        return
    source = read_source(module)
    told = {each.name for each in source.declared}
    remedy = "write Variable(...) with its name as a literal, in the plugin's own package"
    untold = [variable.name for variable in variables if variable.name not in told]
    for name in untold:
        yield Fault("source", name, "the source does not tell of it", remedy)
    if not untold and not source.is_complete:
        yield Fault("source", "", f"the source of {module} does not tell all that it may declare", remedy)


def _called(owner: Owner) -> str:
    return "the registry" if owner.plugin.startswith("(") else str(owner)


def _needless(names: Collection[str], listed: Collection[str], parameter: str) -> Iterator[Fault]:
    """Yield what is listed as an exception, and is none."""
    for name in sorted({*listed}.difference(names)):
        yield Fault("needless", name, f"it need not be listed in {parameter}", "take it out there")
