"""How things are timed: several contenders in turn, round by round, so that a machine's drift meets all of them.

Time is the processor's, which does not pass while other programs have it.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs

K = TypeVar("K")


@attrs.frozen
class Statement:
    """A statement to time, and the names that it uses.

    Attributes:
        text: The statement.
        names: What its names are.
    """

    text: str
    names: Mapping[str, object]

    def seconds(self, number: int) -> float:
        """Return how long the statement takes once, on the average of a number of times."""
        return timeit.Timer(self.text, timer=time.process_time, globals={**self.names}).timeit(number) / number


def time_statements(statements: Mapping[K, Statement], rounds: int, number: int) -> dict[K, float]:
    """Return the median time of each statement, in seconds."""
    return _in_turn({key: lambda each=each: each.seconds(number) for key, each in statements.items()}, rounds)


def time_programs(programs: Mapping[K, Sequence[str]], rounds: int) -> dict[K, float]:
    """Return the median time of each program as a whole process, in seconds; one run before does not count."""
    for program in programs.values():
        _run(program)
    return _in_turn({key: lambda program=program: _run(program) for key, program in programs.items()}, rounds)


def _in_turn(contenders: Mapping[K, Callable[[], float]], rounds: int) -> dict[K, float]:
    times: dict[K, list[float]] = {key: [] for key in contenders}
    for _ in range(rounds):
        for key, contender in contenders.items():
            times[key].append(contender())
    return {key: statistics.median(each) for key, each in times.items()}


def _run(program: Sequence[str]) -> float:
    start = _seconds_of_children()
    done = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603  programs of this folder
    seconds = _seconds_of_children() - start
    if done.returncode != 0:
        sys.exit(f"a contender failed: {program}\n{done.stderr}")
    return seconds


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
