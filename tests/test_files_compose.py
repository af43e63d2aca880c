"""Compose files: the environment of each service, by Compose's rules."""

from __future__ import annotations

import os
import pathlib
import textwrap

import pytest

from envatlas.environs import Environ, Place, UnreadableFileError, Via
from envatlas.files import read_manifests


def write(tmp_path: pathlib.Path, name: str, text: str) -> str:
    """Write a file, and return its path."""
    file = tmp_path / name
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(file)


def read(tmp_path: pathlib.Path, service: str, others: str = "") -> Environ:
    """Return the environment of the first service, whose fields start at line 3; others may stand behind it."""
    body = textwrap.indent(textwrap.dedent(service).strip("\n"), "    ")
    behind = textwrap.indent(textwrap.dedent(others).strip("\n"), "  ")
    first, *_ = read_manifests([write(tmp_path, "compose.yaml", f"services:\n  engine:\n{body}\n{behind}\n")])
    return first


def found(environ: Environ) -> list[tuple[str, int | None, str]]:
    """Return the defects: the name, the line, and the first words."""
    return [(defect.name, defect.place.line, " ".join(defect.what.split()[:4])) for defect in environ.defects]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("'1'", "1"),
        ("''", ""),
        ("yes", "yes"),
        ("1", "1"),
        ("0x1F", "31"),
        ("0.90", "0.9"),
        ("12:30", "12:30"),
        ("$$x", "$x"),
        ("${NOWHERE:-d}", "d"),
        ("$OF_ENV", "of .env"),
        ("${OF_ENV}/x", "of .env/x"),
        ("'{{ message }}'", "{{ message }}"),
    ],
)
def test_a_field_is_a_text(tmp_path: pathlib.Path, value: str, text: str) -> None:
    """A number is what Compose makes of it, and references are replaced by what is beside the file."""
    write(tmp_path, ".env", "OF_ENV=of .env\n")
    environ = read(tmp_path, f"environment:\n  A: {value}")
    assert (environ["A"], environ.defects) == (text, ())


@pytest.mark.parametrize(
    ("item", "text"), [("A=x", "x"), ("A=", ""), ("A=b=c", "b=c"), ("A=$OF_ENV", "of .env"), ("'A=$$x'", "$x")]
)
def test_an_item_is_a_name_and_a_text(tmp_path: pathlib.Path, item: str, text: str) -> None:
    """The first equals sign parts them."""
    write(tmp_path, ".env", "OF_ENV=of .env\n")
    environ = read(tmp_path, f"environment:\n- {item}")
    assert (environ["A"], environ.defects) == (text, ())


def test_a_text_has_the_place_of_its_key(tmp_path: pathlib.Path) -> None:
    """With the service."""
    place = read(tmp_path, "environment:\n  A: x").place_of("A")
    assert (place.line, place.document, place.container, place.via) == (4, None, "service engine", Via.COMPOSE)


@pytest.mark.parametrize("text", ["$K", "${K}", "${K:-x}", "${K?it is missing}"])
def test_a_text_that_is_a_reference_alone_stands_where_that_is(tmp_path: pathlib.Path, text: str) -> None:
    """The place that sets it stays the Compose file's."""
    path = write(tmp_path, ".env", "# keys\nK=hush\n")
    environ = read(tmp_path, f"environment: {{A: '{text}'}}")
    assert (environ["A"], environ.place_of("A").via) == ("hush", Via.COMPOSE)
    assert environ.origin_of("A") == Place(path, 2, container="service engine", via=Via.ENV_FILE)


@pytest.mark.parametrize("text", ["${K:+x}", "x$K", "$$K", "${MISSING:-x}", "${EMPTY:-x}", "${K:-${L}}", "x"])
def test_another_text_stands_where_it_is_set(tmp_path: pathlib.Path, text: str) -> None:
    """A default stands there, and a part of it may."""
    write(tmp_path, ".env", "K=hush\nL=x\nEMPTY=\n")
    environ = read(tmp_path, f"environment: {{A: '{text}'}}")
    assert environ.origin_of("A") == environ.place_of("A")


