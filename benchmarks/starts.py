"""Starting: what a whole process pays until it has its first value, and all of them."""

from __future__ import annotations

import pathlib
import tempfile
from typing import Final

from benchmarks.measuring import time_programs
from benchmarks.results import Ratio
from benchmarks.sites import ROOT, add_unrelated, make_environment

FEW: Final = 50
USUAL: Final = 500
MANY: Final = 2000

_BARE: Final = "the bare interpreter"
_FLOOR: Final = "import attrs, pluggy, importlib_metadata"
_FIRST: Final = "envatlas, first value"
_ALL: Final = "envatlas, all 94 values"

_MINE: Final = {
    _BARE: "pass",
    _FLOOR: "import attrs, pluggy, importlib_metadata",
    _FIRST: "from envatlas.vllm import envs; envs.VLLM_PORT",
    _ALL: "from envatlas.vllm import envs; assert len([getattr(envs, name) for name in envs]) == 94",
}
_PEERS: Final = {
    "dict of lambdas": (
        "import os, sys\n"
        "environment_variables = {f'VLLM_{n}': lambda: int(os.getenv('VLLM_PORT', '0')) for n in range(94)}\n"
        "environment_variables['VLLM_0']()"
    ),
    "pydantic-settings": (
        "from pydantic_settings import BaseSettings\n"
        "class S(BaseSettings):\n    VLLM_PORT: int | None = None\n"
        "S().VLLM_PORT"
    ),
    "typed-settings": (
        "import typed_settings\n@typed_settings.settings\nclass S:\n    vllm_port: int | None = None\n"
        "typed_settings.load(S, 'x', env_prefix='').vllm_port"
    ),
    "environ-config": (
        "import environ\n@environ.config(prefix='')\nclass S:\n"
        "    vllm_port = environ.var(default=None, converter=lambda text: text and int(text))\n"
        "environ.to_config(S).vllm_port"
    ),
    "environs": "from environs import Env\nEnv().int('VLLM_PORT', None)",
    "stevedore, importing the 16 plugins": (
        "import stevedore\n"
        "assert len(stevedore.ExtensionManager('envatlas.vllm', invoke_on_load=False).extensions) == 16"
    ),
    "pluggy's own loader, importing the 16 plugins": (
        "import pluggy\nmanager = pluggy.PluginManager('envatlas')\n"
        "assert manager.load_setuptools_entrypoints('envatlas.vllm') == 16"
    ),
}
_BARS: Final = {_FIRST: 1.5, _ALL: 1.7}
_BAR_MANY: Final = 1.3


def measure(rounds: int) -> tuple[list[Ratio], dict[int, float]]:
    """Return what starts cost, above the bare interpreter, of the imports alone.

    Returns:
        The ratios; and the seconds to the first value, by the number of unrelated distributions.
    """
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".benchmarks-") as folder:  # stevedore keeps no cache for /tmp
        pythons = {count: _make(pathlib.Path(folder, str(count)), count) for count in (FEW, USUAL, MANY)}
        programs = {(count, name): [pythons[count], "-c", _MINE[name]] for count in pythons for name in (_BARE, _FIRST)}
        programs |= {(USUAL, name): [pythons[USUAL], "-c", code] for name, code in {**_MINE, **_PEERS}.items()}
        times = time_programs(programs, rounds)
    above = {(count, name): seconds - times[count, _BARE] for (count, name), seconds in times.items()}
    floor = above[USUAL, _FLOOR]
    ratios = [
        Ratio(f"start, {USUAL} unrelated distributions", name, seconds / floor, _FLOOR, _BARS.get(name), _ms(seconds))
        for (count, name), seconds in above.items()
        if count == USUAL and name not in {_BARE, _FLOOR}
    ]
    curve = {count: above[count, _FIRST] for count in pythons}
    grown = Ratio(
        f"start, {MANY} unrelated distributions",
        _FIRST,
        curve[MANY] / curve[FEW],
        f"with {FEW}",
        _BAR_MANY,
        _ms(curve[MANY]),
    )
    return [*ratios, grown], curve


def _make(folder: pathlib.Path, unrelated: int) -> str:
    add_unrelated(make_environment(folder), unrelated)
    return str(folder / "bin" / "python")


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"
