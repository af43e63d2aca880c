"""Carrying: the variables that Ray's workers must be given, and a runtime environment that gives them.

What must be the same in every process of a deployment is declared with the scope ``cluster``; that, and nothing else,
is carried. Two ways lead to a worker:

- ``env_vars`` of a runtime environment: the texts are there before the worker's Python starts. Ray shows them in its
  logs, in the job's metadata and in the dashboard.
- a setup hook, a function that each worker runs before anything of the job, and after Ray's own imports. Ray shows its
  name. What must not be shown goes this way, and what Ray would change: it expands ``$`` in the texts of the other one.
"""

from __future__ import annotations

import enum
import importlib
import json
import os
import secrets as randomness
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from envatlas import Registry, Scope, Variable
from envatlas.redaction import SHOWN_AS
from envatlas.values import find_text
from envatlas_vllm_ray.errors import CarryError, Conflict, RayMissingError, RuntimeEnvConflictError

if TYPE_CHECKING:
    from ray.runtime_env import RuntimeEnv

Hook = Callable[[], object]

_ENV_VARS: Final = "env_vars"
_SETUP_HOOK: Final = "worker_process_setup_hook"
_SALT: Final = 16
"""In bytes. Ray names a hook by a hash of what is in it, and shows the name; with a salt that tells nothing."""


class Way(enum.StrEnum):
    """How a variable reaches the workers."""

    ENV_VARS = "env_vars"
    """In the runtime environment's ``env_vars``, which Ray shows."""
    SETUP_HOOK = "setup hook"
    """By the function that each worker runs first; nothing shows the text."""
    NONE = "no"
    """It does not."""


class Prefer(enum.StrEnum):
    """What counts where a given runtime environment and what is carried conflict."""

    GIVEN = "given"
    CARRIED = "carried"


_MOST_BY_RAY: Final = 100_000
"""In characters of JSON. Ray passes all ``env_vars`` to a worker in one argument, for which Linux has 128 KiB; a worker
that is given more dies at its start, and nothing says so."""


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


@attrs.frozen(eq=False, repr=False)  # its representation and its tracebacks would show secrets
class Carried(Mapping[str, str]):
    """The texts that workers must be given, by their names.

    It is a mapping, and equal to any that has the same; only its representation shows no secret.

    Attributes:
        secrets: The names whose texts must not be shown.

    >>> Carried({"VLLM_USE_V1": "1", "S3_ACCESS_KEY_ID": "AKIA"}, frozenset({"S3_ACCESS_KEY_ID"}))
    <Carried: VLLM_USE_V1='1', S3_ACCESS_KEY_ID=<secret>>
    """

    _texts: Mapping[str, str]
    secrets: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        shown = (f"{name}={SHOWN_AS if name in self.secrets else repr(text)}" for name, text in self.items())
        return f"<Carried: {', '.join(shown)}>"


def carried(registry: Registry, environ: Mapping[str, str] | None = None, *, secrets: Collection[str] = ()) -> Carried:
    """Return the texts that workers must be given: those of every variable of scope ``cluster`` that is set.

    They are the texts as they stand, under the names that are set; that one cannot be read is for whoever reads it.

    Args:
        registry: The registry; its plugins decide what there is to carry.
        environ: The environment; the registry's own where it is not given.
        secrets: The names of the secrets to carry as well; no other is.

    Raises:
        CarryError: One that is named as a secret is none, or is not of scope ``cluster``.
        UnknownVariableError: Nobody declares it.

    >>> from envatlas.vllm import registry
    >>> carried(registry, {"VLLM_USE_V1": "1", "VLLM_HOST_IP": "10.0.0.1", "S3_ACCESS_KEY_ID": "AKIA"})
    <Carried: VLLM_USE_V1='1'>
    """
    taken = [each for each in parcels(registry, environ, secrets=secrets) if each.way is not Way.NONE]
    texts = {name: text for each in taken for name, text in each.texts.items()}
    return Carried(texts, frozenset(name for each in taken if each.variable.secret for name in each.texts))


