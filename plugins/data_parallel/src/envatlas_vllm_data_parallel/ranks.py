"""Ranks: whether the environments of data-parallel processes fit together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from envatlas import InvalidValueError
from envatlas.environs import UntoldTextError
from envatlas.findings import Finding, Severity
from envatlas.values import read
from envatlas_vllm_data_parallel import VARIABLES

_RANK: Final = "VLLM_DP_RANK"
_SIZE: Final = "VLLM_DP_SIZE"
_SHARED: Final = {
    _SIZE: "A rank waits for as many others as it was told of",
    "VLLM_DP_MASTER_IP": "Ranks meet at the master's address",
    "VLLM_DP_MASTER_PORT": "Ranks meet at the master's port",
}
"""What all ranks must agree in, and why."""
_MOST_NAMED: Final = 8


def check_ranks(environs: Sequence[Mapping[str, str]]) -> tuple[Finding, ...]:
    r"""Return everything in which the environments of data-parallel processes do not fit together.

    Ranks are 0 to the size less one, each once; the size and the master's address and port are the same for all. A
    value that cannot be read is a finding as well; what depends on it, or on one that a file does not tell, is not
    judged.

    Args:
        environs: The environments, one a process; findings call them by their places, from 0.

    >>> check_ranks([{"VLLM_DP_RANK": "0", "VLLM_DP_SIZE": "2"}, {"VLLM_DP_RANK": "1", "VLLM_DP_SIZE": "2"}])
    ()
    >>> print(*check_ranks([{"VLLM_DP_SIZE": "2"}, {"VLLM_DP_SIZE": "2"}]), sep="\n")
    error: VLLM_DP_RANK: rank 0 is that of the processes 0, 1 [rank-twice]
    error: VLLM_DP_RANK: no process has the rank 1 [rank-missing]
    """
    values: dict[str, dict[int, object]] = {variable.name: {} for variable in VARIABLES}
    findings: list[Finding] = []
    for variable in VARIABLES:
        for place, environ in enumerate(environs):
            try:
                values[variable.name][place] = read(variable, environ)
            except InvalidValueError as error:
                findings.append(_unreadable(variable.name, place, error))
            except UntoldTextError:
                continue
    for name, why in _SHARED.items():
        findings += _differing(name, values[name], why)
    sizes = {*values[_SIZE].values()}
    is_known = len(sizes) == 1 and len(values[_SIZE]) == len(values[_RANK]) == len(environs)
    findings += _misplaced(values[_RANK], sizes.pop() if is_known else None)
    return tuple(findings)


def _unreadable(name: str, place: int, error: InvalidValueError) -> Finding:
    return Finding(
        "rank-value-unreadable",
        Severity.ERROR,
        name,
        f"in the process {place}, {error.source}={error.text!r}, and expected is {error.expected}",
        "That process ends with an error",
        f"set {error.source} to {error.expected}",
    )


def _differing(name: str, values: Mapping[int, object], why: str) -> Iterator[Finding]:
    by_value = _by_value(values)
    if len(by_value) > 1:
        found = "; ".join(f"it is {value!r} in the {_named(places)}" for value, places in by_value.items())
        yield Finding("rank-value-differs", Severity.ERROR, name, found, why, f"set {name} to one value for all ranks")


def _misplaced(ranks: Mapping[int, object], size: object) -> Iterator[Finding]:
    """Yield what is wrong with ranks; which are missing, and which too high, only where the size is known."""
    by_rank = _by_value(ranks)
    for rank, places in by_rank.items():
        if len(places) > 1:
            found = f"rank {rank} is that of the {_named(places)}"
            yield _of_rank("rank-twice", found, "Two processes cannot be one rank", "give each process its own")
    if not isinstance(size, int):
        return
    for rank, places in by_rank.items():
        if rank not in range(size):
            found = f"rank {rank} of the {_named(places)} is none of 0 to {size - 1}"
            yield _of_rank("rank-out-of-range", found, "Ranks count up to the size less one", f"correct it, or {_SIZE}")
    count = size - sum(rank in range(size) for rank in by_rank)
    if count > 0:
        missing = list(itertools.islice((rank for rank in range(size) if rank not in by_rank), min(count, _MOST_NAMED)))
        found = f"no process has the {_listed('rank', 'ranks', missing, count)}"
        yield _of_rank("rank-missing", found, "The others wait for it", f"start a process with {_RANK}={missing[0]}")


def _of_rank(code: str, found: str, why: str, remedy: str) -> Finding:
    return Finding(code, Severity.ERROR, _RANK, found, why, remedy)


def _by_value(values: Mapping[int, object]) -> dict[object, list[int]]:
    """Return the places of each value, the values in the order in which they come."""
    by_value: dict[object, list[int]] = {}
    for place, value in values.items():
        by_value.setdefault(value, []).append(place)
    return by_value


def _named(places: Sequence[int]) -> str:
    return _listed("process", "processes", places, len(places))


def _listed(one: str, several: str, numbers: Sequence[int], count: int) -> str:
    """Return the first of some numbers, and how many more there are; a size that was mistyped may be any number."""
    listed = ", ".join(map(str, numbers[:_MOST_NAMED]))
    more = f" and {count - _MOST_NAMED} more" if count > _MOST_NAMED else ""
    return f"{one if count == 1 else several} {listed}{more}"
