"""Checks of where secrets lie, and of what is wrong in the files that set them."""

from __future__ import annotations

import pathlib
from typing import Final

import attrs
import pytest

from envatlas import Severity, ThisHost, ToldHost
from envatlas.checks.defects import defects
from envatlas.environs import Defect, Environ, Place, Untold, Via
from envatlas.hosts import others_can_read
from envatlas.vllm import registry as vllm
from tests.test_checks import FILE, MARKER, UNKNOWN, findings, in_file, only

OPEN: Final = ToldHost({(others_can_read, "prod.env"): True})
KEYS: Final = {"VLLM_API_KEY": MARKER}


def test_a_secret_in_a_file_that_others_can_read_is_a_warning() -> None:
    """The remedy is the command that keeps them out."""
    found = only(in_file(KEYS), host=OPEN)
    assert (found.code, found.severity, found.variable) == ("exposed-secret", Severity.WARNING, "VLLM_API_KEY")
    assert (found.remedy, str(found.place)) == ("chmod 600 prod.env", "prod.env:1")
    assert MARKER not in repr(found)


def test_the_files_own_permissions_count(tmp_path: pathlib.Path) -> None:
    """On the machine that is asked."""
    file = tmp_path / "my prod.env"
    file.write_text("")
    place = Place(str(file), via=Via.ENV_FILE)
    environ = Environ(place, KEYS)
    file.chmod(0o644)
    assert only(environ, host=ThisHost()).remedy == f"chmod 600 '{file}'"
    file.chmod(0o600)
    assert findings(environ, host=ThisHost()) == []


def test_a_secret_in_a_kubernetes_secrets_file_that_others_can_read_is_a_warning() -> None:
    """What is encoded there can be read by anybody."""
    assert only(in_file(KEYS, Via.SECRET), host=OPEN).code == "exposed-secret"


def test_a_secret_in_a_config_map_is_an_error() -> None:
    """The remedy is to put it into a Secret."""
    found = only(in_file(KEYS, Via.CONFIG_MAP))
    assert (found.code, found.severity) == ("exposed-secret", Severity.ERROR)
    assert found.found == "VLLM_API_KEY is a secret, and is in a ConfigMap"
    assert "secretKeyRef" in found.remedy
    assert MARKER not in repr(found)


def test_a_secret_in_the_manifest_itself_is_a_warning() -> None:
    """For Kubernetes and for docker compose there is another place."""
    found = only(in_file(KEYS, Via.MANIFEST))
    assert (found.code, found.severity) == ("exposed-secret", Severity.WARNING)
    assert "secretKeyRef" in found.remedy
    assert "env_file" in found.remedy


@pytest.mark.parametrize(
    "environ",
    [
        KEYS,
        in_file(KEYS, Via.SECRET),
        in_file(KEYS),
        in_file({"VLLM_HOST_IP": "10.0.0.1"}, Via.CONFIG_MAP),
        Environ(FILE, {}, untold={"VLLM_API_KEY": Untold(attrs.evolve(FILE, via=Via.CONFIG_MAP), "as above")}),
    ],
    ids=["process", "Secret", "file of another machine", "no secret", "not told"],
)
def test_a_secret_that_nobody_else_can_read_has_no_finding(environ: dict[str, str] | Environ) -> None:
    """Nor has what is no secret, or is not there."""
    assert findings(environ, code="exposed-secret") == []


def test_an_empty_secret_is_none() -> None:
    """There is nothing to read."""
    assert findings(in_file({"VLLM_API_KEY": ""}, Via.CONFIG_MAP), code="exposed-secret") == []


def test_a_secret_of_a_plugin_that_is_not_active_is_one() -> None:
    """It lies there all the same."""
    found = findings(in_file({**KEYS, "VLLM_PLUGINS": "cuda"}, Via.CONFIG_MAP), code="exposed-secret")
    assert [each.variable for each in found] == ["VLLM_API_KEY"]
    assert MARKER not in repr(found)


def test_what_is_wrong_in_a_file_is_a_warning_and_what_it_does_not_tell_a_note() -> None:
    """Both have their place."""
    torn = Environ(
        FILE,
        {},
        defects=(Defect("VLLM_PORT", Place("a.yaml", 3), "a number stands where text must", 'value: "5"'),),
        open_ended=(Untold(Place("a.yaml", 9), "it comes from the ConfigMap 'more', which no file here has"),),
    )
    wrong, more = defects(vllm, torn, UNKNOWN)
    assert (wrong.code, wrong.severity, wrong.variable) == ("file-defect", Severity.WARNING, "VLLM_PORT")
    assert (wrong.found, wrong.remedy) == ("a number stands where text must", 'value: "5"')
    assert (more.code, more.severity, str(more.place)) == ("unknown-source", Severity.NOTE, "a.yaml:9")
    assert more.found.endswith("it comes from the ConfigMap 'more', which no file here has")
    assert list(defects(vllm, in_file({}), UNKNOWN)) == []