@pytest.mark.parametrize("environment", ["{A: }", "{A: null}", "[A]", "{A: $X}", "['A=${X}']", "{A: '${X:?no}'}"])
def test_what_only_the_caller_knows_is_untold(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    """It is not looked up in the environment of this process."""
    monkeypatch.setenv("A", "of this process")
    monkeypatch.setenv("X", "of this process")
    environ = read(tmp_path, f"environment: {environment}")
    assert ([*environ.untold], environ.defects) == (["A"], ())


@pytest.mark.parametrize("environment", ["{A: }", "[A]"])
def test_what_is_passed_on_may_be_beside_the_file(tmp_path: pathlib.Path, environment: str) -> None:
    """Then its place is there."""
    path = write(tmp_path, ".env", "\nA=x\n")
    environ = read(tmp_path, f"environment: {environment}")
    place = environ.place_of("A")
    assert environ["A"] == "x"
    assert (place.file, place.line, place.container, place.via) == (path, 2, "service engine", Via.ENV_FILE)


def test_what_is_beside_the_file_is_not_the_environment(tmp_path: pathlib.Path) -> None:
    """It only replaces references."""
    write(tmp_path, ".env", "A=x\n")
    assert len(read(tmp_path, "image: x")) == 0


@pytest.mark.parametrize(
    ("environment", "defect", "text"),
    [
        ("{A: true}", ("A", 3, "a boolean stands where"), "true"),
        ("{A: FALSE}", ("A", 3, "a boolean stands where"), "false"),
        ("{A: 1e30}", None, None),
        ("{A: [x]}", ("A", 3, "more than a text"), None),
        ("{A: '${'}", ("A", 3, "a reference that starts"), None),
        ("[A=x, A=x]", ("A", 3, "environment sets it a"), "x"),
        ("[A=x, 1]", ("", 3, "an item of environment"), "x"),
        ("[A=x, {B: y}]", ("", 3, "an item of environment"), "x"),
        ("['A=x', '=y']", ("", 3, "a variable without a"), "x"),
        ("{A: x, '': y}", ("", 3, "a variable without a"), "x"),
    ],
)
def test_what_is_wrong_is_a_defect(
    tmp_path: pathlib.Path, environment: str, defect: tuple[str, int, str] | None, text: str | None
) -> None:
    """The rest is read."""
    environ = read(tmp_path, f"environment: {environment}")
    assert found(environ) == ([] if defect is None else [defect])
    assert (environ.texts.get("A"), "A" in environ) == (text, True)


@pytest.mark.parametrize(("environment", "count"), [("", 0), ("x", 1)])
def test_an_environment_that_is_none_is_a_defect(tmp_path: pathlib.Path, environment: str, count: int) -> None:
    """An empty one sets nothing."""
    environ = read(tmp_path, f"environment: {environment}")
    assert (len(environ), len(environ.defects)) == (0, count)


def test_env_files_come_before_environment(tmp_path: pathlib.Path) -> None:
    """And an earlier one before a later one; each text keeps its file and line."""
    first = write(tmp_path, "first.env", "A=first\nB=first\nC=first\n")
    second = write(tmp_path, "second.env", "\nB=second\nC=second\n")
    environ = read(tmp_path, "env_file: [first.env, ./second.env]\nenvironment: {C: x}")
    assert dict(environ.texts) == {"A": "first", "B": "second", "C": "x"}
    places = [environ.place_of(name) for name in "AB"]
    assert [(place.file, place.line, place.via) for place in places] == [
        (first, 1, Via.ENV_FILE),
        (second, 2, Via.ENV_FILE),
    ]
    assert {place.container for place in places} == {"service engine"}


def test_an_env_file_refers_to_what_compose_knows(tmp_path: pathlib.Path) -> None:
    """First to what is beside the Compose file, then to the service's environment, then to what stands before it."""
    write(tmp_path, ".env", "X=.env\n")
    write(tmp_path, "e.env", "X=file\nY=file\nZ=file\nA=$X-$Y-$Z\nB=$NOWHERE\n")
    environ = read(tmp_path, "env_file: e.env\nenvironment: {X: service, Y: service}")
    assert (environ["A"], [*environ.untold]) == (".env-service-file", ["B"])


@pytest.mark.parametrize(
    ("env_file", "text"),
    [
        ("e.env", "x"),
        ("[e.env]", "x"),
        ("[{path: e.env}]", "x"),
        ("[{path: e.env, required: true}]", "x"),
        ("[{path: e.env, format: raw}]", "'x'"),
        ("${FOLDER:-.}/e.env", "x"),
    ],
)
def test_an_env_file_is_named_in_several_ways(tmp_path: pathlib.Path, env_file: str, text: str) -> None:
    """Relative to the Compose file, wherever the process is."""
    write(tmp_path, "e.env", "A='x'\n")
    assert read(tmp_path, f"env_file: {env_file}")["A"] == text


def test_an_env_file_that_is_not_there_is_a_defect(tmp_path: pathlib.Path) -> None:
    """What it would set is not known; what is optional sets nothing."""
    environ = read(tmp_path, "env_file: [{path: missing.env}, {path: other.env, required: false}]\nenvironment: [A=x]")
    assert found(environ) == [("", 3, "its env file 'missing.env'")]
    assert ([open_end.place.line for open_end in environ.open_ended], environ["A"]) == ([3], "x")


def test_an_env_file_whose_name_is_not_known_leaves_the_end_open(tmp_path: pathlib.Path) -> None:
    """Whoever starts the service says which one it is."""
    environ = read(tmp_path, "env_file: $STAGE.env")
    assert [open_end.why.split(",")[0] for open_end in environ.open_ended] == ["it comes from an env file"]
    assert environ.defects == ()


def test_an_env_file_that_cannot_be_read_is_refused(tmp_path: pathlib.Path) -> None:
    """It is named, not the Compose file."""
    path = write(tmp_path, "e.env", "A B\n")
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, "env_file: e.env")
    assert caught.value.place.file == path


