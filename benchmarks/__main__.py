"""Measure everything side by side, in one run, and print the table."""

from __future__ import annotations

import pathlib
import sys
from typing import Final

import click

from benchmarks import cluster, pages, reads, scale, starts
from benchmarks.plots import Curve, plot
from benchmarks.results import Ratio, Run, compare, show
from benchmarks.tables import tables

FILE: Final = click.Path(dir_okay=False, path_type=pathlib.Path)
OLD_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=pathlib.Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", type=click.Choice(["reads", "starts", "scale", "cluster", "pages"]), help="Only this part.")
@click.option("--rounds", type=click.IntRange(min=1), default=15, show_default=True, help="Rounds; the median counts.")
@click.option("--output", type=FILE, help="Write the ratios to a JSON file.")
@click.option("--plot", "plotted", type=FILE, help="Draw the curves into an SVG file.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the tables of the README, too.")
@click.option("--compare", "old", type=OLD_FILE, help="Compare with the ratios of an earlier run.")
def main(  # noqa: PLR0913  click passes each option on its own
    *,
    only: str | None,
    rounds: int,
    output: pathlib.Path | None,
    plotted: pathlib.Path | None,
    as_markdown: bool,
    old: pathlib.Path | None,
) -> None:
    """Measure envatlas beside its peers, as ratios in one run.

    Ends with status 1 where a ratio is over its bar, or, with --compare, where one grew by more than 15 %.
    """
    ratios, curves = _measured(only, rounds)
    run = Run(ratios)
    show(run)
    if as_markdown:
        click.echo(tables(run))
    if output is not None:
        run.save(output)
    if plotted is not None and curves:
        plot(plotted, curves)
    worse = compare(Run.load(old), run) if old is not None else []
    for line in worse:
        click.echo(f"worse: {line}", err=True)
    for each in ratios:
        if not each.holds:
            click.echo(f"over its bar: {each.key}: {each.ratio:.2f} > {each.bar:.2f}", err=True)
    sys.exit(bool(worse) or not all(each.holds for each in ratios))


def _measured(only: str | None, rounds: int) -> tuple[list[Ratio], list[Curve]]:
    """Return the ratios and the curves of one part, or of all."""
    ratios: list[Ratio] = []
    curves: list[Curve] = []
    if only in {None, "reads"}:
        ratios += reads.measure(rounds, number=50_000)
    if only in {None, "starts"}:
        found, by_distributions = starts.measure(rounds)
        ratios += found
        curves.append(Curve("start, to the first value", "unrelated distributions", by_distributions))
    if only in {None, "scale"}:
        found, loads = scale.measure(max(3, rounds // 3))
        ratios += found
        curves.append(Curve("load of 100 plugins", "variables", loads.by_variables))
        curves.append(Curve("load of plugins with 10 variables", "plugins", loads.by_plugins))
    if only in {None, "cluster"}:
        found, by_nodes = cluster.measure(max(3, rounds // 3))
        ratios += found
        curves.append(Curve("answers, read, compared and shown", "nodes", by_nodes))
    if only in {None, "pages"}:
        ratios += pages.measure(max(3, rounds // 3))
    return ratios, curves


if __name__ == "__main__":
    main()
