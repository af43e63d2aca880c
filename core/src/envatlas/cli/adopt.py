"""``envatlas adopt``: declarations, written from the source of a file that reads the environment by functions."""

from __future__ import annotations

import keyword
import pathlib
import tokenize

import click

from envatlas.adopting.declaring import Adopted, adopt
from envatlas.adopting.writing import plugin_source
from envatlas.cli.words import chosen_words, language_option
from envatlas.formats.shown import printable
from envatlas.languages import Words
from envatlas.messages import marked

_COUNTED = marked("Declared {declared} of {all} variables of {file}.")
_KEPT = marked("These stay functions until you declare them:")
_UNREAD = marked("line {line} may take in or change variables, and the source does not tell which")
_LEFT_OUT = marked("These are left out:")


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
        with tokenize.open(file) as opened:
            adopted = adopt(opened.read(), file.name)
    except (RecursionError, MemoryError) as error:
        raise click.UsageError(f"{file} is nested too deeply to follow") from error
    except (SyntaxError, ValueError) as error:
        raise click.UsageError(f"{file} cannot be read as Python: {printable(str(error))}") from error
    if not adopted.declared and not adopted.kept:
        raise click.UsageError(f"{file} has no dict of functions: a name, and a lambda that reads os.environ, for each")
    source = plugin_source(adopted, file.name, _module(file, module, is_imported=bool(adopted.kept)))
    if output is None:
        click.echo(source, nl=False)
    else:
        _write(output, source)
    _report(adopted, file, chosen_words(context))


def _report(adopted: Adopted, file: pathlib.Path, words: Words) -> None:
    """Say on standard error what became of the variables."""
    count = len(adopted.declared)
    click.echo(words(_COUNTED, declared=count, all=count + len(adopted.kept), file=file), err=True)
    for title, listed in ((_KEPT, adopted.kept), (_LEFT_OUT, adopted.left_out)):
        if listed:
            click.echo(words(title), err=True)
        for each in listed:
            said = printable(f"{each.entry.name}: {words(each.why)}")
            click.echo(f"  {file.name}:{each.entry.line}: {said}", err=True)
    for line in adopted.unread:
        click.echo(f"! {words(_UNREAD, line=line)}", err=True)


def _module(file: pathlib.Path, given: str | None, *, is_imported: bool) -> str:
    """Return the name of the module that still has the functions, which is imported if there are any."""
    module = _module_of(file) if given is None else given
    is_name = all(part.isidentifier() and not keyword.iskeyword(part) for part in module.split("."))
    if not is_name and (is_imported or given is not None):
        raise click.UsageError(f"no module can be imported as {module!r}: say the name of FILE's with --module")
    return module


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