BASE = """
base:
  environment: {A: base, B: base}
  env_file: base.env
"""


@pytest.mark.parametrize("extends", ["base", "{service: base}"])
def test_a_service_extends_another(tmp_path: pathlib.Path, extends: str) -> None:
    """Its own texts count before those, and all env files before all of both."""
    write(tmp_path, "base.env", "B=file\nC=file\n")
    write(tmp_path, "own.env", "C=own\nD=own\n")
    environ = read(tmp_path, f"extends: {extends}\nenv_file: own.env\nenvironment: [A=x]", BASE)
    assert dict(environ.texts) == {"A": "x", "B": "base", "C": "own", "D": "own"}
    assert environ.place_of("B").container == "service engine"


def test_a_service_extends_one_of_another_file(tmp_path: pathlib.Path) -> None:
    """Whose paths are relative to that file, and whose references to what is beside the first one."""
    folder = tmp_path / "common"
    folder.mkdir()
    path = write(folder, "base.yaml", "services:\n  base: {environment: {A: $X}, env_file: base.env}\n")
    write(folder, "base.env", "B=file\n")
    write(folder, ".env", "X=there\n")
    write(tmp_path, ".env", "X=here\n")
    environ = read(tmp_path, "extends: {file: common/base.yaml, service: base}")
    assert dict(environ.texts) == {"A": "here", "B": "file"}
    assert environ.place_of("A").file == path


@pytest.mark.parametrize(
    ("extends", "others"),
    [
        ("missing", ""),
        ("", ""),
        ("engine", ""),
        ("other", "other: {extends: engine}"),
        ("{service: base, file: missing.yaml}", ""),
        ("{file: compose.yaml}", ""),
        ("{service: base, file: empty.yaml}", ""),
    ],
)
def test_a_service_that_extends_nothing_is_a_defect(tmp_path: pathlib.Path, extends: str, others: str) -> None:
    """What it says itself is read."""
    write(tmp_path, "empty.yaml", "")
    environ = read(tmp_path, f"extends: {extends}\nenvironment: [A=x]", others)
    assert environ["A"] == "x"
    assert [defect.what.split(" that")[0] for defect in environ.defects] == ["it extends a service"]
    assert len(environ.open_ended) == 1