def runtime_env(  # noqa: PLR0913  three of them are seldom given, and by name
    registry: Registry,
    environ: Mapping[str, str] | None = None,
    *,
    into: Mapping[str, object] | None = None,
    secrets: Collection[str] = (),
    node_wins: Collection[str] = (),
    prefer: Prefer | None = None,
) -> RuntimeEnv:
    """Return a Ray runtime environment that gives workers what must be carried, for ``ray.init(runtime_env=...)``.

    Where it has a setup hook (for secrets, for what a node may decide, and for texts with a ``$``), it is for a whole
    job: Ray takes no function as the hook of a single actor or task.

    Args:
        registry: The registry.
        environ: The environment; the registry's own where it is not given.
        into: A runtime environment to merge into; it is not changed, and all that it has is kept. A hook of its own
            runs after this one.
        secrets: The names of the secrets to carry as well.
        node_wins: The names of variables that are given only to the workers of nodes that have none of their own.
        prefer: What counts where the two conflict; conflicts are an error where it is not given.

    Raises:
        RuntimeEnvConflictError: All the names that ``into`` sets to another text, or where Ray would show a secret
            that was to be carried unseen.
        CarryError: One that is named as a secret is none, or is not of scope ``cluster``.
        UnknownVariableError: Nobody declares a name.
        RayMissingError: Ray is not installed.
        ValueError: ``prefer`` is none of `Prefer`, nor the text of one.
    """
    try:
        from ray.runtime_env import RuntimeEnv  # noqa: PLC0415  the extra `cluster`; most starts need no Ray
    except ModuleNotFoundError as error:
        raise RayMissingError.here() from error
    prefer = None if prefer is None else Prefer(prefer)
    given: dict[str, Any] = dict(into or {})
    env_vars: dict[str, str] = dict(given.get(_ENV_VARS) or {})
    found = parcels(registry, environ, secrets=secrets, node_wins=node_wins)
    taken = [each for each in found if each.way is not Way.NONE]
    conflicts = tuple(_conflicts(taken, env_vars))
    if conflicts and prefer is None:
        raise RuntimeEnvConflictError(conflicts)
    in_conflict = {each.name for each in conflicts}
    if prefer is Prefer.CARRIED:
        env_vars = {name: text for name, text in env_vars.items() if name not in in_conflict}
    else:
        taken = [each for each in taken if in_conflict.isdisjoint(each.texts)]
    env_vars |= {name: text for each in taken if each.way is Way.ENV_VARS for name, text in each.texts.items()}
    hooked = [each for each in taken if each.way is Way.SETUP_HOOK]
    if hooked:
        given[_SETUP_HOOK] = _hook(hooked, node_wins, given.get(_SETUP_HOOK))
    by_hook = {name for each in hooked for name in each.texts}
    env_vars = {name: text for name, text in env_vars.items() if name not in by_hook}  # or no node's own text would win
    given.pop(_ENV_VARS, None)
    if env_vars:
        given[_ENV_VARS] = env_vars
    return RuntimeEnv(**given)


def parcels(
    registry: Registry,
    environ: Mapping[str, str] | None = None,
    *,
    secrets: Collection[str] = (),
    node_wins: Collection[str] = (),
) -> tuple[Parcel, ...]:
    """Return every variable that is set, and whether and how it is carried.

    Args:
        registry: The registry.
        environ: The environment; the registry's own where it is not given.
        secrets: The names of the secrets to carry.
        node_wins: The names of variables for which a node's own text counts more.

    Raises:
        CarryError: One that is named as a secret is none, or is not of scope ``cluster``.
        UnknownVariableError: Nobody declares a name.

    >>> from envatlas.vllm import registry
    >>> [(each.variable.name, each.why) for each in parcels(registry, {"VLLM_HOST_IP": "10.0.0.1"})]
    [('VLLM_HOST_IP', 'its scope is node')]
    """
    environ = registry.environ if environ is None else environ
    _require_secrets(registry, secrets)
    yielding = {registry[name].name for name in node_wins}
    is_set = [variable for variable in registry if find_text(variable, environ) is not None]
    return tuple(_within_limit([_parcel(each, environ, set(secrets), yielding) for each in is_set]))


def _within_limit(made: Sequence[Parcel]) -> Iterator[Parcel]:
    """Yield what is carried, the largest by the hook where it is more than Ray can pass."""
    sizes = {each.variable.name: len(json.dumps(dict(each.texts))) for each in made if each.way is Way.ENV_VARS}
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)
    moved: set[str] = set()
    total = sum(sizes.values())
    while total > _MOST_BY_RAY and largest:
        name = largest.pop(0)
        moved.add(name)
        total -= sizes[name]
    for each in made:
        is_moved = each.variable.name in moved
        yield attrs.evolve(each, way=Way.SETUP_HOOK, why="Ray cannot pass so much") if is_moved else each


def _require_secrets(registry: Registry, names: Iterable[str]) -> None:
    for name in names:
        variable = registry[name]
        if not variable.secret:
            raise CarryError(name, "it is named as a secret, and is none", "leave it out: it is carried as it is")
        if variable.scope is not Scope.CLUSTER:
            raise CarryError(name, f"its scope is {variable.scope}", "set it where it is needed")


def _parcel(
    variable: Variable[object], environ: Mapping[str, str], secrets: Collection[str], yielding: Collection[str]
) -> Parcel:
    texts = {name: environ[name] for name in variable.sources if name in environ}
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


def _conflicts(taken: Iterable[Parcel], env_vars: Mapping[str, str]) -> Iterator[Conflict]:
    for parcel in taken:
        is_secret = parcel.variable.secret
        for name, text in parcel.texts.items():
            if name not in env_vars:
                continue
            if is_secret:
                yield Conflict(name, "it is a secret, and Ray shows the env_vars that it is given in")
            elif env_vars[name] != text:
                yield Conflict(name, f"{env_vars[name]!r} is given, and {text!r} carried")


def _hook(hooked: Sequence[Parcel], node_wins: Collection[str], then: Hook | str | None) -> Hook:
    """Return what workers run first. It needs no package of this project on their nodes, as Ray sends all of it."""
    yielding = [(each.variable.sources, dict(each.texts)) for each in hooked if each.variable.name in node_wins]
    always = [dict(each.texts) for each in hooked if each.variable.name not in node_wins]
    contents = (randomness.token_bytes(_SALT), always, yielding, then)

    def envatlas_carries() -> None:
        _, always, yielding, following = contents
        for texts in always:
            os.environ.update(texts)
        for names, texts in yielding:
            if not any(name in os.environ for name in names):
                os.environ.update(texts)
        if isinstance(following, str):
            module, _, function = following.rpartition(".")
            getattr(importlib.import_module(module), function)()
        elif following is not None:
            following()

    return envatlas_carries
