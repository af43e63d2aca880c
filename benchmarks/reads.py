"""Reading: what one value costs, while it is set and while it is not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import attrs

from benchmarks.measuring import Statement, time_statements
from benchmarks.peers import Slot, module_of_lambdas, objects
from benchmarks.results import Ratio
from envatlas import Environment
from envatlas.vllm import registry

_BASELINE: Final = "os.environ.get"
_LAMBDAS: Final = "dict of lambdas"
_SET: Final = 0.35
_UNSET: Final = 0.20
_OF_LAMBDAS: Final = 1 / 8


@attrs.frozen
class _Case:
    """One variable in one environment.

    Attributes:
        topic: What it shows.
        name: The variable.
        environ: What is set; nothing else that the variable depends on is.
        looked_up: The name at which the baseline looks.
        bar: The most that a read may cost, of one look at `os.environ`.
    """

    topic: str
    name: str
    environ: Mapping[str, str]
    looked_up: str
    bar: float | None


_CASES: Final = (
    _Case("integer, set", "VLLM_PORT", {"VLLM_PORT": "5000"}, "VLLM_PORT", _SET),
    _Case("integer, unset", "VLLM_PORT", {}, "VLLM_PORT", _UNSET),
    _Case("flag, set", "VLLM_USE_V1", {"VLLM_USE_V1": "0"}, "VLLM_USE_V1", _SET),
    _Case("flag, unset", "VLLM_USE_V1", {}, "VLLM_USE_V1", _UNSET),
    _Case("path, set", "VLLM_CACHE_ROOT", {"VLLM_CACHE_ROOT": "/models"}, "VLLM_CACHE_ROOT", _SET),
    _Case("path with ~, set", "VLLM_CACHE_ROOT", {"VLLM_CACHE_ROOT": "~/models"}, "VLLM_CACHE_ROOT", _SET),
    _Case("path with a default of the process, unset", "VLLM_RPC_BASE_PATH", {}, "VLLM_RPC_BASE_PATH", _UNSET),
    _Case("list, unset", "VLLM_DISABLED_KERNELS", {}, "VLLM_DISABLED_KERNELS", None),
    _Case("list, set", "VLLM_DISABLED_KERNELS", {"VLLM_DISABLED_KERNELS": "a,b"}, "VLLM_DISABLED_KERNELS", None),
    _Case("path with computed default, unset", "VLLM_CACHE_ROOT", {}, "VLLM_CACHE_ROOT", _UNSET),
    _Case("two names, first set", "VLLM_DO_NOT_TRACK", {"VLLM_DO_NOT_TRACK": "1"}, "VLLM_DO_NOT_TRACK", _SET),
    _Case("two names, second set", "VLLM_DO_NOT_TRACK", {"DO_NOT_TRACK": "1"}, "VLLM_DO_NOT_TRACK", _UNSET),
    _Case("two names, unset", "VLLM_DO_NOT_TRACK", {}, "VLLM_DO_NOT_TRACK", _UNSET),
)


def measure(rounds: int, number: int) -> list[Ratio]:
    """Return what reads cost, of one look at `os.environ`; and what a snapshot's cost, of a slot."""
    ratios = [ratio for case in _CASES for ratio in _measure_case(case, rounds, number)]
    with _environ({"VLLM_PORT": "5000"}):
        ratios += _measure_frozen(rounds, number)
    return ratios


def _measure_case(case: _Case, rounds: int, number: int) -> list[Ratio]:
    with _environ(case.environ):
        envs, lambdas = Environment(registry), module_of_lambdas(cached=False)
        _read_in_other_states(envs, case)
        if getattr(envs, case.name) != getattr(lambdas, case.name):
            raise AssertionError(f"{case.topic}: envatlas and the dict of lambdas disagree")
        times = time_statements(
            {
                _BASELINE: Statement(f"get({case.looked_up!r})", {"get": os.environ.get}),
                "envatlas": Statement(f"envs.{case.name}", {"envs": envs}),
                _LAMBDAS: Statement(f"envs.{case.name}", {"envs": lambdas}),
            },
            rounds,
            number,
        )
    topic = f"read, {case.topic}"
    mine = times["envatlas"]
    return [
        Ratio(topic, "envatlas", mine / times[_BASELINE], _BASELINE, case.bar, _ns(mine)),
        Ratio(topic, _LAMBDAS, times[_LAMBDAS] / times[_BASELINE], _BASELINE, None, _ns(times[_LAMBDAS])),
        Ratio(topic, "envatlas, of the lambdas", mine / times[_LAMBDAS], _LAMBDAS, case.bar and _OF_LAMBDAS),
    ]


def _read_in_other_states(envs: Environment, case: _Case) -> None:
    """Read the variable unset, and as it is, and so again: what is fast must stay so when texts come and go."""
    for environ in (case.environ, {}, case.environ, {}):
        with _environ(environ):
            getattr(envs, case.name)


def _measure_frozen(rounds: int, number: int) -> list[Ratio]:
    from environs import Env

    envs, peers = Environment(registry), objects()
    times = time_statements(
        {
            "slot": Statement("it.VLLM_PORT", {"it": Slot(5000)}),
            "envatlas snapshot": Statement("it.VLLM_PORT", {"it": envs.snapshot()}),
            "envatlas, live": Statement("it.VLLM_PORT", {"it": envs}),
            "dict of lambdas, cached": Statement("it.VLLM_PORT", {"it": module_of_lambdas(cached=True)}),
            "os.environ.get and int": Statement("int(get('VLLM_PORT'))", {"get": os.environ.get}),
            "environs, live": Statement("it.int('VLLM_PORT', None)", {"it": Env()}),
            "pydantic-settings": Statement("it.VLLM_PORT", {"it": peers["pydantic-settings"]}),
            "typed-settings": Statement("it.vllm_port", {"it": peers["typed-settings"]}),
            "environ-config": Statement("it.vllm_port", {"it": peers["environ-config"]}),
        },
        rounds,
        number,
    )
    topic = "read, of a plain slot"
    bars = {"envatlas snapshot": 1.3}
    return [
        Ratio(topic, name, seconds / times["slot"], "a slot", bars.get(name), _ns(seconds))
        for name, seconds in times.items()
        if name != "slot"
    ]


def _ns(seconds: float) -> str:
    return f"{seconds * 1e9:.0f} ns"


@contextmanager
def _environ(texts: Mapping[str, str]) -> Iterator[None]:
    """Have these texts in `os.environ`, and nothing else that the cases depend on."""
    names = (
        "VLLM_RPC_BASE_PATH",
        "VLLM_DISABLED_KERNELS",
        "VLLM_PORT",
        "VLLM_USE_V1",
        "VLLM_CACHE_ROOT",
        "XDG_CACHE_HOME",
        "VLLM_DO_NOT_TRACK",
        "DO_NOT_TRACK",
    )
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ.update(texts)
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)
        os.environ.update({name: text for name, text in before.items() if text is not None})
