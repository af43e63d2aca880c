"""``envatlas schema``: a JSON Schema of the environment."""

from __future__ import annotations

import json

import click

from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import others_to_stderr, warn_of
from envatlas.cli.words import chosen_words
from envatlas.formats.schemas import Form, environment_schema


@click.command("schema", short_help="Print a JSON Schema of the environment.")
@click.option(
    "--for",
    "form",
    type=click.Choice([str(form) for form in Form]),
    default="env",
    show_default=True,
    help="What it describes: a mapping of names to texts, the environment of a compose service, or a ConfigMap's data.",
)
@click.option(
    "--allow-undeclared", is_flag=True, help="Allow names of the application's prefix that no active plugin declares."
)
@registry_option
@click.pass_context
def schema_command(context: click.Context, *, form: str, allow_undeclared: bool) -> None:
    """Print a JSON Schema (2020-12): an environment is valid where every variable in it can be read.

    It describes the variables of the active plugins, and holds nothing that is set.
    """
    registry, words = chosen_registry(context), chosen_words(context)
    with others_to_stderr():
        schema = environment_schema(registry, Form(form), allow_undeclared=allow_undeclared)
    click.echo(json.dumps(schema, indent=2))
    warn_of(words(each.message) for each in registry.problems)
