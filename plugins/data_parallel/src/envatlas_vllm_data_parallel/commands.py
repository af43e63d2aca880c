"""``envatlas data-parallel``: whether the environments of several processes fit together."""

from __future__ import annotations

import click

from envatlas.cli.check import FindingWords, exit_status, show_findings
from envatlas.cli.environments import complete_environments, named_environment, notes_on
from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import console, others_to_stderr, show_json, show_problems
from envatlas.cli.words import chosen_words, language_option
from envatlas.formats.findings import finding_object
from envatlas_vllm_data_parallel.ranks import check_ranks


@click.group("data-parallel", short_help="Check that data-parallel processes fit together.")
def data_parallel_command() -> None:
    """Check that the environments of data-parallel processes fit together."""


@data_parallel_command.command("check", short_help="Check ranks, sizes and masters of several processes.")
@click.argument("environments", nargs=-1, required=True, metavar="ENVIRONMENT...", shell_complete=complete_environments)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array of objects.")
@registry_option
@language_option
@click.pass_context
def check_command(context: click.Context, *, environments: tuple[str, ...], as_json: bool) -> None:
    """Check that ranks are 0 to the size less one, each once, and that size and master agree.

    Each ENVIRONMENT is that of one process, which is called by its place, from 0: an env file, a manifest, with
    #CONTAINER behind it where it has several, a snapshot, or live, this process's own.

    What is wrong with an environment otherwise, or not known of it, stands at the end.

    The exit status is 2 if they do not fit together, as far as they are known.
    """
    registry, words = chosen_registry(context), chosen_words(context)
    with others_to_stderr():
        named = [named_environment(registry, name) for name in environments]
        registries = [each.registry for each in named]
        findings = check_ranks([each.environ for each in registries])
        notes = notes_on(named, words)
    if as_json:
        show_json(map(finding_object, findings), notes)
    else:
        show_findings(findings, findings, len(registries), FindingWords.of(registries, words))
        show_problems(console(), notes)
    context.exit(exit_status(findings))
