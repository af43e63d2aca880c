"""What is known of CPUs: which cores there are, which ranks share them, and how much memory there is."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

from envatlas import Environment, Registry
from envatlas.checks import Check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, cores, memory
from envatlas.messages import Message, marked

_SPAN: Final = re.compile(r"([0-9]+)(?:-([0-9]+))?")
_GIB: Final = 2**30
_BIND: Final = "VLLM_CPU_OMP_THREADS_BIND"


class Span(NamedTuple):
    """One item of a thread binding.

    Attributes:
        first: Its first core.
        last: Its last core; in a range that counts down, it is lower than the first.
        rank: The rank that it belongs to, from 0.
        text: The item as it is written.
    """

    first: int
    last: int
    rank: int
    text: str


def reversed_ranges(_registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find ranges that count down.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*reversed_ranges(registry, {"VLLM_CPU_OMP_THREADS_BIND": "31-0"}, ToldHost()))
    error: VLLM_CPU_OMP_THREADS_BIND: '31-0' counts down [cpu-range-reversed]
    """
    text = environ.get(_BIND, "")
    wrong = [span for span in _spans(text) if span.last < span.first]
    if wrong:
        said = marked("{ranges} count down") if len(wrong) > 1 else marked("{ranges} counts down")
        fixed = _SPAN.sub(lambda found: "-".join(sorted(filter(None, found.groups()), key=_core)), text)
        yield Finding(
            "cpu-range-reversed",
            Severity.ERROR,
            _BIND,
            Message(said, ranges=_listed(wrong)),
            marked("Of such a range only the core that it names first is bound"),
            f"export {_BIND}='{fixed}'",
        )


