"""``envatlas schema``: the schema as JSON, for each form of an environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envatlas.cli import run
from tests.test_cli import in_process_of_its_own, printed, registry_of
from tests.validators import invalid_in_python

if TYPE_CHECKING:
    from tests.conftest import Site


def test_the_schema_is_of_an_environment_unless_something_else_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """``env`` is the default."""
    plain = printed(capsys, "schema")
    assert plain == printed(capsys, "schema", "--for", "env")
    assert invalid_in_python(json.loads(plain), {"VLLM_PORT": "five", "VLLM_RPC_TIMEOUT": "5"}) == {"VLLM_PORT"}


@pytest.mark.parametrize(
    ("form", "valid", "refused"),
    [
        ("env", {"VLLM_PORT": "5", "a b": ""}, {"VLLM_PORT": 5}),
        ("compose", ["VLLM_PORT=5"], ["VLLM_PORT=five"]),
        ("configmap", {"VLLM_PORT": "5"}, {"a b": ""}),
    ],
)
def test_each_form_has_a_schema(capsys: pytest.CaptureFixture[str], form: str, valid: object, refused: object) -> None:
    """A mapping of texts, a compose service's environment, a ConfigMap's data."""
    schema = json.loads(printed(capsys, "schema", "--for", form))
    assert not invalid_in_python(schema, valid)
    assert invalid_in_python(schema, refused)


def test_undeclared_names_can_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    """With the option, and not without."""
    environ = {"VLLM_PROT": "5"}
    assert invalid_in_python(json.loads(printed(capsys, "schema")), environ)
    assert not invalid_in_python(json.loads(printed(capsys, "schema", "--allow-undeclared")), environ)


def test_an_unknown_form_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """The error lists those that there are."""
    assert run(["schema", "--for", "helm"]) == 2
    assert "'env', 'compose', 'configmap'" in capsys.readouterr().err


def test_another_registry_has_a_schema_of_its_own(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Its plugins' variables, and its prefix."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    schema = json.loads(printed(capsys, "schema", registry_of(site)))
    assert set(schema["properties"]) == {"A_PORT", "TEST_PLUGINS"}
    assert invalid_in_python(schema, {"A_PROT": "5"})


def test_problems_go_to_standard_error(site: Site) -> None:
    """And so does what a plugin prints: standard output is the schema alone."""
    site.add_plugin("acme", "print('hello')\n" + site.declaring("A_PORT"))
    site.add_plugin("broken", "raise RuntimeError('no driver')")
    done = in_process_of_its_own("schema", registry_of(site), site=site)
    assert "A_PORT" in json.loads(done.stdout)["properties"]
    assert "hello" in done.stderr
    assert "! plugin 'broken'" in done.stderr
    assert done.returncode == 0


def test_no_text_of_the_environment_is_in_the_schema() -> None:
    """A secret's, or any other."""
    key, address = "marker-of-a-secret", "192.0.2.7"
    for form in ("env", "compose", "configmap"):
        shown = in_process_of_its_own("schema", "--for", form, S3_SECRET_ACCESS_KEY=key, VLLM_HOST_IP=address).stdout
        assert json.loads(shown)
        assert key not in shown
        assert address not in shown
