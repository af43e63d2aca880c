"""The environments that a command line names: this process's own, a file's, a container's, a snapshot's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs
import click
from click.shell_completion import CompletionItem

from envatlas.cli.words import chosen_words
from envatlas.environs import Environ, Place, UnreadableFileError, Via
from envatlas.languages import Words
from envatlas.messages import message_of
from envatlas.registry import Registry

LIVE: Final = "live"
"""What stands for the environment of this process."""

_MANIFESTS: Final = (".yaml", ".yml")
_SNAPSHOT: Final = ".json"


@attrs.frozen
class NamedEnvironment:
    """An environment, as a registry sees it, and what it was called.

    Attributes:
        label: What it was called.
        registry: The registry in it.
        may_lack_secrets: Whether a secret that it does not have may be set all the same: in a snapshot, which has
            only those that were asked for.
    """

    label: str
    registry: Registry = attrs.field(repr=False)
    may_lack_secrets: bool = False


def named_environment(registry: Registry, name: str) -> NamedEnvironment:
    """Return the environment that a text on the command line names.

    Args:
        registry: The registry, in the environment of this process.
        name: ``live``; or a path: of a snapshot (``.json``), of a manifest (``.yaml``, ``.yml``, and behind a ``#``
            the container where it has several), or of an env file.

    Raises:
        UnreadableFileError: The file cannot be read.
        click.BadParameter: A manifest has several containers, or not the one that is named.

    >>> from envatlas.vllm import registry
    >>> named_environment(registry, "live").registry is registry
    True
    """
    if name == LIVE:
        return NamedEnvironment(name, registry)
    path, _, container = name.rpartition("#")
    if path.endswith(_MANIFESTS):
        return NamedEnvironment(name, registry.with_environ(_container(path, container)))
    if name.endswith(_MANIFESTS):
        return NamedEnvironment(name, registry.with_environ(_container(name, "")))
    if name.endswith(_SNAPSHOT):
        return NamedEnvironment(name, registry.with_environ(_snapshot(name)), may_lack_secrets=True)
    from envatlas.files import read_env_file  # noqa: PLC0415  another environment does not need it

    return NamedEnvironment(name, registry.with_environ(read_env_file(name)))


def notes_on(environments: Iterable[NamedEnvironment], words: Words) -> list[str]:
    """Return what is wrong with environments, or not known of them, each thing once.

    >>> from envatlas.vllm import registry
    >>> wrong = registry.with_environ({"VLLM_PLUGINS": "cuda,nonsuch"})
    >>> notes_on([NamedEnvironment("a.env", wrong)] * 2, Words("en"))
    ["VLLM_PLUGINS names 'nonsuch', and no installed plugin is called that"]
    """
    return [*dict.fromkeys(note for each in environments for note in _notes(each.registry, words))]


def _notes(registry: Registry, words: Words) -> Iterator[str]:
    environ = registry.environ
    if isinstance(environ, Environ):
        yield from (words(each.message) for each in environ.defects)
        for each in environ.open_ended:
            yield words("{place} sets more than is known: {why}", place=each.place.message, why=message_of(each.why))
    yield from (words(each.message) for each in registry.problems)


def complete_environments(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return ``live`` where it is begun, and otherwise leave it to the shell to complete a path.

    >>> context, argument = click.Context(click.Command("diff")), click.Argument(["a"])
    >>> [(item.value, item.type) for item in complete_environments(context, argument, "pro")]
    [('pro', 'file')]
    """
    if incomplete and LIVE.startswith(incomplete):
        words = chosen_words(context)
        return [CompletionItem(LIVE, help=words("the environment of this process"))]
    return [CompletionItem(incomplete, type="file")]


def _container(path: str, name: str) -> Environ:
    """Return the environment of one of a manifest's containers; the name may be left out where there is only one."""
    from envatlas.files import read_manifests  # noqa: PLC0415  another environment does not need it

    environs = read_manifests([path])
    found = [each for each in environs if _is_called(each.place.container, name)] if name else _running(environs)
    if len(found) == 1:
        return found[0]
    labels = [each.place.container for each in found or environs]
    raise click.BadParameter(_not_one(path, name, labels), param_hint=path)


def _running(environs: Sequence[Environ]) -> Sequence[Environ]:
    """Return those of containers, unless there are none: what is left of a ConfigMap is seldom meant beside one."""
    return [each for each in environs if each.place.via not in {Via.CONFIG_MAP, Via.SECRET}] or environs


def _is_called(label: str, name: str) -> bool:
    """Return whether a container, labelled as in ``Pod vllm, container engine``, is meant by a name.

    >>> [_is_called("Pod vllm, container engine", name) for name in ("engine", "Pod vllm, container engine", "gin")]
    [True, True, False]
    """
    return name in {label, label.rpartition(" ")[2]}


def _not_one(path: str, name: str, labels: Sequence[str]) -> str:
    choices = ", ".join(f"'{path}#{label}'" for label in labels)
    what = f"{len(labels)} containers" if not name else f"not one container that is called {name!r}"
    return f"it has {what}; name one: {choices}."


def _snapshot(path: str) -> Environ:
    from envatlas.files.contents import read_text  # noqa: PLC0415  another environment does not need it
    from envatlas.files.limits import LARGEST_FILE  # noqa: PLC0415
    from envatlas.formats.exports.json_object import parse  # noqa: PLC0415

    place = Place(path)
    try:
        return Environ(place, parse(read_text(path, LARGEST_FILE)))
    except UnreadableFileError:
        raise
    except ValueError as error:
        problem, remedy = str(error), "give what 'envatlas export --format json' writes"
    raise UnreadableFileError(place, problem, remedy)  # outside: the cause would hold the whole file
