"""Documents: YAML files as nodes with lines, however hostile they are."""

from __future__ import annotations

import pathlib
import sys
import time
from typing import Final

import pytest

from envatlas.environs import UnreadableFileError
from envatlas.files import MissingLibraryError
from envatlas.files.documents import read_documents
from envatlas.files.limits import DEEPEST, MOST_DOCUMENTS, MOST_NODES
from envatlas.files.nodes import Document, ScalarNode, children, fields_of, find, items_of, text_of

PLAIN: Final = 20_000
"""Values of a plain list, with whose reading that of a hostile file is compared."""
MOST: Final = 4
"""How many times as long as reading as many values as there may be, in a plain list, the refusal of a file may take."""


def read(tmp_path: pathlib.Path, text: str) -> tuple[Document, ...]:
    """Write a file, and return its documents."""
    file = tmp_path / "test.yaml"
    file.write_text(text, encoding="utf-8")
    return read_documents(str(file))


def refused(tmp_path: pathlib.Path, text: str) -> UnreadableFileError:
    """Return the error that a file raises."""
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, text)
    return caught.value


def refused_soon(tmp_path: pathlib.Path, text: str) -> UnreadableFileError:
    """Return the error that a file raises, in no more processor time than the largest file takes that may be read."""
    started = time.process_time()
    read(tmp_path, "- x\n" * PLAIN)
    largest_s = (time.process_time() - started) * MOST_NODES / PLAIN
    started = time.process_time()
    error = refused(tmp_path, text)
    assert time.process_time() - started < MOST * largest_s
    return error


def test_a_key_has_its_line(tmp_path: pathlib.Path) -> None:
    """So have scalars and lists."""
    (document,) = read(tmp_path, "# comment\na:\n  b: |\n    text\nc:\n- 1\n- 2\n")
    assert {key: field.line for key, field in fields_of(document.root).items()} == {"a": 2, "c": 5}
    assert {key: field.line for key, field in fields_of(find(document.root, "a")).items()} == {"b": 3}
    assert [item.line for item in items_of(find(document.root, "c"))] == [6, 7]
    assert text_of(find(document.root, "a", "b")) == "text\n"


def test_a_path_that_leads_nowhere_finds_nothing(tmp_path: pathlib.Path) -> None:
    """Whatever stands where a mapping was looked for."""
    (document,) = read(tmp_path, "a: [1]\nb: text\n")
    assert [find(document.root, *path) for path in (["c"], ["a", "b"], ["b", "c", "d"])] == [None, None, None]
    assert (find(None, "a"), text_of(find(document.root, "a"))) == (None, "")
    assert [[*children(each)] for each in (ScalarNode(1, "x"),)] == [[]]


def test_documents_are_numbered_where_there_are_several(tmp_path: pathlib.Path) -> None:
    """An empty one between two lines of dashes is one as well."""
    assert [each.number for each in read(tmp_path, "a: 1\n")] == [None]
    assert [each.number for each in read(tmp_path, "---\na: 1\n---\n---\nb: 1\n")] == [1, 2, 3]
    assert read(tmp_path, "# nothing\n") == ()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", {"x": "1", "y": "3"}),
        ("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\n", {"x": "1", "y": "3"}),
        ("a: [&a {x: 1}, &b {x: 2, y: 2}]\nb: {<<: [*a, *b], z: 3}\n", {"x": "1", "y": "2", "z": "3"}),
        ("a: &a {x: 1}\nc: &c {<<: *a, y: 2}\nb: {<<: *c}\n", {"x": "1", "y": "2"}),
        ("b: {'<<': 1}\n", {"<<": "1"}),
        ("a: &a {x: 1}\nb: *a\n", {"x": "1"}),
    ],
)
def test_aliases_and_merges_are_followed(tmp_path: pathlib.Path, text: str, fields: dict[str, str]) -> None:
    """A key of its own counts before one that is merged, and an earlier mapping before a later one."""
    (document,) = read(tmp_path, text)
    assert {key: text_of(field.node) for key, field in fields_of(find(document.root, "b")).items()} == fields


def test_an_anchor_can_be_set_anew(tmp_path: pathlib.Path) -> None:
    """As YAML says; PyYAML's own composer does not allow it."""
    (document,) = read(tmp_path, "a: &a 1\nb: &a 2\nc: *a\n")
    assert text_of(find(document.root, "c")) == "2"


def test_anchors_end_with_their_document(tmp_path: pathlib.Path) -> None:
    """The next one has its own."""
    assert "anchor" in refused(tmp_path, "a: &a 1\n---\nb: *a\n").problem


def test_a_key_that_is_there_twice_is_remembered(tmp_path: pathlib.Path) -> None:
    """The later one counts."""
    first, second = read(tmp_path, "a: 1\nb: {c: 1,\n c: 2}\n---\na: 1\n")
    assert (first.repeated, second.repeated) == ([("c", 3)], [])
    assert text_of(find(first.root, "b", "c")) == "2"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("x", True),
        ("'x'", False),
        ('"x"', False),
        ("|\n  x", False),
        (">\n  x", False),
        ("! x", False),
        ("!override x", True),
        ("!!str x", False),
    ],
)
def test_how_a_scalar_is_written_is_kept(tmp_path: pathlib.Path, text: str, plain: bool) -> None:
    """Only a plain one can be anything but text."""
    (document,) = read(tmp_path, f"a: {text}\n")
    node = find(document.root, "a")
    assert isinstance(node, ScalarNode)
    assert (node.is_plain, node.text.strip()) == (plain, "x")