def test_a_service_that_extends_what_is_not_known_leaves_the_end_open(tmp_path: pathlib.Path) -> None:
    """It is no mistake."""
    environ = read(tmp_path, "extends: {service: base, file: $STAGE.yaml}")
    assert (len(environ.open_ended), environ.defects) == (1, ())


def test_a_name_that_is_made_by_a_reference_leaves_the_end_open(tmp_path: pathlib.Path) -> None:
    """Nobody knows what it sets."""
    environ = read(tmp_path, "environment: ['$A=x', B=x]")
    assert ([*environ], [end.why for end in environ.open_ended]) == (["B"], ["its name is made by a reference"])


def test_a_file_is_read_once(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many services, of however many documents, refer to it."""
    write(tmp_path, "base.yaml", "services:\n  base: {environment: [A=x]}\n")
    write(tmp_path, "e.env", "B=x\n")
    write(tmp_path, ".env", "C=x\n")
    services = "".join(
        f"  s{number}: {{extends: {{service: base, file: base.yaml}}, env_file: e.env}}\n" for number in range(50)
    )
    path = write(tmp_path, "compose.yaml", f"---\nservices:\n{services}---\nservices:\n{services}")
    opened: list[str] = []
    really_open = os.open

    def opening(file: str, flags: int) -> int:
        opened.append(file)
        return really_open(file, flags)

    monkeypatch.setattr(os, "open", opening)
    environs = read_manifests([path])
    assert sorted(pathlib.Path(each).name for each in opened) == [".env", "base.yaml", "compose.yaml", "e.env"]
    assert {(environ["A"], environ["B"]) for environ in environs} == {("x", "x")}
    assert [environs[index].place.document for index in (0, 99)] == [1, 2]


def test_services_are_in_the_order_of_the_files(tmp_path: pathlib.Path) -> None:
    """One that says nothing is a service as well."""
    first = write(tmp_path, "a.yaml", "services:\n  b: {environment: [A=x]}\n  a:\n")
    second = write(tmp_path, "b.yaml", "services: {c: {}}\n")
    environs = read_manifests([first, second])
    assert [environ.place.container for environ in environs] == ["service b", "service a", "service c"]


def test_a_key_that_is_there_twice_is_a_defect(tmp_path: pathlib.Path) -> None:
    """Compose refuses the file."""
    assert found(read(tmp_path, "environment:\n  A: x\n  A: y")) == [("", 5, "a mapping has the")]


def test_files_that_are_included_are_a_defect(tmp_path: pathlib.Path) -> None:
    """They are not read, and that must not look as if they were."""
    (environ,) = read_manifests([write(tmp_path, "compose.yaml", "include: [x.yaml]\nservices: {a: {}}\n")])
    assert found(environ) == [("", 1, "the files that it")]


def test_a_template_that_was_not_rendered_is_refused(tmp_path: pathlib.Path) -> None:
    """It is YAML by chance."""
    with pytest.raises(UnreadableFileError, match="helm template"):
        read(tmp_path, "environment: ['A={{ .Values.a }}']")


def test_services_that_share_much_are_refused_soon(tmp_path: pathlib.Path) -> None:
    """A small file may refer to a large one a thousand times."""
    write(tmp_path, "e.env", "".join(f"A{number}=x\n" for number in range(9000)))
    services = "".join(f"  s{number}: {{env_file: e.env}}\n" for number in range(3000))
    path = write(tmp_path, "compose.yaml", f"services:\n{services}")
    with pytest.raises(UnreadableFileError, match="set more than 100000 names"):
        read_manifests([path])
