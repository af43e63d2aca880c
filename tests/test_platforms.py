"""Platforms from outside, as examples: each is built outside of the workspace, and installed from wheels alone.

One keeps its functions, one was adopted, one is declared.
"""

from __future__ import annotations

import pathlib
import tomllib
import zipfile
from typing import Final

import pytest

from tests.conftest import BY_OWN_HATCHLING, ROOT, Fresh, build

pytestmark = pytest.mark.tools

NAMES: Final = sorted(path.parent.name for path in ROOT.glob("examples/*/pyproject.toml"))
NOTHING: Final = "0 errors, 0 warnings, 0 notes in 1 environment\n"
"""What `envatlas check` prints where all is well."""
each_example: Final = pytest.mark.parametrize("name", NAMES)


def wheel_of(folder: pathlib.Path, project: pathlib.Path) -> dict[str, bytes]:
    """Return what is in a project's wheel, by the paths."""
    name = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    (wheel,) = folder.glob(f"{name.replace('-', '_')}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {path: archive.read(path) for path in archive.namelist()}


@each_example
def test_a_source_distribution_makes_the_wheel_of_its_source(
    name: str, projects: pathlib.Path, examples: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Byte by byte; it has the package, and nothing else."""
    project = projects / name
    made = wheel_of(examples, project)
    assert made == wheel_of(build(project, tmp_path, "--wheel", *BY_OWN_HATCHLING), project)
    written = {path.relative_to(project / "src").as_posix() for path in project.rglob("src/**/*") if path.is_file()}
    assert {path for path in made if ".dist-info/" not in path} == written


def _installed(tmp_path_factory: pytest.TempPathFactory, wheels: tuple[pathlib.Path, ...], *names: str) -> Fresh:
    fresh = Fresh.make(tmp_path_factory.mktemp("platform") / "env", *wheels)
    fresh.install("envatlas[cli]", *names)
    return fresh


@pytest.fixture(scope="module", name="basalt")
def _basalt(tmp_path_factory: pytest.TempPathFactory, wheels: pathlib.Path, examples: pathlib.Path) -> Fresh:
    """Give an environment with core and the platform that keeps its functions."""
    return _installed(tmp_path_factory, (wheels, examples), "basalt-vllm")


@pytest.fixture(scope="module", name="cirrus")
def _cirrus(tmp_path_factory: pytest.TempPathFactory, wheels: pathlib.Path, examples: pathlib.Path) -> Fresh:
    """Give an environment with core and the platform that was adopted."""
    return _installed(tmp_path_factory, (wheels, examples), "cirrus-vllm")


@pytest.fixture(scope="module", name="drift")
def _drift(tmp_path_factory: pytest.TempPathFactory, wheels: pathlib.Path, examples: pathlib.Path) -> Fresh:
    """Give an environment with core, the plugin of the variable that gets a choice, and the platform that declares."""
    return _installed(tmp_path_factory, (wheels, examples), "envatlas-vllm-kernels", "drift-vllm")


def test_a_dict_of_functions_is_a_plugin_in_one_line(basalt: Fresh) -> None:
    """Its variables are listed and read, those behind another name as well, and marked as not declared."""
    environ = {"BASALT_DEVICES": "2,3", "VLLM_BASALT_TRACE": "0", "VLLM_BASALT_LICENSE_TOKEN": "marker"}
    variables = basalt.variables("--plugin", "basalt", **environ)
    values = {name: each["value"] for name, each in variables.items() if name != "VLLM_BASALT_CACHE"}
    assert values == {
        "BASALT_CHIP": "b1",
        "BASALT_TOOLKIT_HOME": None,
        "VLLM_BASALT_BUILD_KERNELS": True,
        "VLLM_BASALT_DEVICES": [2, 3],
        "VLLM_BASALT_LICENSE_TOKEN": None,
        "VLLM_BASALT_MOE_EXPERTS": 8,
        "VLLM_BASALT_TRACE": False,
    }
    assert variables["VLLM_BASALT_LICENSE_TOKEN"]["secret"]
    assert {each["kind"] for each in variables.values()} == {"callable"}
    explained = basalt.run("envatlas", "explain", "VLLM_BASALT_MOE_EXPERTS", VLLM_BASALT_MOE_EXPERTS="16")
    assert explained.startswith("VLLM_BASALT_MOE_EXPERTS = 16\n  Is not declared yet")


def test_code_of_a_platform_that_is_bridged_stays_as_it_is(basalt: Fresh) -> None:
    """Its own module and the application's read the same."""
    code = "from basalt_vllm import envs; from envatlas.vllm import envs as live; print(envs.{0}, live.{0})"
    name = "VLLM_BASALT_MOE_EXPERTS"
    assert basalt.run("python", "-c", code.format(name), VLLM_BASALT_MOE_EXPERTS="16") == "16 16\n"


def test_a_platform_says_which_of_its_functions_no_graph_depends_on(basalt: Fresh) -> None:
    """Its folders, one of which cannot even be read elsewhere: fingerprints can be taken, and compared."""
    code = "from envatlas.vllm import registry; print(registry.fingerprint({'VLLM_BASALT_TRACE': '1', 'HOME': '/a'}))"
    assert basalt.run("python", "-c", code) == basalt.run("python", "-c", code.replace("/a", "/b"))


SAME: Final = """
import os
from envatlas.vllm import envs
from cirrus_vllm.envs import environment_variables

def outcome(read):
    try:
        value = read()
    except ValueError:
        return ValueError
    return type(value), value

count = 0
for name, function in environment_variables.items():
    for text in (None, "", "0", "1", "True", "ring", "mesh", "Mesh", "a,b", "~/x", '{"a": [1]}', " 7 "):
        if text is not None:
            os.environ[name] = text
        assert outcome(function) == outcome(lambda: envs[name]), (name, text)
        os.environ.pop(name, None)
        count += 1
print(count)
"""


def test_what_was_adopted_reads_as_it_did_before(cirrus: Fresh) -> None:
    """Each text of each variable: the same value, of the same type, or an error for an error."""
    assert cirrus.run("python", "-c", SAME) == "72\n"


def test_what_was_adopted_is_declared_but_for_what_is_kept(cirrus: Fresh) -> None:
    """The one that no kind reads stays a function."""
    variables = cirrus.variables("--plugin", "cirrus")
    assert [name for name, each in variables.items() if each["kind"] == "callable"] == ["VLLM_CIRRUS_COMPILER_OPTIONS"]
    assert len(variables) == 6
    assert cirrus.run("envatlas", "check", VLLM_CIRRUS_LINK="mesh") == NOTHING


def test_a_platform_adds_its_backend_to_the_applications_variable(drift: Fresh) -> None:
    """It is expected then, and who added it is told; another backend is not."""
    name = "VLLM_ATTENTION_BACKEND"
    assert drift.run("envatlas", "check", VLLM_ATTENTION_BACKEND="DRIFT_ATTN") == NOTHING
    assert "added     'DRIFT_ATTN', by drift, drift-vllm 3.0.0" in drift.run("envatlas", "explain", name)
    assert f"{name}='OTHER_ATTN'" in drift.run("envatlas", "check", VLLM_ATTENTION_BACKEND="OTHER_ATTN")


def test_a_platforms_removed_names_are_told_from_misspelt_ones(drift: Fresh) -> None:
    """With what to do about them."""
    found = drift.run("envatlas", "check", VLLM_DRIFT_QUEUES="8", VLLM_DRIFT_V0="1")
    assert "VLLM_DRIFT_STREAMS replaces it" in found
    assert "unset VLLM_DRIFT_V0" in found


def test_code_that_imports_the_platforms_module_runs_unchanged(drift: Fresh) -> None:
    """Its values are live, and the application's variables are in it as well."""
    code = "from drift_vllm.platform import attention_backend, launch_options as l; print(attention_backend(), l(2))"
    assert drift.run("python", "-c", code) == "DRIFT_ATTN ['--streams=2', '--layout=blocked']\n"
    environ = {"VLLM_ATTENTION_BACKEND": "TORCH_SDPA", "VLLM_DRIFT_STREAMS": "8", "VLLM_DRIFT_PROFILE": "on"}
    told = drift.run("python", "-c", code, **environ)
    assert told == "TORCH_SDPA ['--streams=4', '--layout=blocked', '--profile']\n"


def test_a_declared_platform_conforms(drift: Fresh) -> None:
    """To all that the kit asks of a plugin."""
    code = "from envatlas.testing import assert_conforms; assert_conforms('drift')"
    assert drift.run("python", "-c", code) == ""


@pytest.mark.parametrize(("name", "count"), [("basalt", 8), ("cirrus", 6), ("drift", 3)])
def test_an_uninstalled_platform_takes_its_variables_with_it(
    name: str, count: int, request: pytest.FixtureRequest
) -> None:
    """At the next start, and what it added with them."""
    fresh: Fresh = request.getfixturevalue(name)
    assert len(fresh.variables("--plugin", name)) == count
    fresh.uninstall(f"{name}-vllm")
    assert not fresh.variables(name)
    assert name.upper() not in fresh.run("envatlas", "explain", "*")
    fresh.install(f"{name}-vllm")
    assert len(fresh.variables("--plugin", name)) == count
