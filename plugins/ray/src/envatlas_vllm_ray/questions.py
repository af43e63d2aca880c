"""Questions: what a driver asks nodes of its registry."""

from __future__ import annotations

from envatlas import Registry
from envatlas.values import inputs
from envatlas_vllm_ray.asking import Question


def question_of(registry: Registry, key: bytes) -> Question:
    """Return what nodes are asked of a registry.

    Args:
        registry: The registry.
        key: What digests of secrets are made with; of one survey, and random.

    >>> from envatlas.vllm import registry
    >>> question_of(registry, b"key")["registry"]["group"]
    'envatlas.vllm'
    """
    made = ("name", "group", "filter_variable", "prefix", "bundled", "shared_groups")
    return {
        "registry": {argument: getattr(registry, argument) for argument in made},
        "key": key,
        "inputs": {variable.name: inputs(variable) for variable in registry},
        "secrets": tuple(sorted(registry.secret_names | _read_by_secrets_alone(registry))),
    }


def _read_by_secrets_alone(registry: Registry) -> set[str]:
    """Return the names that secrets depend on, and nothing else; of what others depend on, they need the text."""
    by_secrecy: dict[bool, set[str]] = {True: set(), False: set()}
    for variable in registry:
        by_secrecy[variable.secret].update(inputs(variable))
    return by_secrecy[True] - by_secrecy[False]
