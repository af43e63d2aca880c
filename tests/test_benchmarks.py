"""Benchmarks: a run is kept, shown and compared; none is measured here."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from benchmarks.results import Ratio, Run

ROOT: Final = pathlib.Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the package importable, as it is from the root of the repository."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    yield
    for name in [each for each in sys.modules if each.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]


def run(*ratios: Ratio) -> Run:
    """Return a run with some ratios."""
    from benchmarks.results import Run

    return Run([*ratios], python="3.11.7", machine="Linux x86_64, 2 cores", date="2026-01-01")


def ratio(value: float, *, name: str = "envatlas", topic: str = "read, set", bar: float | None = 0.35) -> Ratio:
    """Return a ratio, with a bar."""
    from benchmarks.results import Ratio

    return Ratio(topic, name, value, "os.environ.get", bar)


def test_a_run_that_is_kept_is_the_same(tmp_path: pathlib.Path) -> None:
    """What is read from the file is what was written to it."""
    from benchmarks.results import Run

    kept = run(ratio(0.25), ratio(5.0, name="dict of lambdas", bar=None))
    kept.save(tmp_path / "ratios.json")
    assert Run.load(tmp_path / "ratios.json") == kept


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.25, []), (0.2, []), (0.28, []), (0.3, ["read, set / envatlas: 0.25 -> 0.30"])],
    ids=str,
)
def test_a_regression_is_told(value: float, expected: list[str]) -> None:
    """A ratio that grew by more than a machine's noise is worse, whether it is within its bar or not."""
    from benchmarks.results import compare

    assert compare(run(ratio(0.25)), run(ratio(value))) == expected


def test_a_ratio_without_a_bar_is_no_regression() -> None:
    """What others cost is for comparison."""
    from benchmarks.results import compare

    assert compare(run(ratio(1.0, bar=None)), run(ratio(9.0, bar=None))) == []


def test_what_is_measured_no_more_is_told() -> None:
    """A bar does not go in silence; a part that was not measured at all is none that is missed."""
    from benchmarks.results import compare

    old = run(ratio(0.25), ratio(1.0, topic="start"))
    assert compare(old, run(ratio(5.0, name="dict of lambdas", bar=None))) == [
        "read, set / envatlas: 0.25 -> measured no more"
    ]


def test_the_kept_run_holds_every_bar() -> None:
    """Of what the repository says was measured, nothing is over its bar."""
    from benchmarks.results import Run

    kept = Run.load(ROOT / "benchmarks/ratios.json")
    assert [each.key for each in kept.ratios if not each.holds] == []


def test_the_readme_shows_the_kept_run() -> None:
    """Its tables, and the line that says where they were measured, are those of the file."""
    from benchmarks.results import Run
    from benchmarks.tables import tables

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for part in tables(Run.load(ROOT / "benchmarks/ratios.json")).split("\n\n"):
        assert part in readme


def test_a_part_that_was_not_measured_has_no_table() -> None:
    """A run of the reads alone shows them, and where they were measured."""
    from benchmarks.tables import measured, tables

    only = run(ratio(0.25), ratio(5.0, name="dict of lambdas", bar=None))
    table, line = tables(only).split("\n\n")
    assert table.splitlines()[2:] == ["| set | 0.25 | 5.00 |"]
    assert line == measured(only) == "Measured on 2026-01-01 with CPython 3.11.7 on Linux x86_64, 2 cores."
