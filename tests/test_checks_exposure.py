"""Checks of where secrets lie, and of what is wrong in the files that set them."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from envatlas import Finding, Severity, Text, ThisHost, ToldHost, Variable
from envatlas.checks.defects import defects
from envatlas.environs import Consequence, Defect, Environ, Place, Untold, Via
from envatlas.hosts import others_can_read
from envatlas.vllm import registry as vllm
from tests.test_checks import FILE, MARKER, UNKNOWN, findings, in_file, only, variables_of

if TYPE_CHECKING:
    from tests.conftest import Site

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


@pytest.mark.parametrize(("via", "words"), [(Via.MANIFEST, "secretKeyRef"), (Via.COMPOSE, "env_file")])
def test_a_secret_in_the_manifest_itself_is_a_warning(via: Via, words: str) -> None:
    """For Kubernetes and for docker compose there is another place."""
    found = only(in_file(KEYS, via))
    assert (found.code, found.severity) == ("exposed-secret", Severity.WARNING)
    assert words in found.remedy


def test_a_secret_lies_where_its_text_stands_and_not_where_a_reference_does() -> None:
    """A file that nobody else can read is no finding, and another has its own place."""
    place = Place("compose.yaml", 4, via=Via.COMPOSE)
    environ = Environ(place, KEYS, {"VLLM_API_KEY": place}, origins={"VLLM_API_KEY": FILE})
    assert findings(environ, code="exposed-secret") == []
    assert str(only(environ, host=OPEN).place) == "prod.env"


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


def defect_of(environ: Environ) -> Finding:
    """Return the finding of an environment's one defect."""
    (found,) = defects(vllm, environ, UNKNOWN)
    return found


def torn(defect: Defect) -> Environ:
    """Return an environment with a defect."""
    return Environ(FILE, {}, defects=(defect,))


@pytest.mark.parametrize(
    ("consequence", "severity", "why"),
    [
        (Consequence.REFUSED, Severity.ERROR, "It is refused as it stands"),
        (Consequence.LOST, Severity.WARNING, "What it is meant to set is not checked"),
        (Consequence.KEPT, Severity.WARNING, "What counts of it is checked"),
    ],
)
def test_a_defect_is_as_bad_as_what_comes_of_it(consequence: Consequence, severity: Severity, why: str) -> None:
    """What is refused is an error, so that the status of a check says so."""
    found = defect_of(torn(Defect("VLLM_PORT", Place("a.yaml", 3), "it is torn", "mend it", consequence)))
    assert (found.code, found.severity, found.variable) == ("file-defect", severity, "VLLM_PORT")
    assert (found.found, found.remedy, found.why.split(",")[0]) == ("it is torn", "mend it", why)


@pytest.mark.parametrize(
    ("name", "written", "remedy"),
    [
        ("VLLM_PORT", "8000", 'value: "8000"'),
        ("VLLM_PORT", "true", "..."),
        ("VLLM_USE_V1", "false", 'value: "0"'),
        ("VLLM_USE_V1", "On", 'value: "1"'),
        ("VLLM_CONFIGURE_LOGGING", "no", 'value: "0"'),
        ("VLLM_NO_USAGE_STATS", "yes", 'value: "1"'),
        ("VLLM_HOST_IP", "Yes", 'value: "yes"'),
        ("VLLM_UNKNOWN", "8000", "..."),
        ("VLLM_UNKNOWN", "True", 'value: "true"'),
        ("VLLM_API_KEY", "8000", "..."),
        ("VLLM_API_KEY", "yes", "..."),
        ("VLLM_PORT", "", "..."),
    ],
)
def test_what_is_no_text_is_to_be_written_as_one_that_is_read_so(name: str, written: str, remedy: str) -> None:
    """A flag that knows no words gets its digit; what is a secret, or may be one, is not repeated."""
    assert defect_of(torn(Defect(name, FILE, "no text", "...", Consequence.REFUSED, "value", written))).remedy == remedy


def test_the_remedy_is_written_behind_the_key_of_the_file() -> None:
    """A ConfigMap may call it otherwise than the container."""
    assert (
        defect_of(torn(Defect("VLLM_USE_V1", FILE, "no text", "...", key="USE_V1", text="yes"))).remedy == 'USE_V1: "1"'
    )


def test_what_a_file_does_not_tell_is_a_note() -> None:
    """It has the place of what refers to it; a file that tells everything has no finding."""
    open_end = Untold(Place("a.yaml", 9), "it comes from the ConfigMap 'more', which no file here has")
    more = defect_of(Environ(FILE, {}, open_ended=(open_end,)))
    assert (more.code, more.severity, str(more.place)) == ("unknown-source", Severity.NOTE, "a.yaml:9")
    assert more.found.endswith("it comes from the ConfigMap 'more', which no file here has")
    assert list(defects(vllm, in_file({}), UNKNOWN)) == []


def test_a_boolean_that_a_kind_writes_and_reads_otherwise_is_not_proposed(site: Site) -> None:
    """A plugin's own kind may write anything as text."""

    class Anything(Text):
        def render(self, value: object) -> str:
            return repr(value)

    registry = variables_of(site, Variable("A_TITLE", Anything(), default=None, help="The title."))
    defect = Defect("A_TITLE", FILE, "no text", "...", Consequence.REFUSED, "value", "Yes")
    (found,) = defects(registry, torn(defect), UNKNOWN)
    assert found.remedy == 'value: "yes"'
