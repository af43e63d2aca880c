"""``envatlas adopt``: declarations, written from the source of a file that reads the environment by functions."""

from __future__ import annotations

import pathlib

import click

from envatlas.adopting.declaring import Adopted, adopt
from envatlas.adopting.writing import plugin_source
from envatlas.cli.words import chosen_words, language_option
from envatlas.formats.shown import printable
from envatlas.languages import Words
from envatlas.messages import marked

_COUNTED = marked("Declared {declared} of {all} variables of {file}.")
_KEPT = marked("These stay functions until you declare them:")
_UNREAD = marked("line {line} takes in more variables, whose names the source does not tell")


@click.command("adopt", short_help="Write declarations from a file of functions.")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    help="The file to write; standard output unless it is given.",
)
@click.option("--module", metavar="NAME", help="The dotted name of FILE's module; found by the packages it is in.")
@language_option
@click.pass_context
def adopt_command(
    context: click.Context, *, file: pathlib.Path, output: pathlib.Path | None, module: str | None
) -> None:
    """Write a plugin's module from a file that keeps its variables in a dict of functions over os.environ.

    FILE is read, and never run. A variable is declared where a declaration reads every text exactly as its function
    does; comments above it become its help. The others stay functions, and are listed with lines and reasons.
    """
    if output is not None and output.exists():
        raise click.UsageError(f"{output} is there already: move it away")
    try:
        adopted = adopt(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise click.UsageError(f"{file} cannot be read as Python: {printable(str(error))}") from error
    if not adopted.declared and not adopted.kept:
        raise click.UsageError(f"{file} has no dict of functions: a name, and a lambda that reads os.environ, for each")
    source = plugin_source(adopted, file.name, module or _module_of(file))
    if output is None:
        click.echo(source, nl=False)
    else:
        _write(output, source)
    _report(adopted, file, chosen_words(context))


def _report(adopted: Adopted, file: pathlib.Path, words: Words) -> None:
    """Say on standard error what became of the variables."""
    count = len(adopted.declared)
    click.echo(words(_COUNTED, declared=count, all=count + len(adopted.kept), file=file), err=True)
    if adopted.kept:
        click.echo(words(_KEPT), err=True)
    for each in adopted.kept:
        click.echo(f"  {file.name}:{each.entry.line}: {printable(f'{each.entry.name}: {each.why}')}", err=True)
    for line in adopted.unread:
        click.echo(f"! {words(_UNREAD, line=line)}", err=True)


def _module_of(file: pathlib.Path) -> str:
    """Return the dotted name of a file's module, as the packages say that it is in."""
    parts = [] if file.stem == "__init__" else [file.stem]
    folder = file.resolve().parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


def _write(path: pathlib.Path, source: str) -> None:
    try:
        path.write_text(source, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