def test_what_compose_takes_out_is_not_there(tmp_path: pathlib.Path) -> None:
    """Be it a text, a list or a mapping, and be it merged; what replaces another is there."""
    text = "b: &b {m: 1, n: 1}\na: {<<: *b, m: !reset null, x: !reset [y], z: !reset {y: 1}, o: !override [1]}\n"
    (document,) = read(tmp_path, text)
    assert [*fields_of(find(document.root, "a"))] == ["n", "o"]


_BOMB: Final = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))])
_CHAIN: Final = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, DEEPEST + 10))])
_MERGES: Final = f"b: &b {{{', '.join(f'k{n}: 1' for n in range(9999))}}}\nc:\n" + "- {<<: *b}\n" * 9999


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("[" * 100_000, 1, f"it is nested more than {DEEPEST} deep"),
        ("- " * 100_000, 1, f"it is nested more than {DEEPEST} deep"),
        ("{a: " * 100_000, 1, f"it is nested more than {DEEPEST} deep"),
        ("- x\n" * (MOST_NODES + 1), MOST_NODES + 1, f"it holds more than {MOST_NODES} values"),
        ("---\n" * (MOST_DOCUMENTS + 1), MOST_DOCUMENTS + 1, f"it holds more than {MOST_DOCUMENTS} documents"),
        (_BOMB, 7, f"it holds more than {MOST_NODES} values"),
        (_CHAIN, DEEPEST + 1, f"its aliases nest it more than {DEEPEST} deep"),
        (_MERGES, 21, f"it holds more than {MOST_NODES} values"),
        ("a: &a [*a]", 1, "an alias stands inside what it is"),
        ("a: &a\n  b: *a", 2, "an alias stands inside what it is"),
        ("a: *b", 1, "an alias refers to an anchor that is not there"),
        ("a: 1\n<<: 2", 1, "<< merges what is no mapping"),
        ("a: 1\n[b]: 2", 2, "the key of a mapping is a list"),
        ("a: !!python/object/apply:os.system [echo]", 1, "a value has a tag of its own, which is not read"),
        ("a: !!python/name:os.system", 1, "a value has a tag of its own, which is not read"),
        ("a: !!int 1", 1, "a value has a tag of its own, which is not read"),
        ("a: !else null", 1, "a value has a tag of its own, which is not read"),
        ("a: !!map {b: !!binary aGk=}", 1, "a value has a tag of its own, which is not read"),
    ],
)
def test_a_hostile_file_is_refused_soon(tmp_path: pathlib.Path, text: str, line: int, problem: str) -> None:
    """With one error that names the line."""
    error = refused_soon(tmp_path, text)
    assert (error.place.line, error.problem) == (line, problem)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: b: c", 1), ("a: 1\n b: 2", 2), ("a: [1,\nb: }", 2), ("a: 'hush", 1), ("%hush\n---\n", 1), ("a: !h!ush x", 1)],
)
def test_what_is_no_yaml_is_refused_without_a_word_of_it(tmp_path: pathlib.Path, text: str, line: int) -> None:
    """A message of the parser may quote the file, and the file may hold secrets."""
    error = refused(tmp_path, text)
    assert error.problem.startswith("it is not valid YAML")
    assert error.place.line == line
    assert "ush" not in f"{error.problem} {error.remedy}"
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_control_character_is_refused(tmp_path: pathlib.Path) -> None:
    """The parser gives no line for it."""
    error = refused(tmp_path, "a: '\x01'")
    assert (error.place.line, error.problem) == (None, "it is not valid YAML")


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.enabled }}\na: 1\n{{- end }}\n",
        "a: {{ .Values.a }}\n",
        'a: "{{ .Values.a }}\n',
        '{{- include "labels" . | nindent 4 }}\n',
    ],
)
def test_a_template_is_told_from_broken_yaml(tmp_path: pathlib.Path, text: str) -> None:
    """The remedy is to render it."""
    assert "helm template" in refused(tmp_path, text).remedy


def test_a_missing_library_is_named_with_the_remedy(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "envatlas.files.composing", raising=False)
    monkeypatch.delattr("envatlas.files.composing", raising=False)
    with pytest.raises(MissingLibraryError, match=r"PyYAML.*pip install 'envatlas\[cli\]'"):
        read(tmp_path, "a: 1")


def test_the_parser_in_python_reads_the_same(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml, it is slower, and that is all."""
    monkeypatch.delattr("yaml.CSafeLoader")
    (document,) = read(tmp_path, "a: &a {x: 1}\nb: {<<: *a, y: 'two'}\n")
    fields = fields_of(find(document.root, "b"))
    assert {key: (field.line, text_of(field.node)) for key, field in fields.items()} == {"x": (1, "1"), "y": (2, "two")}
    error = refused(tmp_path, "a: !h!ush x")
    assert (error.place.line, "ush" in error.problem) == (1, False)
