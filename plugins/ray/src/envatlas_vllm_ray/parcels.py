"""Parcels: which variables that are set Ray's workers must be given, and by which way.

What must be the same in every process of a deployment is declared with the scope ``cluster``; that, and nothing else,
is carried; a name that is a variable of its own, with another scope, never is. Two ways lead to a worker:

- ``env_vars`` of a runtime environment: the texts are there before the worker's Python starts. Ray shows them in its
  logs, in the job's metadata and in the dashboard.
- a setup hook, a function that each worker runs before anything of the job, and after Ray's own imports. Ray shows its
  name. What must not be shown goes this way, and what Ray would change: it expands ``$`` in the texts of the other one.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import attrs

from envatlas import Registry, Scope, Variable
from envatlas.values import find_text
from envatlas_vllm_ray.errors import CarryError

_MOST_BY_RAY: Final = 100_000
"""In characters of JSON. Ray passes all ``env_vars`` to a worker in one argument, for which Linux has 128 KiB; a worker
that is given more dies at its start, and nothing says so."""


class Way(enum.StrEnum):
    """How a variable reaches the workers."""

    ENV_VARS = "env_vars"
    """In the runtime environment's ``env_vars``, which Ray shows."""
    SETUP_HOOK = "setup hook"
    """By the function that each worker runs first; nothing shows the text."""
    NONE = "no"
    """It does not."""


@attrs.frozen
class Parcel:
    """One variable that is set, and whether and how it is carried.

    Attributes:
        variable: The variable.
        texts: Its texts, by the names under which they are set.
        way: How it is carried.
        why: Why it is carried that way, or not at all, in words; empty where there is nothing to say.
    """

    variable: Variable[object]
    texts: Mapping[str, str] = attrs.field(repr=False)
    way: Way
    why: str = ""


def parcels(
    registry: Registry,
    environ: Mapping[str, str] | None = None,
    *,
    secrets: Collection[str] = (),
    node_wins: Collection[str] = (),
) -> tuple[Parcel, ...]:
    """Return every variable that is set, and whether and how it is carried.

    One that is set only under the name of a variable with another scope is not among them: that one is.

    Args:
        registry: The registry.
        environ: The environment; the registry's own where it is not given.
        secrets: The names of the secrets to carry; any that they are read from.
        node_wins: The names of variables for which a node's own text counts more; likewise.

    Raises:
        CarryError: One that is named as a secret is none, or is not of scope ``cluster``.
        UnknownVariableError: Nobody declares a name.

    >>> from envatlas.vllm import registry
    >>> [(each.variable.name, each.why) for each in parcels(registry, {"VLLM_HOST_IP": "10.0.0.1"})]
    [('VLLM_HOST_IP', 'its scope is node')]
    """
    environ = registry.environ if environ is None else environ
    secrets, yielding = meant(registry, secrets), meant(registry, node_wins)
    _require_secrets(registry, secrets)
    own = [(each, own_texts(registry, each, environ)) for each in registry]
    is_set = [(variable, texts) for variable, texts in own if find_text(variable, texts) is not None]
    return within_limit([_parcel(*each, secrets, yielding) for each in is_set])


def meant(registry: Registry, names: Iterable[str]) -> set[str]:
    """Return the names of the variables that names mean: their own, or others that they are read from.

    Raises:
        UnknownVariableError: Nobody declares a name.

    >>> from envatlas.vllm import registry
    >>> meant(registry, ["DO_NOT_TRACK"])
    {'VLLM_DO_NOT_TRACK'}
    """
    found: set[str] = set()
    for name in names:
        readers = [] if name in registry else [each.name for each in registry if name in each.sources]
        found.update(readers or [registry[name].name])
    return found


def own_texts(registry: Registry, variable: Variable[object], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that go where a variable goes, by their names: all but those of another scope's variables.

    Args:
        registry: The registry.
        variable: The variable.
        environ: The environment.

    >>> from envatlas.vllm import registry
    >>> own_texts(registry, registry["VLLM_DO_NOT_TRACK"], {"DO_NOT_TRACK": "1", "VLLM_PORT": "5000"})
    {'DO_NOT_TRACK': '1'}
    """
    others = {name for name in variable.sources if name in registry and registry[name].scope is not variable.scope}
    return {name: environ[name] for name in variable.sources if name in environ and name not in others}


def within_limit(made: Sequence[Parcel], env_vars: Mapping[str, str] | None = None) -> tuple[Parcel, ...]:
    """Return parcels, the largest by the hook where it is more than Ray can pass.

    Args:
        made: The parcels.
        env_vars: What else a runtime environment has in its ``env_vars``.

    Raises:
        CarryError: That alone is more.

    >>> within_limit([])
    ()
    """
    env_vars = env_vars or {}
    total = _size(env_vars)
    if total > _MOST_BY_RAY:
        largest = max(env_vars, key=lambda name: len(env_vars[name]))
        problem = f"the env_vars that it is given in have {total:,} characters, and Ray can pass {_MOST_BY_RAY:,}"
        raise CarryError(largest, problem, "give workers so much by a file")
    plain = sorted((each for each in made if each.way is Way.ENV_VARS), key=lambda each: _size(each.texts))
    total += sum(_size(each.texts) for each in plain)
    moved: set[str] = set()
    while total > _MOST_BY_RAY:
        each = plain.pop()
        moved.add(each.variable.name)
        total -= _size(each.texts)
    return tuple(_by_hook(each) if each.variable.name in moved else each for each in made)


def _by_hook(parcel: Parcel) -> Parcel:
    return attrs.evolve(parcel, way=Way.SETUP_HOOK, why="Ray cannot pass so much")


def _size(texts: Mapping[str, str]) -> int:
    """Return how many characters of JSON texts are."""
    return len(json.dumps(dict(texts)))


def _require_secrets(registry: Registry, names: Iterable[str]) -> None:
    for name in names:
        variable = registry[name]
        if not variable.secret:
            raise CarryError(name, "it is named as a secret, and is none", "leave it out: it is carried as it is")
        if variable.scope is not Scope.CLUSTER:
            raise CarryError(name, f"its scope is {variable.scope}", "set it where it is needed")


def _parcel(
    variable: Variable[object], texts: Mapping[str, str], secrets: Collection[str], yielding: Collection[str]
) -> Parcel:
    if variable.scope is not Scope.CLUSTER:
        return Parcel(variable, texts, Way.NONE, f"its scope is {variable.scope}")
    if variable.secret:
        if variable.name not in secrets:
            return Parcel(variable, texts, Way.NONE, "it is a secret, and was not named")
        return Parcel(variable, texts, Way.SETUP_HOOK, "it is a secret")
    if variable.name in yielding:
        return Parcel(variable, texts, Way.SETUP_HOOK, "a node's own text counts more")
    if not all(map(_is_kept_by_ray, texts.values())):
        return Parcel(variable, texts, Way.SETUP_HOOK, "Ray would change its text")
    return Parcel(variable, texts, Way.ENV_VARS)


def _is_kept_by_ray(text: str) -> bool:
    """Return whether a text arrives as it stands: Ray expands variables in it, and sends it as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "$" not in text
