"""Exports: each format's own parser reads what was rendered; what a format cannot say is refused."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from envatlas.errors import EnvatlasError
from envatlas.files import read_env_file
from envatlas.formats.exports import docker, dotenv, json_object, kubernetes, shell, systemd
from envatlas.formats.exports.refusals import UnsayableTextError
from tests import foreign_parsers as foreign

Texts = dict[str, str]

_AWKWARD: Final = "'\"\\$`#=;!%&*?~{}()[]<>|\n\r\t \x0b\x0c\x01\x1b\x7f\x85\xa0\u2028\ufeff\ufffe\U0001f600abé0:,-"

NAMES: Final = st.from_regex(r"A_[A-Za-z0-9_]{0,8}|[yY]|NO|on|NULL|_", fullmatch=True).filter(lambda name: name != "_")
UNICODE: Final = st.text(st.sampled_from(_AWKWARD)) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
)
BYTES: Final = st.binary().map(lambda held: os.fsdecode(held.replace(b"\0", b"")))
"""All that an environment can hold, which need not be UTF-8."""

ANY: Final = st.dictionaries(NAMES, UNICODE | BYTES, max_size=5)
SAYABLE: Final = st.dictionaries(NAMES, UNICODE, max_size=5)

AWKWARD: Final = {
    "A_EMPTY": "",
    "A_SPACE": "  both ends\t",
    "A_COMMENT": "one # two",
    "A_HASH": "#",
    "A_QUOTES": 'it\'s "quoted"',
    "A_DOLLAR": "it's $HOME $$ $(pwd) `pwd`",
    "A_BACKSLASH": "C:\\new\\",
    "A_BACKSLASHES": "\\'\\\\'\\n\\$x\\",
    "A_LINES": "one\n# two\r\nA_THREE=3\n",
    "A_SMILE": "\U0001f600 é \u2028",
    "A_CONTROL": "\x1b[31m\x7f\x01",
}

no_deadline: Final = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""A process may take its time; a fixture's folder may be written to again."""


def sayable(render: Callable[[Texts], str], texts: Texts) -> Texts:
    """Return the texts that a format does not refuse."""
    try:
        render(texts)
    except UnsayableTextError as error:
        return {name: text for name, text in texts.items() if name not in error.reasons}
    return texts


@pytest.mark.parametrize("program", [pytest.param(each, marks=foreign.needs(each)) for each in ("bash", "dash")])
@no_deadline
@given(texts=ANY)
@example(texts=AWKWARD)
def test_a_shell_reads_what_is_exported_for_it(tmp_path: pathlib.Path, program: str, texts: Texts) -> None:
    """Any bytes that an environment can hold."""
    assert foreign.read_by_shell(program, os.fsencode(shell.render(texts)), tmp_path) == texts


@given(texts=SAYABLE)
@example(texts=AWKWARD)
def test_python_dotenv_reads_what_is_exported_for_it(texts: Texts) -> None:
    """What is not refused; it replaces references, and finds none."""
    said = sayable(dotenv.render, texts)
    assert foreign.read_by_dotenv(dotenv.render(said)) == said


@no_deadline
@given(texts=SAYABLE)
@example(texts=AWKWARD)
def test_compose_reads_what_is_exported_as_dotenv(tmp_path: pathlib.Path, texts: Texts) -> None:
    """By its rules, as they are followed where an env file is read; no text is left unknown."""
    said = sayable(dotenv.render, texts)
    file = tmp_path / "read.env"
    file.write_bytes(dotenv.render(said).encode())
    environ = read_env_file(str(file))
    assert (environ.texts, environ.untold, environ.defects) == (said, {}, ())


@given(texts=ANY)
@example(texts=AWKWARD)
def test_a_json_parser_reads_what_is_exported_for_it(texts: Texts) -> None:
    """Any bytes that an environment can hold, in ASCII."""
    content = json_object.render(texts)
    assert content.isascii()
    assert json.loads(content) == json_object.parse(content) == texts


