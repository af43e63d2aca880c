"""Laws of reading files: whatever bytes they have, there are environments or one error, and no secret in it."""

from __future__ import annotations

import json
import pathlib
import traceback
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas.environs import Environ, UnreadableFileError
from envatlas.files import read_env_file, read_manifests

DATA: Final = pathlib.Path(__file__).parent / "data"
SECRET: Final = "Hush4711"

READERS: Final[list[Callable[[str], tuple[Environ, ...]]]] = [
    lambda path: (read_env_file(path),),
    lambda path: read_manifests([path]),
]

_BYTES: Final = st.binary(max_size=300)
_TEXT: Final = st.text(alphabet="ab:-#&*!|>'\"%@`{}[],?<$=\\ \n\t\x00\x85\ufeff\u2028é", max_size=200).map(str.encode)
_KEYS: Final = st.sampled_from(
    [
        "kind",
        "apiVersion",
        "metadata",
        "name",
        "namespace",
        "spec",
        "items",
        "template",
        "containers",
        "initContainers",
        "env",
        "envFrom",
        "value",
        "valueFrom",
        "configMapRef",
        "secretRef",
        "configMapKeyRef",
        "secretKeyRef",
        "fieldRef",
        "fieldPath",
        "resourceFieldRef",
        "optional",
        "prefix",
        "data",
        "stringData",
        "key",
        "enableServiceLinks",
        "services",
        "environment",
        "env_file",
        "path",
        "required",
        "format",
        "extends",
        "service",
        "file",
        "<<",
        "A",
    ]
)
_VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=25,
)


def outcome(reader: Callable[[str], tuple[Environ, ...]], path: str) -> str:
    """Read a file, and return all that may be shown of what came of it."""
    try:
        environs = reader(path)
    except UnreadableFileError as error:
        return "".join(traceback.format_exception(error))
    assert all(isinstance(text, str) for environ in environs for text in environ.texts.values())
    for environ in environs:
        assert not environ.texts.keys() & environ.untold.keys()
        assert environ.texts.keys() == environ.places.keys()
    return "\n".join(
        f"{environ!r} {environ.defects} {environ.open_ended} {[*environ.untold.values()]}" for environ in environs
    )


@pytest.mark.parametrize("reader", READERS)
@given(data=_BYTES | _TEXT)
def test_any_bytes_are_environments_or_an_error(
    reader: Callable[[str], tuple[Environ, ...]], data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing else is raised."""
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(data)
    outcome(reader, str(file))


@given(
    kind=st.sampled_from(["Pod", "List", "ConfigMap", "Secret", "Service", 1]), objects=st.lists(_VALUES, max_size=4)
)
def test_any_objects_are_environments_or_an_error(
    kind: object, objects: list[object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However odd their shape is; JSON is YAML."""
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "spec": {"containers": [{"env": each, "envFrom": each} for each in objects]},
    }
    services = {str(n): {"environment": each, "env_file": each, "extends": each} for n, each in enumerate(objects)}
    compose = {"services": services}
    others = [{"apiVersion": "v1", "kind": kind, "metadata": each, "items": each, "data": each} for each in objects]
    file.write_text("\n---\n".join(json.dumps(each) for each in (pod, compose, *others, *objects)))
    outcome(READERS[1], str(file))


_REAL: Final = sorted(DATA.glob("manifests/**/*.yaml")) + sorted(DATA.glob("env/*.env"))


@settings(max_examples=200)
@given(file=st.sampled_from(_REAL), data=st.data())
def test_a_real_file_that_was_damaged_is_environments_or_an_error(
    file: pathlib.Path, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A piece is cut out, or written over."""
    text = file.read_bytes()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    damaged = tmp_path_factory.getbasetemp() / "damaged"
    damaged.write_bytes(text[:start] + data.draw(_BYTES | _TEXT) + text[end:])
    outcome(READERS[file.suffix == ".yaml"], str(damaged))


@pytest.mark.parametrize(
    "text",
    [
        f"A B={SECRET}",
        f'A="{SECRET}',
        f"A=${{{SECRET}",
        f"A=x${SECRET}",
        f"A={SECRET}\0",
        f"A={SECRET}\udcff",
        f"A=${{B:-{SECRET}${{C}}}}",
        f"A={SECRET}\nB=$A$",
        f"A={SECRET * 20000}",
        f"A=x{' ' * 300}{SECRET}",
    ],
)
def test_no_error_of_an_env_file_shows_its_texts(tmp_path: pathlib.Path, text: str) -> None:
    """Nor does a defect."""
    file = tmp_path / "secret.env"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert SECRET.lower() not in outcome(READERS[0], str(file)).lower()


_POD: Final = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    - name: A\n      value: "
_SECRET: Final = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  A: "
_USES: Final = "\n---\napiVersion: v1\nkind: Pod\nspec: {containers: [{envFrom: [{secretRef: {name: s}}]}]}\n"
_COMPOSE: Final = "services:\n  a:\n    environment:\n      A: "


@pytest.mark.parametrize(
    "text",
    [
        f"{_POD}'{SECRET}",
        f"{_POD}{SECRET}: {SECRET}",
        f"{_POD}[{SECRET}]",
        f"{_POD}!{SECRET} x",
        f"{_POD}*{SECRET}",
        f"{_POD}!!int {SECRET}",
        f"{_POD}!!bool {SECRET}",
        f'{_POD}"{SECRET}\\0"',
        f'{_POD}"{SECRET}\\q"',
        f"{_POD}{SECRET}{{{{ .Values.x }}}}",
        f"{_POD}{SECRET * 20000}",
        f"{_POD}&{SECRET} [*{SECRET}]",
        f"{_SECRET}{SECRET}!{_USES}",
        f"{_SECRET}[{SECRET}]{_USES}",
        f"{_SECRET}!!int {SECRET}{_USES}",
        f"{_COMPOSE}${{{SECRET}!}}",
        f"{_COMPOSE}${{B:?{SECRET}}}",
        f"{_COMPOSE}x${SECRET}",
        f"{_COMPOSE}[{SECRET}]",
        f"{_COMPOSE}!!bool {SECRET}",
        f"{_COMPOSE}!!float {SECRET}",
        f"services: {{a: {{environment: [{{{SECRET}: 1}}, '={SECRET}']}}}}",
    ],
)
def test_no_error_of_a_manifest_shows_its_texts(tmp_path: pathlib.Path, text: str) -> None:
    """Nor does a defect, or what says why a text is not known."""
    file = tmp_path / "secret.yaml"
    file.write_text(text)
    assert SECRET.lower() not in outcome(READERS[1], str(file)).lower()


_PRINTABLE: Final = st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\t\n\r$"))


@given(texts=st.dictionaries(st.from_regex("[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), _PRINTABLE))
def test_texts_that_are_written_are_read(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Quoted, and with their dollar signs doubled, they come out as they went in."""
    file = tmp_path_factory.getbasetemp() / "round.yaml"
    escaped = {name: text.replace("$", "$$") for name, text in texts.items()}
    env = [{"name": name, "value": text} for name, text in escaped.items()]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"env": env}]}}
    compose = {"services": {"a": {"environment": escaped}}}
    written = "\n---\n".join(json.dumps(each, ensure_ascii=False) for each in (pod, compose))
    file.write_text(written, encoding="utf-8")
    for environ in read_manifests([str(file)]):
        assert {name: environ.texts.get(name) for name in texts} == texts
