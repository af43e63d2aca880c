"""``envatlas export``: what is set, in the languages of those who start processes."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import click

from envatlas.cli.names import complete_secrets, complete_variables, matches
from envatlas.cli.options import chosen_registry, registry_option
from envatlas.cli.output import others_to_stderr
from envatlas.cli.words import chosen_words, language_option
from envatlas.formats.exports import docker, dotenv, json_object, kubernetes, shell, systemd
from envatlas.formats.exports.contents import Contents, contents_of
from envatlas.formats.shown import cut, printable
from envatlas.languages import Words
from envatlas.registry import Registry
from envatlas.variable import Variable

_RENDER: Final[Mapping[str, Callable[[Contents, str], str]]] = {
    "docker": lambda contents, _: docker.render(contents.texts, contents.comments),
    "dotenv": lambda contents, _: dotenv.render(contents.texts, contents.comments),
    "json": lambda contents, _: json_object.render(contents.texts),
    "kubernetes": lambda contents, name: kubernetes.render(
        contents.texts, contents.comments, secrets=contents.secrets, name=name
    ),
    "shell": lambda contents, _: shell.render(contents.texts, contents.comments),
    "systemd": lambda contents, _: systemd.render(contents.texts, contents.comments),
}
_OBJECT_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
"""What Kubernetes calls a DNS subdomain name."""
_OWNERS_ALONE: Final = 0o600
_EVERYBODYS: Final = 0o666


@click.command("export", short_help="Write what is set for docker, Kubernetes, systemd, a shell.")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...", shell_complete=complete_variables)
@click.option(
    "--format", "format_name", type=click.Choice([*_RENDER]), default="dotenv", show_default=True, help="What to write."
)
@click.option("--all", "with_unset", is_flag=True, help="Also unset variables, with the texts of their defaults.")
@click.option("--comments", "with_help", is_flag=True, help="Write above each variable what it does.")
@click.option(
    "--secret",
    "asked",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_secrets,
    help="Also this secret; repeatable. Without it, secrets are left out.",
)
@click.option(
    "--name", default=kubernetes.NAME, show_default=True, help="What the ConfigMap and the Secret are called."
)
@click.option(
    "--output", type=click.Path(), metavar="FILE", help="Write to a file; only you can read one with secrets."
)
@click.option("--force", is_flag=True, help="Replace the file of --output if it exists.")
@registry_option
@language_option
@click.pass_context
def export_command(  # noqa: PLR0913  click passes each option on its own
    context: click.Context,
    *,
    patterns: tuple[str, ...],
    format_name: str,
    with_unset: bool,
    with_help: bool,
    asked: tuple[str, ...],
    name: str,
    output: str | None,
    force: bool,
) -> None:
    """Write the variables that are set, as a file for whoever starts the application.

    \b
    docker      for docker run --env-file: a line a variable, without quotes
    dotenv      as python-dotenv reads it
    json        an object of texts, the snapshot that 'envatlas diff' reads
    kubernetes  a ConfigMap, and a Secret for the secrets, for envFrom
    shell       commands for any POSIX shell
    systemd     for EnvironmentFile= in a unit

    A PATTERN is a part of a name, or a glob such as 'VLLM_*_TIMEOUT'; case is ignored. A text that the format cannot
    say is an error, and nothing is written then. Secrets are left out unless --secret names them.
    """  # noqa: D301  click's mark of a paragraph that keeps its lines
    _require_sense(format_name, name, with_help=with_help)
    registry = chosen_registry(context)
    with others_to_stderr():
        secrets = _require_secrets(registry, asked)
        chosen = _chosen(registry, patterns, secrets)
        names = {source for secret in secrets for source in secret.sources}
        contents = contents_of(
            chosen, [*registry], registry.environ, asked=names, with_unset=with_unset, with_help=with_help
        )
        rendered = _RENDER[format_name](contents, name)
        notes = [*_notes(registry, contents, patterns, format_name, chosen_words(context))]
    # A shell takes an environment's bytes as they are; all others read UTF-8, and say nothing else.
    content = os.fsencode(rendered) if format_name == "shell" else rendered.encode()
    if output in {None, "-"}:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:
        _write(str(output), content, is_secret=bool(contents.secrets), force=force)
    for note in notes:
        click.echo(f"! {cut(printable(note))}", err=True)


def _require_sense(format_name: str, name: str, *, with_help: bool) -> None:
    if not _OBJECT_NAME.fullmatch(name):
        rule = "lower-case letters, digits, hyphens and dots, a letter or digit at each end"
        raise click.BadParameter(f"{name!r} is no name of a Kubernetes object: {rule}.", param_hint="--name")
    if with_help and format_name == "json":
        raise click.UsageError("JSON has no comments; leave out --comments, or choose another --format.")


def _require_secrets(registry: Registry, names: Sequence[str]) -> list[Variable[object]]:
    """Return the secrets of these names, which are the variables' or those that they are read from."""
    secrets: list[Variable[object]] = []
    for name in names:
        found = next((each for each in registry if name in each.sources and each.secret), None)
        variable = registry[name] if found is None else found
        if not variable.secret:
            raise click.BadParameter(f"{name} is no secret; name it as a PATTERN.", param_hint="--secret")
        secrets.append(variable)
    return secrets