@given(texts=SAYABLE, secrets=st.sets(NAMES))
@example(texts=AWKWARD, secrets=set(AWKWARD) - {"A_LINES", "A_SMILE"})
def test_a_yaml_parser_reads_what_is_exported_for_kubernetes(texts: Texts, secrets: set[str]) -> None:
    """A secret stands in the Secret alone, and nothing else does."""
    shown, hidden = foreign.data_of(
        foreign.read_by_yaml(kubernetes.render(texts, dict.fromkeys(texts, "said"), secrets=secrets))
    )
    assert shown == {name: text for name, text in texts.items() if name not in secrets}
    assert hidden == {name: text for name, text in texts.items() if name in secrets}


@given(texts=ANY)
@example(texts=AWKWARD)
def test_the_rules_of_docker_read_what_is_exported_for_it(texts: Texts) -> None:
    """What is not refused."""
    said = sayable(docker.render, texts)
    assert foreign.read_by_rules_of_docker(docker.render(said).encode()) == said


@pytest.fixture
def read_by_docker(tmp_path: pathlib.Path) -> Iterator[Callable[[bytes], Texts]]:
    """Give what docker's own command reads."""
    with foreign.docker(tmp_path) as read:
        yield read


@foreign.needs_docker
@settings(no_deadline, max_examples=30)
@given(texts=ANY)
@example(texts=AWKWARD)
def test_docker_reads_what_is_exported_for_it(read_by_docker: Callable[[bytes], Texts], texts: Texts) -> None:
    """Its own command; what is not refused."""
    said = sayable(docker.render, texts)
    assert read_by_docker(docker.render(said).encode()) == said


@foreign.needs_docker
def test_docker_reads_the_longest_line_that_is_not_refused(read_by_docker: Callable[[bytes], Texts]) -> None:
    """One letter more is too many."""
    longest = {"A_LONG": "x" * (65535 - len("A_LONG="))}
    assert read_by_docker(docker.render(longest).encode()) == longest
    with pytest.raises(UnsayableTextError, match="its line would have 65536 bytes, and docker reads no more than"):
        docker.render({"A_LONG": longest["A_LONG"] + "x"})


@given(texts=ANY)
@example(texts=AWKWARD)
def test_the_rules_of_systemd_read_what_is_exported_for_it(texts: Texts) -> None:
    """What is not refused."""
    said = sayable(systemd.render, texts)
    assert foreign.read_by_rules_of_systemd(systemd.render(said)) == said


@foreign.needs_systemd
@no_deadline
@given(texts=ANY)
@example(texts=AWKWARD)
def test_systemd_reads_what_is_exported_for_it(tmp_path: pathlib.Path, texts: Texts) -> None:
    """Its own parser, and not this machine's daemon; what is not refused."""
    said = sayable(systemd.render, texts)
    assert foreign.read_by_systemd(systemd.render(said).encode(), tmp_path) == said


@foreign.needs("bash")
@settings(no_deadline, max_examples=30)
@given(texts=ANY)
@example(texts=AWKWARD)
def test_a_shell_reads_what_is_exported_for_systemd(tmp_path: pathlib.Path, texts: Texts) -> None:
    """One file does for both."""
    said = sayable(systemd.render, texts)
    assert foreign.read_by_shell("bash", systemd.render(said).encode(), tmp_path) == said


