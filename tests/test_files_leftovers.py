"""Leftovers: what no container takes of ConfigMaps and Secrets."""

from __future__ import annotations

import pathlib
from typing import Final

import pytest

from envatlas.checks import check
from envatlas.environs import Environ, UnreadableFileError, Via
from envatlas.files import read_manifests
from envatlas.hosts import ToldHost
from envatlas.vllm import registry
from tests.pods import POD, found, write

SETTINGS: Final = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  VLLM_API_KEY: sk-hush
  VLLM_PORT: 5000
  template.jinja: x
"""
HIDDEN: Final = """\
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {VLLM_API_KEY: sk-hush, HF_TOKEN: hf-hush}
"""


def read(tmp_path: pathlib.Path, *documents: str) -> tuple[Environ, ...]:
    """Return the environments of a file."""
    return read_manifests([write(tmp_path, "---\n".join(documents))])


def pod(container: str) -> str:
    """Return a pod with a container."""
    return f"{POD}    {container}\n"


def test_a_config_map_alone_is_an_environment(tmp_path: pathlib.Path) -> None:
    """Of the keys that look like variables; each is where it stands, and what is refused is a defect."""
    (environ,) = read(tmp_path, SETTINGS)
    assert (dict(environ.texts), [*environ.untold]) == ({"VLLM_API_KEY": "sk-hush"}, ["VLLM_PORT"])
    assert (str(environ.place.container), environ.place.via) == ("ConfigMap settings", Via.CONFIG_MAP)
    assert environ.place_of("VLLM_API_KEY").line == 5
    assert found(environ) == [("VLLM_PORT", 6, "a number stands where")]
    assert environ.defects[0].key == "VLLM_PORT"


def test_what_else_is_set_beside_it_is_not_known(tmp_path: pathlib.Path) -> None:
    """The container that takes it is in no file."""
    (environ,) = read(tmp_path, SETTINGS)
    assert [each.why for each in environ.open_ended] == ["ConfigMap settings is for a container that no file here has"]


def test_a_secret_in_a_config_map_that_nothing_refers_to_is_found(tmp_path: pathlib.Path) -> None:
    """It is exposed all the same."""
    (environ,) = read(tmp_path, SETTINGS)
    codes = {(finding.code, finding.variable) for finding in check(registry, environ, ToldHost())}
    assert ("exposed-secret", "VLLM_API_KEY") in codes


@pytest.mark.parametrize(
    ("container", "document", "left"),
    [
        ("envFrom: [configMapRef: {name: settings}]", SETTINGS, []),
        ("envFrom: [secretRef: {name: hidden}]", HIDDEN, []),
        ("envFrom: []", HIDDEN, ["HF_TOKEN", "VLLM_API_KEY"]),
        ("env: [{name: A, valueFrom: {secretKeyRef: {name: hidden, key: HF_TOKEN}}}]", HIDDEN, []),
        (
            "env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: VLLM_PORT}}}]",
            SETTINGS,
            ["VLLM_API_KEY"],
        ),
    ],
)
def test_only_what_no_container_takes_is_left(
    tmp_path: pathlib.Path, container: str, document: str, left: list[str]
) -> None:
    """What is left of a Secret that is in use is no environment."""
    _, *others = read(tmp_path, document, pod(container))
    assert sorted(name for environ in others for name in environ) == left


def test_a_config_map_of_files_alone_is_nothing(tmp_path: pathlib.Path) -> None:
    """Files are mounted."""
    with pytest.raises(UnreadableFileError, match="no variables in a ConfigMap or Secret"):
        read(tmp_path, SETTINGS.replace("VLLM_API_KEY", "config.json").replace("VLLM_PORT", "port"))
