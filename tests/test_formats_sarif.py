"""SARIF: findings for code scanning."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import attrs
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Finding, Severity
from envatlas.checks.codes import CODES
from envatlas.environs import Place
from envatlas.formats.sarif import sarif_log
from envatlas.version import VERSION

SCHEMA: Final = json.loads(
    (pathlib.Path(__file__).parent / "data/sarif-2.1.0-written.json").read_text(encoding="utf-8")
)
"""What the specification says of the objects that are written."""

PLACE: Final = Place("deploy.yaml", 12, 2, "Deployment vllm, container engine")
PORT: Final = Finding(
    "invalid-value", Severity.ERROR, "A_PORT", "'x' is no number", "It ends in an error", "unset A_PORT", PLACE
)
OTHER: Final = Finding("a-plugins", Severity.NOTE, "", "there is no core", "It is slow", "add one")

Object = Mapping[str, Any]


def run_of(findings: Sequence[Finding]) -> Object:
    """Return the run of a log that is as the specification says, and as JSON has it."""
    log = json.loads(json.dumps(sarif_log(findings)))
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    return cast("Object", run)


def results(*findings: Finding) -> list[Object]:
    """Return the results of findings."""
    return cast("list[Object]", run_of(findings)["results"])


def fingerprint(finding: Finding) -> str:
    """Return by what a service knows a finding again."""
    (result,) = results(finding)
    (print_,) = result["partialFingerprints"].values()
    return str(print_)


def test_a_log_names_the_tool() -> None:
    """And its version; without a finding it has neither a rule nor a result."""
    run = run_of([])
    assert run["tool"]["driver"] == {"name": "envatlas", "version": VERSION, "semanticVersion": VERSION, "rules": []}
    assert run["results"] == []


def test_each_code_that_was_found_is_a_rule() -> None:
    """Once, with its description; its level is the worst that was found."""
    rules = run_of([PORT, attrs.evolve(OTHER, severity=Severity.WARNING), PORT, OTHER])["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("a-plugins", "warning"),
        ("invalid-value", "error"),
    ]
    assert rules[1]["shortDescription"]["text"] == CODES["invalid-value"]
    assert rules[0]["fullDescription"]["text"] == "What a plugin's own check found."


def test_a_result_says_what_was_found_why_it_matters_and_what_to_do() -> None:
    """It refers to its rule."""
    other, port = results(OTHER, PORT)
    assert port["message"]["text"] == "A_PORT: 'x' is no number. It ends in an error. Remedy: unset A_PORT"
    (asked,) = results(attrs.evolve(PORT, found="did you mean B_PORT?"))
    assert asked["message"]["text"].startswith("A_PORT: did you mean B_PORT? It ends in an error. ")
    assert (port["ruleId"], port["ruleIndex"], port["level"]) == ("invalid-value", 1, "error")
    assert (other["ruleId"], other["ruleIndex"], other["level"]) == ("a-plugins", 0, "note")


def test_a_result_in_a_file_has_its_line() -> None:
    """And says which container's which variable it is about."""
    (result,) = results(PORT)
    assert result["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "deploy.yaml"}, "region": {"startLine": 12}},
            "logicalLocations": [
                {"name": "A_PORT", "kind": "variable"},
                {"fullyQualifiedName": "Deployment vllm, container engine", "kind": "resource"},
            ],
        }
    ]


def test_a_result_of_a_process_has_its_variable_alone() -> None:
    """There is no file to show it beside."""
    (result,) = results(attrs.evolve(PORT, place=Place()))
    assert result["locations"] == [{"logicalLocations": [{"name": "A_PORT", "kind": "variable"}]}]
    assert results(OTHER)[0]["locations"] == [{}]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a/b.yaml", "a/b.yaml"),
        ("./a/../b.yaml", "b.yaml"),
        ("my prod:1.env", "my%20prod%3A1.env"),
        ("\u00e9.env", "%C3%A9.env"),
        ("\udcff.env", "%FF.env"),
    ],
)
def test_a_files_uri_is_relative(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, file: str, uri: str) -> None:
    """To the current folder, whichever way the file was named; what no URI can have is encoded."""
    monkeypatch.chdir(tmp_path)
    for name in (file, str(tmp_path / file)):
        (result,) = results(attrs.evolve(PORT, place=Place(name)))
        assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": uri}}


def test_the_uri_of_a_file_elsewhere_is_absolute(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative one would leave the folder that is scanned."""
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    (result,) = results(attrs.evolve(PORT, place=Place("../a.env")))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (tmp_path / "a.env").as_uri()


@pytest.mark.parametrize(
    "later", [{"place": attrs.evolve(PLACE, line=99)}, {"found": "'y' is no number"}, {"remedy": "do something else"}]
)
def test_a_finding_is_known_again(later: dict[str, Any]) -> None:
    """Where lines were added above it, and where the text is wrong in another way."""
    assert fingerprint(attrs.evolve(PORT, **later)) == fingerprint(PORT)


@pytest.mark.parametrize(
    "other",
    [
        {"code": "unexpected-value"},
        {"variable": "A_PATH"},
        {"place": attrs.evolve(PLACE, file="other.yaml")},
        {"place": attrs.evolve(PLACE, container="Deployment vllm, container router")},
    ],
)
def test_another_finding_is_another(other: dict[str, Any]) -> None:
    """Of another kind, about another variable, in another file or container."""
    assert fingerprint(attrs.evolve(PORT, **other)) != fingerprint(PORT)


def test_two_findings_that_only_differ_in_their_texts_are_two() -> None:
    """The second is numbered."""
    first, second = results(PORT, attrs.evolve(PORT, found="another"))
    prints = [next(iter(each["partialFingerprints"].values())) for each in (first, second)]
    assert [each.partition(":")[2] for each in prints] == ["1", "2"]
    assert prints[0][:-1] == prints[1][:-1]


TEXTS: Final = st.text(st.characters(), min_size=1)


@given(text=TEXTS, file=st.text(st.characters(exclude_characters="\0")), line=st.none() | st.integers(1))
def test_every_finding_is_valid(text: str, file: str, line: int | None) -> None:
    """Whatever is found, and whatever the file is called; a service can decode what is written."""
    place = Place(file.encode(errors="ignore").decode(), line, None, text)
    (result,) = results(Finding("a", Severity.NOTE, text, text, text, text, place))
    json.dumps(result, ensure_ascii=False).encode()
