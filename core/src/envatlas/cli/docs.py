"""``envatlas docs``: the reference of the installed plugins, as Markdown or as a page."""

from __future__ import annotations

from typing import Final

import click

from envatlas.cli.names import complete_plugins
from envatlas.cli.options import chosen_registry, registry_option, require_plugins
from envatlas.cli.output import others_to_stderr, warn_of
from envatlas.cli.words import chosen_words, language_option
from envatlas.languages import Words
from envatlas.registry import Registry

_PREAMBLE: Final = "<!-- Made by `envatlas docs` from the declarations: change those. -->"


@click.command("docs", short_help="Write the reference of all variables.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    show_default=True,
    help="Markdown for a documentation site, or one HTML page that needs no network.",
)
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_plugins,
    help="Only variables of this plugin; repeatable.",
)
@click.option("--values", "with_values", is_flag=True, help="Also say what each variable is set to here.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write to a file, in UTF-8.")
@registry_option
@language_option
@click.pass_context
def docs_command(
    context: click.Context, *, form: str, plugins: tuple[str, ...], with_values: bool, output: str | None
) -> None:
    """Write the reference of the active plugins' variables, in the language of --language or of the locale.

    The HTML page has all languages, and opens in that one.
    """
    registry, words = chosen_registry(context), chosen_words(context)
    render = _page if form == "html" else _markdown
    with others_to_stderr():
        require_plugins(registry, plugins, active=True)
        text = render(registry, words, plugins, with_values=with_values).encode()
    warn_of(words(each.message) for each in registry.problems)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with open(output, "wb") as file:
            file.write(text)
    except OSError as error:
        raise click.FileError(output, error.strerror) from error


def _page(registry: Registry, words: Words, plugins: tuple[str, ...], *, with_values: bool) -> str:
    try:
        from envatlas.formats.pages import render_page  # noqa: PLC0415  each form needs its own module
    except ImportError as error:
        raise click.UsageError('a page needs Jinja2; install it with: pip install "envatlas[docs]"') from error

    from envatlas.formats.choices import languages_of  # noqa: PLC0415

    others = [Words(code) for code in languages_of(registry) if code != words.language]
    return render_page(registry, [words, *others], plugins, with_values=with_values)


def _markdown(registry: Registry, words: Words, plugins: tuple[str, ...], *, with_values: bool) -> str:
    from envatlas.formats.markdown import render_markdown  # noqa: PLC0415
    from envatlas.formats.reference import reference_of  # noqa: PLC0415

    return render_markdown(reference_of(registry, words, plugins, with_values=with_values), _PREAMBLE)
