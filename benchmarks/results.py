"""Results: a ratio, its bar, and how a whole run is kept, shown and compared with another."""

from __future__ import annotations

import json
import os
import pathlib
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs
from rich.console import Console
from rich.table import Table

WORSE: Final = 1.15
"""How much a ratio may grow from one run to another before it counts as a regression."""


@attrs.frozen
class Ratio:
    """One measured ratio.

    Attributes:
        topic: What is measured.
        name: The contender.
        ratio: Its time (or size), divided by the baseline's.
        baseline: What it is divided by, in words.
        bar: The most that it may be; None for a contender that is shown for comparison.
        detail: The absolute figure behind it, with its unit, for the curious.
    """

    topic: str
    name: str
    ratio: float
    baseline: str
    bar: float | None = None
    detail: str = ""

    @property
    def key(self) -> str:
        """What names the ratio in every run."""
        return f"{self.topic} / {self.name}"

    @property
    def holds(self) -> bool:
        """Whether it is within its bar."""
        return self.bar is None or self.ratio <= self.bar


@attrs.frozen
class Run:
    """All ratios of one run, and where and when they were measured."""

    ratios: list[Ratio]
    python: str = attrs.field(factory=platform.python_version)
    machine: str = attrs.field(factory=lambda: f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    date: str = attrs.field(factory=lambda: datetime.now(UTC).date().isoformat())

    def save(self, path: pathlib.Path) -> None:
        """Write the run to a file, as JSON."""
        path.write_text(json.dumps(attrs.asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: pathlib.Path) -> Run:
        """Read a run from a file."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**kept, "ratios": [Ratio(**each) for each in kept["ratios"]]})


def show(run: Run) -> None:
    """Print all ratios, topic by topic."""
    table = Table(title=f"Python {run.python}, {run.machine}, {run.date}", title_justify="left")
    for heading in ("topic", "contender", "ratio", "bar", "of", "time or size"):
        table.add_column(heading, justify="right" if heading in {"ratio", "bar", "time or size"} else "left")
    for topic, ratios in _by_topic(run.ratios):
        for index, each in enumerate(ratios):
            bar = "" if each.bar is None else f"{each.bar:.2f}"
            style = "" if each.bar is None else ("green" if each.holds else "bold red")
            shown_topic = "" if index else topic
            table.add_row(shown_topic, each.name, f"{each.ratio:.2f}", bar, each.baseline, each.detail, style=style)
        table.add_section()
    Console(width=max(Console().width, 130)).print(table)


def compare(old: Run, new: Run) -> Sequence[str]:
    """Return a line for each ratio with a bar that grew by more than a machine's noise, or is measured no more.

    What belongs to a topic that was not measured at all this time is left out.
    """
    after = {each.key: each for each in new.ratios}
    topics = {each.topic for each in new.ratios}
    lines: list[str] = []
    for before in old.ratios:
        now = after.get(before.key)
        if before.bar is None or before.topic not in topics:
            continue
        if now is None or now.bar is None:
            lines.append(f"{before.key}: {before.ratio:.2f} -> measured no more")
        elif now.ratio > before.ratio * WORSE:
            lines.append(f"{before.key}: {before.ratio:.2f} -> {now.ratio:.2f}")
    return lines


def _by_topic(ratios: Iterable[Ratio]) -> list[tuple[str, list[Ratio]]]:
    topics: dict[str, list[Ratio]] = {}
    for each in ratios:
        topics.setdefault(each.topic, []).append(each)
    return list(topics.items())