@pytest.mark.parametrize(
    ("render", "text", "why"),
    [
        (dotenv.render, "\udcff", "dotenv cannot say A: its text is not UTF-8"),
        (dotenv.render, "see ${B}", r"dotenv cannot say A: its text holds \${...}, which is replaced where the file"),
        (dotenv.render, "$\r", "dotenv cannot say A: its text holds a carriage return and a \\$, which no quotes hold"),
        (docker.render, "one\ntwo", "docker cannot say A: its text has a newline, and a variable has one line"),
        (docker.render, "one\r", "docker cannot say A: its text ends with a carriage return"),
        (docker.render, "\udcff", "docker cannot say A: its text is not UTF-8"),
        (kubernetes.render, "\udcff", "kubernetes cannot say A: its text is not UTF-8"),
        (systemd.render, "\udcff", "systemd cannot say A: its text is not UTF-8"),
        (systemd.render, "\ufdd0", "systemd cannot say A: its text holds a byte order mark or a noncharacter"),
        (systemd.render, "\ufeff", "systemd cannot say A: its text holds a byte order mark or a noncharacter"),
        (systemd.render, "\U0010ffff", "systemd cannot say A: its text holds a byte order mark or a noncharacter"),
    ],
)
def test_a_text_that_a_format_cannot_say_is_refused(render: Callable[[Texts], str], text: str, why: str) -> None:
    """The error names the variable, the format and what to do, and does not show the text."""
    with pytest.raises(UnsayableTextError, match=f"^{why}.*; choose the format shell or json") as caught:
        render({"A": text, "B": "80"})
    assert text not in str(caught.value)
    assert isinstance(caught.value, EnvatlasError)


def test_all_texts_that_a_format_cannot_say_are_refused_together() -> None:
    """A line each."""
    with pytest.raises(UnsayableTextError) as caught:
        docker.render({"B": "1\n", "A": "\udcff", "C": "3"})
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "docker cannot say A",
        "docker cannot say B",
    ]


def test_a_reference_that_is_none_is_no_reason_to_refuse() -> None:
    """Only what would be replaced."""
    texts = {"A": "$HOME ${ ${x", "B": "$}{"}
    assert foreign.read_by_dotenv(dotenv.render(texts)) == texts


@pytest.mark.parametrize("render", [dotenv.render, shell.render, docker.render, systemd.render, kubernetes.render])
def test_a_comment_stands_above_its_variable(render: Callable[[Texts, Texts], str]) -> None:
    """Also above where one would stand that has no text."""
    lines = [line.strip() for line in render({"B": "2"}, {"A": "A is unset", "B": "the second"}).splitlines()]
    assert lines.index("# A is unset") + 1 == lines.index("# the second")
    assert lines[-1].startswith(("B", "export B"))


@given(said=st.text())
def test_a_comment_is_one_line_whatever_it_says(said: str) -> None:
    """So that nothing in it can be taken for an assignment."""
    for render in (dotenv.render, shell.render, docker.render, systemd.render):
        (line,) = render({}, {"A": said}).splitlines()
        assert line.startswith("# ")
        line.encode()


def test_a_secret_has_its_comment_in_the_secret() -> None:
    """And one without a text in the ConfigMap, for there may be no Secret."""
    both = kubernetes.render({"A": "1", "B": "2"}, {"A": "a", "B": "b", "C": "c"}, secrets={"B", "C"})
    shown, hidden = both.split("---\n")
    assert ("# a" in shown, "# b" in shown, "# c" in shown) == (True, False, True)
    assert ("# b" in hidden, "# c" in hidden) == (True, False)


@pytest.mark.parametrize("name", ["vllm", "on", "1.5", "2026-11-22", "0x1f", "e"])
def test_the_name_of_the_objects_is_a_text(name: str) -> None:
    """Also one that YAML would take for something else."""
    objects = foreign.read_by_yaml(kubernetes.render({"A": "1"}, secrets={"A"}, name=name))
    assert [each["metadata"]["name"] for each in objects] == [name, name]
    assert objects[0]["data"] == {}
    assert (objects[1]["type"], objects[0]["apiVersion"]) == ("Opaque", "v1")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("9" * 10_000, "it is not JSON"),
        ('["A"]', "it is JSON, but no object"),
        ('{"A": "1", "B": 2}', "its member 'B' is no text"),
    ],
)
def test_what_is_no_object_of_texts_is_refused(content: str, why: str) -> None:
    """In words that show nothing of it but a name."""
    with pytest.raises(ValueError, match=f"^{why}$"):
        json_object.parse(content)
