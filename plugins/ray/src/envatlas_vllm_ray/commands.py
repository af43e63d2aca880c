"""``envatlas ray``: what is carried to Ray's workers, and where the nodes of a cluster disagree."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import console, others_to_stderr, warn_of
from envatlas.cli.plugins import set_in_vain
from envatlas_vllm_ray.parcels import meant, parcels
from envatlas_vllm_ray.showing import carry_object, show_parcels, show_survey, survey_object
from envatlas_vllm_ray.surveys import TIME_LIMIT, survey

_DISAGREE: Final = 1
_NOBODY: Final = 2


@click.group("ray", short_help="Carry variables to Ray's workers; see where nodes disagree.")
def ray_command() -> None:
    """Carry variables to Ray's workers, and see where the nodes of a cluster disagree."""


@ray_command.command("carry", short_help="Show what is carried to workers.")
@click.option("--secret", "secrets", multiple=True, metavar="NAME", help="Carry this secret as well; repeatable.")
@click.option("--node-wins", multiple=True, metavar="NAME", help="Keep what a node has of its own; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object with env_vars.")
@registry_option
@click.pass_context
def carry_command(
    context: click.Context, *, secrets: tuple[str, ...], node_wins: tuple[str, ...], as_json: bool
) -> None:
    """Show every variable that is set here, and whether and how it is carried to Ray's workers.

    Carried is what all processes must share. A secret is carried only when it is named, and then by a function that
    each worker runs first, because Ray shows the env_vars of a runtime environment.
    """
    registry = chosen_registry(context)
    with others_to_stderr():
        found = parcels(registry, secrets=secrets, node_wins=node_wins)
    if as_json:
        click.echo(json.dumps(carry_object(found, set_in_vain(registry)), indent=2))
        warn_of(registry.problems)
    else:
        show_parcels(console(), found, registry)
    unset = meant(registry, (*secrets, *node_wins)) - {each.variable.name for each in found}
    warn_of(f"{name} is named, and not set" for name in sorted(unset))


@ray_command.command("survey", short_help="Ask every node what it reads, and show where they disagree.")
@click.option("--address", metavar="ADDRESS", help="The cluster; RAY_ADDRESS, or this machine's, unless given.")
@click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="How long a node may take to answer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object with all that was told.")
@registry_option
@click.pass_context
def survey_command(context: click.Context, *, address: str | None, time_limit: float, as_json: bool) -> None:
    """Ask every live node of a Ray cluster what it reads, and show where the nodes disagree.

    Run it on a machine of the cluster. Nothing but Ray needs to be installed on the others.

    The exit status is 1 if nodes disagree or some are silent, and 2 if nobody can be asked.
    """
    registry = chosen_registry(context)
    with others_to_stderr(), _shown_progress() as progress:
        found = survey(registry, address, time_limit=time_limit, progress=progress)
    if as_json:
        click.echo(json.dumps(survey_object(found), indent=2))
    else:
        show_survey(console(), found)
    context.exit(0 if found.agrees else _DISAGREE if found.answers else _NOBODY)


@contextmanager
def _shown_progress() -> Generator[Callable[[int, int], None]]:
    """Show how many nodes are done, where standard error is a terminal."""
    columns = (TextColumn("Asking nodes"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    terminal = Console(file=sys.stderr)
    with Progress(
        *columns, console=terminal, transient=True, refresh_per_second=4, disable=not terminal.is_terminal
    ) as shown:
        task = shown.add_task("nodes", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
