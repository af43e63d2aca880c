"""Targets: the environments that a command looks at, the process's own or those that files say.

A target is a registry with that environment: what the environment selects is what is active there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import click
from rich.console import Console
from rich.text import Text

from envatlas.cli.options import chosen_registry
from envatlas.environs import Environ, Via
from envatlas.formats.shown import printable
from envatlas.hosts import Host, ThisHost, ToldHost
from envatlas.languages import Words
from envatlas.registry import Registry

P = ParamSpec("P")
R = TypeVar("R")


def target_options(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command take ``--env-file`` and ``--manifest``, each repeatable; it gets them as tuples of paths."""
    env_file = click.option(
        "--env-file",
        "env_files",
        multiple=True,
        metavar="FILE",
        type=click.Path(),
        help="Look at what this file of NAME=text lines sets, instead of at this process's environment; "
        "repeatable, of several files the last that sets a name counts.",
    )
    manifest = click.option(
        "--manifest",
        "manifests",
        multiple=True,
        metavar="FILE",
        type=click.Path(),
        help="Look at every container of this Kubernetes or docker compose file; repeatable, for files that "
        "refer to one another.",
    )
    return env_file(manifest(command))


def chosen_targets(context: click.Context, env_files: Sequence[str], manifests: Sequence[str]) -> list[Registry]:
    """Return the registry in each environment that the command line names; in the process's own if it names none.

    Raises:
        UnreadableFileError: A file cannot be read as what it is said to be.
    """
    registry = chosen_registry(context)
    if not env_files and not manifests:
        return [registry]
    from envatlas.files import read_env_files, read_manifests  # noqa: PLC0415  only files need their parsers

    environs = [read_env_files(env_files)] if env_files else []
    environs += read_manifests(manifests) if manifests else ()
    return [registry.with_environ(environ) for environ in environs]


def heading(registry: Registry, words: Words) -> str:
    """Return what a target is called above what is said of it; nothing for the process's own environment.

    >>> from envatlas.environs import Place
    >>> from envatlas.vllm import registry
    >>> heading(registry.with_environ(Environ(Place("a.yaml", document=2), {})), Words("en"))
    'a.yaml, document 2'
    """
    return words(registry.environ.place.message) if isinstance(registry.environ, Environ) else ""


def show_heading(output: Console, registry: Registry, words: Words, *, is_first: bool) -> None:
    """Print which file or container the lines below are about, and an empty line before all but the first."""
    title = heading(registry, words)
    if title:
        output.print(Text(f"{'' if is_first else chr(10)}{printable(title)}", "bold underline"))


def host_of(registry: Registry) -> Host:
    """Return the machine on which a target is used: this one, but for a container, of whose machine nothing is known.

    >>> from envatlas.environs import Place
    >>> from envatlas.vllm import registry
    >>> host_of(registry.with_environ(Environ(Place("deploy.yaml", via=Via.MANIFEST), {})))
    ToldHost(answers={})
    """
    environ = registry.environ
    is_elsewhere = isinstance(environ, Environ) and environ.place.via not in {Via.PROCESS, Via.ENV_FILE}
    return ToldHost() if is_elsewhere else ThisHost()
