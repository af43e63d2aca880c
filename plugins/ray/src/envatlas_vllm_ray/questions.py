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
        "secrets": tuple(sorted(registry.secret_names)),  # also of plugins that are left out here
    }
