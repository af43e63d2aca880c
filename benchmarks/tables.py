"""Tables: a run in Markdown, as the README shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from benchmarks.results import Ratio, Run

_READ: Final = "read, "
_OF_A_SLOT: Final = "read, of a plain slot"
_START: Final = "start, "
_LIVE: Final = {"envatlas, live", "os.environ.get and int", "environs, live"}
"""Those of the readers below that follow the environment."""


def tables(run: Run) -> str:
    """Return the tables of what was measured, and the line that says where; nothing else has a table."""
    parts = [_reads(run), _of_a_slot(run), _starts(run), _scale(run)]
    return "\n\n".join([*filter(None, parts), measured(run)])


def measured(run: Run) -> str:
    """Return when, and where, a run was measured."""
    return f"Measured on {run.date} with CPython {run.python} on {run.machine}."


def _reads(run: Run) -> str:
    ratios = {
        (each.topic.removeprefix(_READ), each.name): each.ratio
        for each in run.ratios
        if each.topic.startswith(_READ) and each.topic != _OF_A_SLOT
    }
    topics = dict.fromkeys(topic for topic, _ in ratios)
    rows = [[topic, *(f"{ratios[topic, name]:.2f}" for name in ("envatlas", "dict of lambdas"))] for topic in topics]
    heading = "a read costs, of one `os.environ.get` of the variable's own name"
    return _table([heading, "envatlas, live", "dict of lambdas"], rows, "lrr")


def _of_a_slot(run: Run) -> str:
    rows = [
        [each.name, f"{each.ratio:.2f}", "yes" if each.name in _LIVE else "no"]
        for each in _of(run, lambda topic: topic == _OF_A_SLOT)
    ]
    return _table(["a read costs, of a plain slot", "ratio", "follows the environment"], rows, "lrl")


def _starts(run: Run) -> str:
    rows = [
        [f"{each.topic.removeprefix(_START)}: {each.name}", each.baseline, f"{each.ratio:.2f}"]
        for each in _of(run, lambda topic: topic.startswith(_START))
    ]
    heading = "from nothing to a value, above the bare interpreter"
    return _table([heading, "of", "ratio"], rows, "llr")


def _scale(run: Run) -> str:
    rows = [
        [f"{each.topic}: {each.name}", each.baseline, f"{each.ratio:.2f}"]
        for each in _of(run, lambda topic: not topic.startswith((_READ, _START)))
    ]
    return _table(["at scale", "of", "ratio"], rows, "llr")


def _of(run: Run, is_of: Callable[[str], bool]) -> Iterable[Ratio]:
    return (each for each in run.ratios if is_of(each.topic))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> str:
    if not rows:
        return ""
    rules = ["---:" if side == "r" else "---" for side in sides]
    lines = [headings, rules, *rows]
    return "\n".join(f"| {' | '.join(line)} |" if line is not rules else f"|{'|'.join(line)}|" for line in lines)
