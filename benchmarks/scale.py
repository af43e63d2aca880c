"""Scale: what thousands of variables in a hundred plugins cost to load, to read, and to keep."""

from __future__ import annotations

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Final

import attrs

from benchmarks.results import Ratio
from benchmarks.sites import add_plugins

_GROUP: Final = "envatlas.scale"
_NONE: Final = (100, 0)
_FEW: Final = (100, 1)
_SOME: Final = (100, 10)
_MANY: Final = (100, 100)
_BY_VARIABLES: Final = (_NONE, _FEW, _SOME, (100, 30), _MANY)
_BY_PLUGINS: Final = ((1, 10), (10, 10), (30, 10), _SOME)
"""Plugins, and variables a plugin."""
_BAR_LOAD: Final = 11.0
_BAR_READ: Final = 1.2
_BAR_MEMORY: Final = 1.5

_PROGRAM: Final = """
import json, os, time, timeit
from envatlas import Environment, Registry
registry = Registry("scale", group={group!r})
Registry("none", group="envatlas.no.such.group").load()
def resident_kib():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
before = resident_kib()
start = time.process_time()
registry.load()
load = time.process_time() - start
envs = Environment(registry)
for variable in registry:
    getattr(envs, variable.name)
after = resident_kib()
assert len(registry) == {expected} and not registry.problems
read = 0
for variable in [*registry][:1]:
    timer = timeit.Timer(f"envs.{{variable.name}}", timer=time.process_time, globals={{"envs": envs}})
    read = min(timer.repeat(number=100_000, repeat=5)) / 1e5
print(json.dumps({{"load": load, "read": read, "kib": after - before}}))
"""


@attrs.frozen
class Curves:
    """The seconds that a load takes, by the number of variables in a hundred plugins, and by that of plugins."""

    by_variables: dict[int, float]
    by_plugins: dict[int, float]


def measure(rounds: int) -> tuple[list[Ratio], Curves]:
    """Return how load, read and memory grow with the number of variables."""
    with tempfile.TemporaryDirectory() as folder:
        sites = {shape: pathlib.Path(folder, "x".join(map(str, shape))) for shape in {*_BY_VARIABLES, *_BY_PLUGINS}}
        for (plugins, variables), site in sites.items():
            site.mkdir()
            add_plugins(site, plugins, variables, _GROUP)
        runs = [{shape: _run(site, shape[0] * shape[1]) for shape, site in sites.items()} for _ in range(rounds)]
    middle = {
        shape: {what: statistics.median(run[shape][what] for run in runs) for what in ("load", "read", "kib")}
        for shape in sites
    }
    none, few, some, many = (middle[shape] for shape in (_NONE, _FEW, _SOME, _MANY))
    memory = (many["kib"] - none["kib"]) / (_MANY[0] * _MANY[1])
    topic = f"{_MANY[0] * _MANY[1]} variables in {_MANY[0]} plugins"
    ratios = [
        Ratio(topic, "load", many["load"] / some["load"], "1000 variables", _BAR_LOAD, f"{many['load'] * 1e3:.0f} ms"),
        Ratio(topic, "read", many["read"] / few["read"], "100 variables", _BAR_READ, f"{many['read'] * 1e9:.0f} ns"),
        Ratio(topic, "memory a variable, all read", memory, "1 KiB", _BAR_MEMORY, f"{memory:.2f} KiB"),
    ]
    return ratios, Curves(
        {plugins * variables: middle[plugins, variables]["load"] for plugins, variables in _BY_VARIABLES},
        {plugins: middle[plugins, variables]["load"] for plugins, variables in _BY_PLUGINS},
    )


def _run(site: pathlib.Path, expected: int) -> dict[str, float]:
    program = _PROGRAM.format(group=_GROUP, expected=expected)
    done = subprocess.run(  # noqa: S603  a program of this file
        [sys.executable, "-c", program], env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result