def missing_cores(_registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find cores that the process may not use, or that there are not.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> environ = {"VLLM_CPU_OMP_THREADS_BIND": "0-3"}
    >>> [each.code for each in missing_cores(registry, environ, ToldHost({cores: frozenset({0, 1})}))]
    ['cpu-no-such-core']
    """
    available = sorted(host.ask(cores) or ())
    spans = _spans(environ.get(_BIND, ""))
    missing = [span for span in spans if not _is_within(span, available)]
    if available and missing:
        one = marked("{items} goes beyond the cores that there are, {cores}")
        many = marked("{items} go beyond the cores that there are, {cores}")
        yield Finding(
            "cpu-no-such-core",
            Severity.ERROR,
            _BIND,
            Message(many if len(missing) > 1 else one, items=_listed(missing), cores=_ranges(available)),
            marked("A core that does not exist, or that the process may not use, cannot be bound"),
            f"export {_BIND}='{_shared_out(available, spans[-1].rank + 1)}'",
        )


def shared_cores(_registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find cores that several ranks are bound to.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*shared_cores(registry, {"VLLM_CPU_OMP_THREADS_BIND": "0-31|31-62"}, ToldHost()))
    warning: VLLM_CPU_OMP_THREADS_BIND: '0-31' of rank 0 and '31-62' of rank 1 share cores [cpu-ranks-share-cores]
    """
    overlaps = _overlaps(_spans(environ.get(_BIND, "")))
    pair = next((pair for pair in overlaps if pair[0].rank != pair[1].rank), None)
    if pair:
        one, other = sorted(pair, key=lambda span: span.rank)
        yield Finding(
            "cpu-ranks-share-cores",
            Severity.WARNING,
            _BIND,
            Message(
                "{item} of rank {rank} and {other} of rank {other_rank} share cores",
                item=repr(one.text),
                rank=one.rank,
                other=repr(other.text),
                other_rank=other.rank,
            ),
            marked(
                "The threads of the ranks take the shared cores from one another, and all ranks wait for the slowest"
            ),
            Message(
                "lscpu --extended=CPU,CORE,NODE  # then give each rank cores of its own in {variable}", variable=_BIND
            ),
        )


def repeated_cores(_registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Find cores that are named twice for one rank.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*repeated_cores(registry, {"VLLM_CPU_OMP_THREADS_BIND": "0-3,2"}, ToldHost()))
    warning: VLLM_CPU_OMP_THREADS_BIND: '0-3' and '2' of rank 0 have cores in common [cpu-core-repeated]
    """
    spans = _spans(environ.get(_BIND, ""))
    ranks = itertools.groupby(spans, key=lambda span: span.rank)
    pair = next((pair for _, of_rank in ranks for pair in _overlaps(of_rank)), None)
    if pair:
        yield Finding(
            "cpu-core-repeated",
            Severity.WARNING,
            _BIND,
            Message(
                "{item} and {other} of rank {rank} have cores in common",
                item=repr(pair[0].text),
                other=repr(pair[1].text),
                rank=pair[0].rank,
            ),
            marked("A core counts once, so there are fewer threads than the text seems to say"),
            Message("lscpu --extended=CPU,CORE,NODE  # then name each core once in {variable}", variable=_BIND),
        )


def cache_within_memory(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find a KV cache that is larger than the memory.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> print(*cache_within_memory(registry, {"VLLM_CPU_KVCACHE_SPACE": "64"}, ToldHost({memory: 16 * 2**30})))
    error: VLLM_CPU_KVCACHE_SPACE: a KV cache of 64 GiB, where there are 16.0 GiB of memory [cpu-cache-above-memory]
    """
    space = cast("int", Environment(registry, environ)["VLLM_CPU_KVCACHE_SPACE"])
    available = host.ask(memory)
    if available is not None and space * _GIB > available:
        yield Finding(
            "cpu-cache-above-memory",
            Severity.ERROR,
            "VLLM_CPU_KVCACHE_SPACE",
            Message(
                "a KV cache of {space} GiB, where there are {memory} GiB of memory",
                space=space,
                memory=f"{available / _GIB:.1f}",
            ),
            marked("It is allocated at the start, which fails, or has the process killed"),
            f"export VLLM_CPU_KVCACHE_SPACE={max(1, available // _GIB // 2)}",
        )


CHECKS: Final[tuple[Check, ...]] = (
    reversed_ranges,
    missing_cores,
    shared_cores,
    repeated_cores,
    cache_within_memory,
)


def _spans(text: str) -> list[Span]:
    """Return the items of a thread binding; none for one that names no cores, or not as it is expected to."""
    spans: list[Span] = []
    for rank, of_rank in enumerate(text.split("|")):
        for item in of_rank.split(","):
            found = _SPAN.fullmatch(item)
            if not found:
                return []
            spans.append(Span(_core(found[1]), _core(found[2] or found[1]), rank, item))
    return spans


def _core(digits: str) -> int:
    """Return a core's number; what is behind eighteen digits says no more than that there is no such core."""
    return int(digits.lstrip("0")[:18] or "0")


def _is_within(span: Span, available: Sequence[int]) -> bool:
    """Return whether all cores are available; of a range that counts down, those at its ends."""
    if span.last < span.first:
        return all(_count(core, core, available) for core in (span.first, span.last))
    return _count(span.first, span.last, available) == span.last - span.first + 1


def _count(first: int, last: int, available: Sequence[int]) -> int:
    """Return how many of sorted cores lie from one to another."""
    return bisect.bisect_right(available, last) - bisect.bisect_left(available, first)


def _overlaps(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Yield pairs that have cores in common: one at least, if there is any, and one of two ranks, if there is any."""
    furthest: Span | None = None
    for span in sorted(span for span in spans if span.first <= span.last):
        if furthest and span.first <= furthest.last:
            yield furthest, span
        if not furthest or span.last > furthest.last:
            furthest = span


def _listed(spans: Iterable[Span]) -> str:
    return ", ".join(repr(span.text) for span in spans)


def _ranges(available: Sequence[int]) -> str:
    """Return sorted cores as a thread binding writes them."""
    runs: list[list[int]] = []
    for core in available:
        if runs and runs[-1][-1] == core - 1:
            runs[-1].append(core)
        else:
            runs.append([core])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _shared_out(available: Sequence[int], ranks: int) -> str:
    """Return a thread binding that gives each rank as many cores, and all of them all where there are too few."""
    each = len(available) // ranks
    if not each:
        return "all"
    return "|".join(_ranges(available[rank * each : (rank + 1) * each]) for rank in range(ranks))
