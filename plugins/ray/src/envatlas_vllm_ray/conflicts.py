"""Conflicts: where the ``env_vars`` of a given runtime environment and what is carried contradict each other."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from envatlas import Registry, Scope, Variable
from envatlas.values import find_text
from envatlas_vllm_ray.errors import Conflict, RuntimeEnvConflictError
from envatlas_vllm_ray.parcels import Parcel, Way, own_texts

_SHOWN: Final = "it is a secret, and Ray shows the env_vars that it is given in"


class Prefer(enum.StrEnum):
    """What counts where a given runtime environment and what is carried conflict."""

    GIVEN = "given"
    """What is given stays in ``env_vars`` as it is: a secret as well, which Ray then shows."""
    CARRIED = "carried"
    """What is given is taken out, under all names of its variable. A secret that was named goes by the setup hook, with
    the given text if the environment has none; what is not carried reaches no worker."""


def settle(
    registry: Registry,
    taken: Sequence[Parcel],
    env_vars: Mapping[str, str],
    secrets: Collection[str],
    prefer: Prefer | None,
) -> tuple[list[Parcel], dict[str, str]]:
    """Return what is carried, and which of the given ``env_vars`` stay, so that no two of them conflict.

    Args:
        registry: The registry.
        taken: What would be carried.
        env_vars: What is given.
        secrets: The names of the secrets that are to be carried.
        prefer: What counts where they conflict.

    Raises:
        RuntimeEnvConflictError: They conflict, and it is not said what counts.

    >>> from envatlas.vllm import registry
    >>> settle(registry, [], {"VLLM_HOST_IP": "10.0.0.1", "OTHER": "1"}, [], Prefer.CARRIED)
    ([], {'OTHER': '1'})
    """
    carried = {each.variable.name: each for each in taken}
    found = {each.name: tuple(_conflicts(each, carried.get(each.name), env_vars)) for each in registry if env_vars}
    in_conflict = [registry[name] for name, conflicts in found.items() if conflicts]
    hidden = _secrets_of_others(registry, env_vars) if env_vars else []
    conflicts = (*(one for each in found.values() for one in each), *(Conflict(name, _SHOWN) for name in hidden))
    if conflicts and prefer is None:
        raise RuntimeEnvConflictError(conflicts)
    if prefer is not Prefer.CARRIED:
        return [each for each in taken if not found.get(each.variable.name)], dict(env_vars)
    named = [
        _hidden(registry, each, env_vars) for each in in_conflict if each.name in secrets and each.name not in carried
    ]
    dropped = {*hidden, *(name for each in in_conflict for name in each.sources)}
    left = {name: text for name, text in env_vars.items() if name not in dropped}
    return [*taken, *(each for each in named if each.texts)], left


def _conflicts(variable: Variable[object], parcel: Parcel | None, env_vars: Mapping[str, str]) -> Iterator[Conflict]:
    for name in variable.sources:
        if name in env_vars and (why := _why(variable, parcel, name, env_vars[name])):
            yield Conflict(name, why)


def _why(variable: Variable[object], parcel: Parcel | None, name: str, text: str) -> str:
    """Return why a variable is not to be given a text under a name; empty if nothing is against it."""
    if variable.secret:
        return _SHOWN
    if variable.scope is not Scope.CLUSTER:
        return f"its scope is {variable.scope}, and every worker would have it"
    texts: Mapping[str, str] = {} if parcel is None else parcel.texts
    if name in texts:
        return "" if texts[name] == text else f"{text!r} is given, and {texts[name]!r} carried"
    found = find_text(variable, texts)
    return "" if found is None or found[1] == text else f"{text!r} is given, and {found[1]!r} carried as {found[0]}"


def _secrets_of_others(registry: Registry, env_vars: Mapping[str, str]) -> list[str]:
    """Return the names that are given of secrets whose plugins are not active."""
    active = {name for variable in registry for name in variable.sources}
    return [name for name in env_vars if name in registry.secret_names and name not in active]


def _hidden(registry: Registry, variable: Variable[object], env_vars: Mapping[str, str]) -> Parcel:
    return Parcel(variable, own_texts(registry, variable, env_vars), Way.SETUP_HOOK, "it is a secret")
