"""What importing a plugin is held to: it is quick, loads nothing heavy, and looks at no environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final, cast

from envatlas.testing.faults import Fault
from envatlas.testing.probe import Told

BUDGET: Final = 1.0
"""As long as importing envatlas takes. A plugin that imports what it should takes a twentieth of that."""

_RUNS: Final = 3
"""The quickest counts: the first compiles the plugin, and another process may be busy."""
_LONGEST_S: Final = 60.0
_CODE: Final = """
import sys, time
def clock():
    try:
        with open("/proc/thread-self/schedstat") as file:
            queued_ns = int(file.read().split()[1])
    except OSError:
        queued_ns = 0
    return time.perf_counter() - queued_ns / 1e9
start_s = clock()
import envatlas
baseline_s = clock() - start_s
from envatlas.testing.probe import tell
tell(sys.argv[1], baseline_s, clock)
"""
"""Its clock stands still while other processes have the processor, where the system tells.

It goes on while the plugin sleeps.
"""


def import_faults(target: str, budget: float = BUDGET, longest_s: float = _LONGEST_S) -> Iterator[Fault]:
    """Yield what is wrong with the import of a plugin, in an interpreter of its own.

    Args:
        target: What an entry point names: ``module`` or ``module:attribute``.
        budget: How long it may take, in times that importing envatlas takes in the same interpreter.
        longest_s: After how many seconds nobody waits for it any longer.

    >>> [*import_faults("envatlas_vllm_rocm")]
    []
    """
    told = _run(target, longest_s)
    for _ in range(_RUNS - 1):
        if told.error or told.ratio <= budget:
            break
        told = min(told, _run(target, longest_s), key=lambda each: each.ratio)
    if told.error:
        yield Fault("import", "", f"a fresh interpreter cannot import {target}: {told.error}", "correct it")
        return
    if told.ratio > budget:
        found = f"importing it takes {told.ratio:.1f} times as long as importing envatlas, and {budget} is allowed"
        yield Fault("import-time", "", found, "do less at import, or import in the functions that need it")
    for package in told.loaded:
        found = f"importing it imports {package}, which is neither envatlas nor the standard library"
        yield Fault("import-heavy", "", found, "import it in the functions that need it")
    for name, place in told.looks:
        remedy = "declare a Variable, or let a Computed default or a check look"
        yield Fault("import-environ", "", f"importing it looks at {name} of os.environ, at {place}", remedy)


def _run(target: str, longest_s: float) -> Told:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(  # noqa: S603  Python itself, as it runs here
            [sys.executable, "-P", "-c", _CODE, target],
            env=environ,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=longest_s,
        )
    except subprocess.TimeoutExpired:
        return Told(0, error=f"it did not end within {longest_s:g} s")
    told = done.stdout.rstrip().rpartition("\n")[2]
    if done.returncode or not told.startswith("{"):
        return Told(0, error=f"the interpreter ended with status {done.returncode}")
    fields = cast("dict[str, Any]", json.loads(told))
    looks = tuple((str(name), str(place)) for name, place in fields["looks"])
    return Told(fields["ratio"], tuple(fields["loaded"]), looks, fields["error"])
