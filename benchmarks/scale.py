"""Scale: what thousands of variables in a hundred plugins cost to load, to read, and to keep."""

from __future__ import annotations

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Final

from benchmarks.results import Ratio
from benchmarks.sites import add_plugins

_GROUP: Final = "envatlas.scale"
_PLUGINS: Final = 100
_SIZES: Final = (0, 10, 30, 100)
"""Variables a plugin."""
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
start = time.perf_counter()
registry.load()
load = time.perf_counter() - start
after = resident_kib()
assert len(registry) == {expected} and not registry.problems
envs = Environment(registry)
name = next(iter(registry)).name if len(registry) else None
read = min(timeit.repeat(f"envs.{{name}}", globals={{"envs": envs}}, number=100_000, repeat=5)) / 1e5 if name else 0
print(json.dumps({{"load": load, "read": read, "kib": after - before}}))
"""


def measure(rounds: int) -> tuple[list[Ratio], dict[int, float]]:
    """Return how load, read and memory grow with the number of variables.

    Returns:
        The ratios; and the seconds that a load takes, by the number of variables.
    """
    with tempfile.TemporaryDirectory() as folder:
        sites = {size: pathlib.Path(folder, str(size)) for size in _SIZES}
        for size, site in sites.items():
            site.mkdir()
            add_plugins(site, _PLUGINS, size, _GROUP)
        runs = [{size: _run(site, size * _PLUGINS) for size, site in sites.items()} for _ in range(rounds)]
    middle = {
        size: {what: statistics.median(run[size][what] for run in runs) for what in ("load", "read", "kib")}
        for size in _SIZES
    }
    none, few, many = middle[_SIZES[0]], middle[_SIZES[1]], middle[_SIZES[-1]]
    count = _SIZES[-1] * _PLUGINS
    topic, of = f"{count} variables in {_PLUGINS} plugins", f"with {_SIZES[1] * _PLUGINS}"
    memory = (many["kib"] - none["kib"]) / count
    return [
        Ratio(topic, "load", many["load"] / few["load"], of, _BAR_LOAD, f"{many['load'] * 1e3:.0f} ms"),
        Ratio(topic, "read", many["read"] / few["read"], of, _BAR_READ, f"{many['read'] * 1e9:.0f} ns"),
        Ratio(topic, "memory a variable", memory, "1 KiB", _BAR_MEMORY, f"{memory:.2f} KiB"),
    ], {size * _PLUGINS: each["load"] for size, each in middle.items()}


def _run(site: pathlib.Path, expected: int) -> dict[str, float]:
    program = _PROGRAM.format(group=_GROUP, expected=expected)
    done = subprocess.run(  # noqa: S603  a program of this file
        [sys.executable, "-c", program], env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result
