"""Ranks: whether the environments of data-parallel processes fit together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar, cast

from envatlas import InvalidValueError
from envatlas.environs import UntoldTextError
from envatlas.findings import Finding, Severity
from envatlas.messages import Message, joined, marked, message_of
from envatlas.values import read
from envatlas_vllm_data_parallel import VARIABLES

T = TypeVar("T")

_RANK: Final = "VLLM_DP_RANK"
_SIZE: Final = "VLLM_DP_SIZE"
_SHARED: Final = {
    _SIZE: marked("A rank waits for as many others as it was told of"),
    "VLLM_DP_MASTER_IP": marked("Ranks meet at the master's address"),
    "VLLM_DP_MASTER_PORT": marked("Ranks meet at the master's port"),
}
"""What all ranks must agree in, and why."""
_MOST_NAMED: Final = 8


def check_ranks(environs: Sequence[Mapping[str, str]]) -> tuple[Finding, ...]:
    r"""Return everything in which the environments of data-parallel processes do not fit together.

    Ranks are 0 to the size less one, each once; the size and the master's address and port are the same for all. A
    value that cannot be read is a finding as well, and one that no file tells is a note. Which ranks are missing is
    judged where all of them are known, and the size of each; a rank that is too high, where all that is known of the
    size agrees.

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
    untold: dict[str, list[int]] = {}
    for variable in VARIABLES:
        for place, environ in enumerate(environs):
            try:
                values[variable.name][place] = read(variable, environ)
            except InvalidValueError as error:
                findings.append(_unreadable(variable.name, place, error))
            except UntoldTextError:
                untold.setdefault(variable.name, []).append(place)
    for name, why in _SHARED.items():
        findings += _differing(name, values[name], why)
    ranks, sizes = (cast("Mapping[int, int]", values[name]) for name in (_RANK, _SIZE))
    findings += _misplaced(ranks, sizes, len(environs))
    findings += (_untold(name, places) for name, places in untold.items())
    return tuple(findings)


def _unreadable(name: str, place: int, error: InvalidValueError) -> Finding:
    expected = message_of(error.expected)
    return Finding(
        "rank-value-unreadable",
        Severity.ERROR,
        name,
        Message(
            "in the process {place}, {name}={text}, and expected is {expected}",
            place=place,
            name=error.source,
            text=repr(error.text),
            expected=expected,
        ),
        marked("That process ends with an error"),
        Message("set {name} to {expected}", name=error.source, expected=expected),
    )


def _untold(name: str, places: Sequence[int]) -> Finding:
    return Finding(
        "rank-value-untold",
        Severity.NOTE,
        name,
        Message("no file tells it of the {processes}", processes=_named(places)),
        marked("It may be any there, so it is not judged"),
        marked("give a file that tells it, such as a manifest with its ConfigMap"),
    )


def _differing(name: str, values: Mapping[int, object], why: str) -> Iterator[Finding]:
    by_value = _by_value(values)
    if len(by_value) > 1:
        each = [
            Message("it is {value} in the {processes}", value=repr(value), processes=_named(places))
            for value, places in itertools.islice(by_value.items(), _MOST_NAMED)
        ]
        if len(by_value) > _MOST_NAMED:
            each.append(Message("other values: {count}", count=len(by_value) - _MOST_NAMED))
        found = joined(each, marked("{one}; {other}"))
        remedy = Message("set {name} to one value for all ranks", name=name)
        yield Finding("rank-value-differs", Severity.ERROR, name, found, why, remedy)


def _misplaced(ranks: Mapping[int, int], sizes: Mapping[int, int], count: int) -> Iterator[Finding]:
    """Yield what is wrong with the ranks of as many processes, as far as they and their sizes are known."""
    by_rank = _by_value(ranks)
    size = next(iter(sizes.values())) if len({*sizes.values()}) == 1 else None
    for rank, places in by_rank.items():
        if len(places) > 1:
            found = Message("rank {rank} is that of the {processes}", rank=rank, processes=_named(places))
            why, remedy = marked("Two processes cannot be one rank"), marked("give each process its own")
            yield _of_rank("rank-twice", found, why, remedy)
    for rank, places in by_rank.items():
        if rank < 0 or (size is not None and rank >= size):
            yield _out_of_range(rank, places, size)
    if not count:
        found, why = Message("there is no process"), marked("No environment was given")
        yield _of_rank("rank-missing", found, why, marked("give the environment of each process"))
    if size is not None and len(sizes) == len(ranks) == count:
        yield from _missing(by_rank, size)


def _out_of_range(rank: int, places: Sequence[int], size: int | None) -> Finding:
    processes = _named(places)
    if rank < 0:
        found = Message("rank {rank} of the {processes} is no rank: ranks count from 0", rank=rank, processes=processes)
    else:
        template = marked("rank {rank} of the {processes} is none where {name} is {size}")
        found = Message(template, rank=rank, processes=processes, name=_SIZE, size=size)
    why = marked("Ranks count from 0 up to the size less one")
    return _of_rank("rank-out-of-range", found, why, Message("correct it, or {name}", name=_SIZE))


def _missing(by_rank: Mapping[int, Sequence[int]], size: int) -> Iterator[Finding]:
    count = size - sum(rank in range(size) for rank in by_rank)
    if count > 0:
        missing = list(itertools.islice((rank for rank in range(size) if rank not in by_rank), min(count, _MOST_NAMED)))
        one, many = marked("no process has the rank {ranks}"), marked("no process has the ranks {ranks}")
        found = Message(one if count == 1 else many, ranks=_listed(missing, count))
        remedy = Message("start a process with {name}={rank}", name=_RANK, rank=missing[0])
        yield _of_rank("rank-missing", found, marked("The others wait for it"), remedy)


def _of_rank(code: str, found: str, why: str, remedy: str) -> Finding:
    return Finding(code, Severity.ERROR, _RANK, found, why, remedy)


def _by_value(values: Mapping[int, T]) -> dict[T, list[int]]:
    """Return the places of each value, the values in the order in which they come."""
    by_value: dict[T, list[int]] = {}
    for place, value in values.items():
        by_value.setdefault(value, []).append(place)
    return by_value


def _named(places: Sequence[int]) -> str:
    one, many = marked("process {places}"), marked("processes {places}")
    return Message(one if len(places) == 1 else many, places=_listed(places, len(places)))


def _listed(numbers: Sequence[int], count: int) -> str:
    """Return the first of some numbers, and how many more there are; a size that was mistyped may be any number."""
    listed, more = ", ".join(map(str, numbers[:_MOST_NAMED])), count - _MOST_NAMED
    return Message("{listed} and {more} more", listed=listed, more=more) if more > 0 else listed
