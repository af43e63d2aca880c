"""Carrying: the texts that Ray's workers must be given, and a runtime environment that gives them.

What is carried, and by which of two ways, is said by `envatlas_vllm_ray.parcels`.
"""

from __future__ import annotations

import importlib
import os
import re
import secrets as randomness
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from envatlas import Registry
from envatlas.redaction import SHOWN_AS
from envatlas_vllm_ray.conflicts import Prefer, settle
from envatlas_vllm_ray.errors import GivenError, refuse_without_ray
from envatlas_vllm_ray.parcels import Parcel, Way, meant, own_texts, parcels, within_limit

if TYPE_CHECKING:
    from ray.runtime_env import RuntimeEnv

Hook = Callable[[], object]

_ENV_VARS: Final = "env_vars"
_SETUP_HOOK: Final = "worker_process_setup_hook"
_HOOK: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_SALT: Final = 16
"""In bytes. Ray names a hook by a hash of what is in it, and shows the name; with a salt that tells nothing."""


@attrs.frozen(eq=False, repr=False)  # its representation and its tracebacks would show secrets
class Carried(Mapping[str, str]):
    """The texts that workers must be given, by their names.

    It is a mapping, and equal to any that has the same; only its representation shows no secret.

    Attributes:
        secrets: The names whose texts must not be shown.

    >>> Carried({"VLLM_USE_V1": "1", "S3_ACCESS_KEY_ID": "AKIA"}, frozenset({"S3_ACCESS_KEY_ID"}))
    <Carried: VLLM_USE_V1='1', S3_ACCESS_KEY_ID=<secret>>
    """

    _texts: Mapping[str, str] = attrs.field(repr=False)  # for whoever shows objects by their fields
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
        into: A runtime environment to merge into; it is not changed, and what is in no conflict is kept. A hook of its
            own runs after this one.
        secrets: The names of the secrets to carry as well.
        node_wins: The names of variables that are given only to the workers of nodes that have none of their own.
        prefer: What counts where the two conflict; conflicts are an error where it is not given.

    Raises:
        RuntimeEnvConflictError: All the names in the ``env_vars`` of ``into`` that give a variable another text than is
            carried, under whichever of its names; that Ray would show, as they are secrets; or that workers must not
            share.
        CarryError: One that is named as a secret is none, or is not of scope ``cluster``; or the ``env_vars`` that are
            given are more than Ray can pass.
        UnknownVariableError: Nobody declares a name.
        GivenError: ``into`` is no runtime environment, or has ``env_vars`` or a hook that are none.
        RayMissingError: Ray is not installed.
        ValueError: ``prefer`` is none of `Prefer`, nor the text of one.
    """
    try:
        from ray.runtime_env import RuntimeEnv  # noqa: PLC0415  the extra `cluster`; most starts need no Ray
    except ModuleNotFoundError as error:
        refuse_without_ray(error)
        raise
    given = _given({} if into is None else into)
    secrets, node_wins = meant(registry, secrets), meant(registry, node_wins)
    found = parcels(registry, environ, secrets=secrets, node_wins=node_wins)
    would = [each for each in found if each.way is not Way.NONE]
    env_vars = dict(given.pop(_ENV_VARS, None) or {})
    settled, env_vars = settle(registry, would, env_vars, secrets, None if prefer is None else Prefer(prefer))
    taken = within_limit(settled, env_vars)
    hooked = [_with_all(registry, each, env_vars) for each in taken if each.way is Way.SETUP_HOOK]
    by_hook = {name for each in hooked for name in each.texts}  # or no node's own text would win
    env_vars = {name: text for name, text in env_vars.items() if name not in by_hook}
    env_vars |= {name: text for each in taken if each.way is Way.ENV_VARS for name, text in each.texts.items()}
    if env_vars:
        given[_ENV_VARS] = env_vars
    if hooked:
        given[_SETUP_HOOK] = _hook(hooked, node_wins, given.get(_SETUP_HOOK))
    return RuntimeEnv(**given)


def _given(into: object) -> dict[str, Any]:
    """Return a copy of a given runtime environment; Ray itself would find out late, or on the workers.

    Raises:
        GivenError: What is merged into is not what Ray takes.
    """
    if not isinstance(into, Mapping):
        raise GivenError("into", "a runtime environment, which is a mapping", type(into).__name__)
    given: dict[str, Any] = {**cast("Mapping[str, Any]", into)}
    env_vars, hook = given.get(_ENV_VARS), given.get(_SETUP_HOOK)
    if env_vars is not None and not _holds_texts(env_vars):
        raise GivenError(_ENV_VARS, "a mapping of texts by names", type(env_vars).__name__)
    if hook is not None and not callable(hook) and not (isinstance(hook, str) and _HOOK.fullmatch(hook)):
        raise GivenError(_SETUP_HOOK, "a function, or module.function", repr(hook))
    return given


def _holds_texts(env_vars: object) -> bool:
    if not isinstance(env_vars, Mapping):
        return False
    items = cast("Mapping[object, object]", env_vars).items()
    return all(isinstance(name, str) and isinstance(text, str) for name, text in items)


def _with_all(registry: Registry, parcel: Parcel, env_vars: Mapping[str, str]) -> Parcel:
    """Return a parcel with the names as well under which the same text is given already."""
    return attrs.evolve(parcel, texts={**own_texts(registry, parcel.variable, env_vars), **parcel.texts})


def _hook(hooked: Sequence[Parcel], node_wins: Collection[str], then: Hook | str | None) -> Hook:
    """Return what workers run first. It needs no package of this project on their nodes, as Ray sends all of it."""
    yielding = [
        (each.variable.sources, each.variable.kind.empty_is_unset, dict(each.texts))
        for each in hooked
        if each.variable.name in node_wins
    ]
    always = [dict(each.texts) for each in hooked if each.variable.name not in node_wins]
    contents = (randomness.token_bytes(_SALT), always, yielding, then)

    def envatlas_carries() -> None:
        _, always, yielding, following = contents
        for texts in always:
            os.environ.update(texts)
        for names, empty_is_unset, texts in yielding:
            own = [os.environ[name] for name in names if name in os.environ]
            if not (any(text.strip() for text in own) if empty_is_unset else own):
                os.environ.update(texts)
        if isinstance(following, str):
            module, _, function = following.rpartition(".")
            getattr(importlib.import_module(module), function)()
        elif following is not None:
            following()

    return envatlas_carries
