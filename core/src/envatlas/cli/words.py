"""The words of the command line: which language they are in, and the option that says so."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar, cast

import click

from envatlas.languages import Words, best_language, languages

P = ParamSpec("P")
R = TypeVar("R")

_KEY: Final = "envatlas.words"


def language_option(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command take ``--language``; the subcommand's counts more than the group's."""
    return click.option(
        "--language",
        metavar="LANGUAGE",
        expose_value=False,
        is_eager=True,
        callback=_keep,
        help="The language to write in, such as en or zh_CN; the locale's unless it is given.",
    )(command)


def chosen_words(context: click.Context) -> Words:
    """Return the words of the language that the command line names, or that the process's locale asks for."""
    if _KEY not in context.meta:
        context.meta[_KEY] = Words(best_language(os.environ, languages()))
    return cast("Words", context.meta[_KEY])


def _keep(context: click.Context, _: click.Parameter, language: str | None) -> None:
    if language is None:
        return
    from envatlas.formats.choices import find_words  # noqa: PLC0415  most runs name none

    try:
        context.meta[_KEY] = find_words(language)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