def _chosen(registry: Registry, patterns: Sequence[str], secrets: Sequence[Variable[object]]) -> list[Variable[object]]:
    """Return the variables that the patterns match, all where there are none; and the secrets that are asked for."""
    for pattern in patterns:
        if not any(_is_meant(variable, pattern) for variable in registry):
            raise click.BadParameter(f"{registry.unknown(pattern)}", param_hint="PATTERN")
    return [
        variable
        for variable in registry
        if not patterns or variable in secrets or any(_is_meant(variable, pattern) for pattern in patterns)
    ]


def _is_meant(variable: Variable[object], pattern: str) -> bool:
    return any(matches(name, pattern) for name in (variable.name, *variable.sources))


def _notes(
    registry: Registry, contents: Contents, patterns: Sequence[str], format_name: str, words: Words
) -> Iterator[str]:
    """Yield what the export does not have, and whoever reads it may expect."""
    if contents.left_out:
        names = ", ".join(contents.left_out)
        first = contents.left_out[0]
        yield words(
            "left out, because they are secrets: {names}; write one with --secret {name}", names=names, name=first
        )
    yield from _inactive(registry, patterns, words)
    unsaid = contents.comments.keys() - contents.texts.keys()
    if format_name == "json" and unsaid:
        yield words("left out: {count} unset variables, whose defaults no text stands for", count=len(unsaid))
    if not contents.texts:
        yield words("nothing is exported: none of these variables is set")
    yield from (words(each.message) for each in registry.problems)


def _inactive(registry: Registry, patterns: Sequence[str], words: Words) -> Iterator[str]:
    """Yield which variables are set that nothing reads, because their plugins are not active."""
    if len(registry.active_plugins) == len(registry.plugins):
        return  # what finds the others costs six milliseconds
    for each in registry.inactive:
        is_meant = not patterns or any(matches(each.name, pattern) for pattern in patterns)
        if is_meant and each.name.startswith(registry.prefix) and each.set_as(registry.environ) is not None:
            yield words(
                "left out: {variable} is set, and plugin {plugin}, which declares it, is not active",
                variable=each.name,
                plugin=repr(each.plugin),
            )


def _write(path: str, content: bytes, *, is_secret: bool, force: bool) -> None:
    """Write a file as a whole; one with secrets is its owner's alone, also where it replaces another.

    What is no plain file, such as a pipe, is written into, and a link leads to the file that is replaced.
    """
    try:
        path = os.path.realpath(path) if force else path
        if not force:
            _create(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _mode(path, is_secret=is_secret)), path, content
            )
        elif os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                file.write(content)
        else:
            _replace(path, content, _mode(path, is_secret=is_secret))
    except FileExistsError:
        raise click.BadParameter(f"{path!r} exists; --force replaces it.", param_hint="--output") from None
    except OSError as error:
        raise click.ClickException(f"cannot write {path!r}: {error.strerror}") from error


def _mode(path: str, *, is_secret: bool) -> int:
    """Return the permissions of a file that is written: those of the one that it replaces, but for a secret's."""
    if is_secret:
        return _OWNERS_ALONE
    with contextlib.suppress(OSError):
        return stat.S_IMODE(os.stat(path).st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return _EVERYBODYS & ~umask


def _replace(path: str, content: bytes, mode: int) -> None:
    folder, name = os.path.split(path)
    descriptor, made = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    _create(descriptor, made, content)
    try:
        os.chmod(made, mode)
        os.replace(made, path)
    except BaseException:
        os.unlink(made)
        raise


def _create(descriptor: int, path: str, content: bytes) -> None:
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
    except BaseException:
        os.unlink(path)
        raise
