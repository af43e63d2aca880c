"""The words of the command line: which language they are in, and the option that says so."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar, cast

import click

from envatlas.cli.options import chosen_registry
from envatlas.cli.output import others_to_stderr
from envatlas.languages import SOURCE, Words, best_language, languages
from envatlas.registry import Registry

P = ParamSpec("P")
R = TypeVar("R")

_KEY: Final = "envatlas.words"
_WANTED: Final = "envatlas.language"


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
    """Return the words of the language that the command line names, or that the process's locale asks for.

    Plugins are asked for their languages only where envatlas itself has not the one that is wanted.
    """
    if _KEY not in context.meta:
        context.meta[_KEY] = _find(context, context.meta.get(_WANTED))
    return cast("Words", context.meta[_KEY])


def _keep(context: click.Context, _: click.Parameter, language: str | None) -> None:
    if language is not None:
        context.meta[_WANTED] = language  # the registry, whose plugins may have it, is not known yet
        context.meta.pop(_KEY, None)


def _find(context: click.Context, wanted: str | None) -> Words:
    def loaded() -> Registry:
        registry = chosen_registry(context)
        with others_to_stderr():
            registry.load()
        return registry

    def known() -> tuple[str, ...]:
        from envatlas.formats.choices import languages_of  # noqa: PLC0415  most runs want what envatlas has

        return languages_of(loaded())

    if wanted is None:
        return Words(best_language(os.environ, languages(), known))
    from envatlas.formats.choices import find_words  # noqa: PLC0415  most runs name none

    try:
        return find_words(wanted, loaded)
    except ValueError as error:
        if context.resilient_parsing:  # a shell completes the line, which may not be meant so to the end
            return Words(SOURCE)
        raise click.BadParameter(str(error), param_hint="'--language'") from error
