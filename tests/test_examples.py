"""The examples, installed beside core in a fresh environment, from what is built outside of the workspace."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import attrs
import pytest

from tests.conftest import Fresh


@pytest.fixture(scope="module", name="fresh")
def _fresh(tmp_path_factory: pytest.TempPathFactory, wheels: pathlib.Path, examples: pathlib.Path) -> Fresh:
    """Give an environment with core, one bundled plugin, and two examples."""
    fresh = Fresh.make(tmp_path_factory.mktemp("fresh") / "env", wheels, examples)
    fresh.install("envatlas[cli]", "envatlas-vllm-engine", "acme-vllm", "envatlas-example-weather")
    return fresh


@attrs.frozen
class Editable:
    """The example of a plugin, copied, and installed so that its source is what is imported."""

    fresh: Fresh
    project: pathlib.Path

    def install(self) -> None:
        """Install the project anew, as whoever changes its metadata does."""
        self.fresh.install("--no-deps", "--reinstall", "-e", str(self.project))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a part of a file that is there once."""
        path = self.project / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(name="editable")
def _editable(fresh: Fresh, projects: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[Editable]:
    """Give an editable installation in the place of the other one, which is put back."""
    project = shutil.copytree(projects / "acme-vllm", tmp_path / "acme-vllm")
    editable = Editable(fresh, project)
    editable.install()
    yield editable
    fresh.install("--no-deps", "--reinstall", "acme-vllm")


def test_a_plugin_from_outside_adds_its_variables(fresh: Fresh) -> None:
    """They are read, listed and owned like the bundled ones."""
    environ = {"VLLM_ACME_DEVICES": "2-5", "VLLM_ACME_GRAPHS": "off", "VLLM_ACME_LICENSE_KEY": "marker"}
    variables = fresh.variables("ACME", **environ)
    devices = variables["VLLM_ACME_DEVICES"]
    assert (devices["value"], devices["kind"], devices["plugin"]) == ("2-5", "devices", "acme")
    assert (devices["distribution"], devices["version"]) == ("acme-vllm", "1.2.0")
    assert variables["VLLM_ACME_GRAPHS"]["value"] is False
    assert variables["VLLM_ACME_POOL_GIB"]["value"] == 4.0
    assert (variables["VLLM_ACME_LICENSE_KEY"]["set"], variables["VLLM_ACME_LICENSE_KEY"]["text"]) == (True, None)


def test_a_plugin_from_outside_is_read_by_the_application(fresh: Fresh) -> None:
    """The kind that it brings makes the values."""
    code = "from envatlas.vllm import envs; print(list(envs.VLLM_ACME_DEVICES), envs.VLLM_PORT)"
    assert fresh.run("python", "-c", code, VLLM_ACME_DEVICES="2-3", VLLM_PORT="5000") == "[2, 3] 5000\n"


@pytest.mark.parametrize(
    "code",
    ["assert_conforms('acme')", "import weather; assert_conforms('station', registry=weather.registry)"],
    ids=["acme", "weather"],
)
def test_an_example_conforms(fresh: Fresh, code: str) -> None:
    """To all that the kit asks of a plugin."""
    assert fresh.run("python", "-c", f"from envatlas.testing import assert_conforms; {code}") == ""


def test_a_plugin_from_outside_can_be_left_out(fresh: Fresh) -> None:
    """Its variables are still known then, and not read."""
    assert "VLLM_ACME_GRAPHS" not in fresh.variables(VLLM_PLUGINS="engine")
    key = fresh.variables("--all", VLLM_PLUGINS="engine")["VLLM_ACME_LICENSE_KEY"]
    assert (key["active"], key["secret"]) == (False, True)


def test_another_application_has_a_registry_of_its_own(fresh: Fresh) -> None:
    """Its variables come from its plugins alone, and its filter is its own."""
    assert fresh.run("weather", WEATHER_FAHRENHEIT="yes") == "roof: every 60 s, in fahrenheit\n"
    option = "--registry=weather:registry"
    assert set(fresh.variables(option)) == {
        "WEATHER_FAHRENHEIT",
        "WEATHER_INTERVAL_S",
        "WEATHER_PLUGINS",
        "WEATHER_STATION",
    }
    assert set(fresh.variables(option, WEATHER_PLUGINS="")) == {"WEATHER_PLUGINS"}


def test_what_is_uninstalled_is_gone(fresh: Fresh) -> None:
    """The next start sees what is installed then, and no more."""
    fresh.uninstall("acme-vllm")
    assert not fresh.variables("ACME")
    fresh.install("acme-vllm")
    assert len(fresh.variables("ACME")) == 4


def test_a_change_of_an_editable_plugin_is_seen_at_the_next_start(editable: Editable) -> None:
    """A variable that its source gets is read, and listed where the plugin is left out; one that it loses is gone."""
    assert len(editable.fresh.variables("ACME")) == 4
    editable.edit("src/acme_vllm/__init__.py", '"VLLM_ACME_POOL_GIB"', '"VLLM_ACME_ARENA_GIB"')
    arena = editable.fresh.variables("ACME", VLLM_ACME_ARENA_GIB="2.5")["VLLM_ACME_ARENA_GIB"]
    assert (arena["value"], arena["plugin"], arena["version"]) == (2.5, "acme", "1.2.0")
    left_out = editable.fresh.variables("--all", "ACME", VLLM_PLUGINS="engine")
    assert left_out["VLLM_ACME_ARENA_GIB"]["active"] is False
    assert "VLLM_ACME_POOL_GIB" not in left_out


def test_a_change_of_an_editable_plugins_metadata_is_seen_once_it_is_installed(editable: Editable) -> None:
    """Its entry point has another name, and its distribution another version, from the next start on."""
    editable.edit("pyproject.toml", 'acme = "acme_vllm"', 'apex = "acme_vllm"')
    editable.edit("pyproject.toml", 'version = "1.2.0"', 'version = "1.3.0"')
    assert editable.fresh.variables("ACME")["VLLM_ACME_GRAPHS"]["plugin"] == "acme"
    editable.install()
    graphs = editable.fresh.variables("ACME")["VLLM_ACME_GRAPHS"]
    assert (graphs["plugin"], graphs["version"]) == ("apex", "1.3.0")
    assert "VLLM_ACME_GRAPHS" in editable.fresh.variables("ACME", VLLM_PLUGINS="apex")
    assert not editable.fresh.variables("ACME", VLLM_PLUGINS="acme")


def test_an_editable_plugin_that_is_uninstalled_is_gone(editable: Editable) -> None:
    """Its source is still where it was, and nothing finds it."""
    editable.fresh.uninstall("acme-vllm")
    assert not editable.fresh.variables("ACME")
    assert not editable.fresh.variables("--all", "ACME", VLLM_PLUGINS="engine")
    editable.install()
    assert len(editable.fresh.variables("ACME")) == 4


def test_without_the_extra_the_command_says_what_to_install(tmp_path: pathlib.Path, wheels: pathlib.Path) -> None:
    """Core alone reads variables, and its command says what it lacks."""
    bare = Fresh.make(tmp_path / "bare", wheels)
    bare.install("envatlas")
    assert bare.run("python", "-c", "from envatlas.vllm import envs; print(envs.VLLM_PLUGINS)") == "None\n"
    done = subprocess.run(
        [bare.folder / "bin" / "envatlas", "list"], capture_output=True, text=True, check=False, cwd=bare.folder
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'envatlas[cli]'" in done.stderr
