"""``envatlas new-plugin``: what it writes installs, passes its own test and is typed, and what it refuses."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from envatlas.skeletons.plugins import NewPlugin
from tests.conftest import ROOT, Fresh
from tests.test_cli import printed

if TYPE_CHECKING:
    from tests.conftest import Site

FORM: Final = "it is to be lower-case letters and digits, a letter first, and single underscores between them."
CAPITALS: Final = "it is to be upper-case letters, digits and underscores, an underscore last"
PREFIX: Final = "it is to start as the names of the registry 'vllm' do, with VLLM_"
CHECKERS: Final = {
    "mypy": ["mypy", "--strict", "--python-executable"],
    "pyright": ["pyright", "--pythonpath"],
}


@pytest.fixture(name="folder")
def _folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Give an empty folder in which the command runs."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 2) -> str:
    """Run the command, which is refused and writes nothing, and return the line that says why."""
    before = sorted(pathlib.Path.cwd().rglob("*"))
    assert run(["new-plugin", *arguments]) == status
    assert sorted(pathlib.Path.cwd().rglob("*")) == before
    return capsys.readouterr().err.splitlines()[-1]


@pytest.fixture(scope="module", name="written")
def _written(tmp_path_factory: pytest.TempPathFactory, wheels: pathlib.Path) -> tuple[Fresh, pathlib.Path]:
    """Give a fresh environment in which a new plugin is installed, and the plugin's folder."""
    folder = tmp_path_factory.mktemp("new")
    project = folder / "acme-vllm"
    assert run(["new-plugin", "acme", "--directory", str(project)]) == 0
    fresh = Fresh.make(folder / "env", wheels)
    fresh.install(f"{project}[test]")
    return fresh, project


def test_what_is_written_passes_its_own_test(written: tuple[Fresh, pathlib.Path]) -> None:
    """Installed from its wheel, beside core's, and nothing else of this repository."""
    fresh, project = written
    assert "3 passed" in fresh.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project))


def test_what_is_written_is_a_plugin(written: tuple[Fresh, pathlib.Path]) -> None:
    """Its variables are listed and read."""
    fresh, _ = written
    variables = fresh.variables("--plugin", "acme", VLLM_ACME_TIMEOUT_S="2.5")
    assert {name: each["value"] for name, each in variables.items()} == {
        "VLLM_ACME_ENABLED": True,
        "VLLM_ACME_TIMEOUT_S": 2.5,
    }


@pytest.mark.parametrize("checker", CHECKERS)
def test_what_is_written_is_typed(checker: str, written: tuple[Fresh, pathlib.Path]) -> None:
    """By either checker, in its strict mode."""
    fresh, project = written
    (project / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    arguments = [*CHECKERS[checker], str(fresh.folder / "bin/python"), "."]
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, check=False, cwd=project)
    assert done.returncode == 0, done.stdout


def test_what_is_written_is_in_good_form(folder: pathlib.Path) -> None:
    """This project's own linter finds it formatted, and nothing wrong in the module."""
    assert run(["new-plugin", "acme"]) == 0
    settings = f"--config={ROOT}/pyproject.toml"
    for command in (["format", "--check"], ["check", "--ignore=S101,INP001,I001"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, settings, folder], check=True, capture_output=True)


def test_what_is_written_is_named(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do next."""
    output = printed(capsys, "new-plugin", "acme")
    assert output.splitlines() == [
        "Wrote acme-vllm:",
        "  pyproject.toml",
        "  README.md",
        "  src/acme_vllm/__init__.py",
        "  src/acme_vllm/py.typed",
        "  tests/test_acme_vllm.py",
        "",
        "To install and test it:",
        "  cd acme-vllm",
        "  python -m pip install --editable '.[test]'",
        "  python -m pytest",
        "  envatlas list --plugin acme",
    ]
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {f"acme-vllm/{line.strip()}" for line in output.splitlines()[1:6]}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["aCme"], f"NAME: 'aCme' cannot be: {FORM}"),
        (["a-b"], f"NAME: 'a-b' cannot be: {FORM}"),
        (["a__b"], f"NAME: 'a__b' cannot be: {FORM}"),
        (["a_"], f"NAME: 'a_' cannot be: {FORM}"),
        (["import"], "NAME: 'import' cannot be: it is reserved."),
        (["envatlas"], "NAME: 'envatlas' cannot be: it is reserved."),
        (["cuda"], "NAME: 'cuda' cannot be: envatlas-vllm-cuda 0.1.0 has a plugin of that name."),
        (["acme", "--prefix", "VLLM_acme"], f"--prefix: 'VLLM_acme' cannot be: {CAPITALS}."),
        (["acme", "--prefix", "VLLM_ACME"], f"--prefix: 'VLLM_ACME' cannot be: {CAPITALS}."),
        (["acme", "--prefix", "ACME_"], f"--prefix: 'ACME_' cannot be: {PREFIX}."),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    """The error says what is wrong with it, and nothing is written."""
    assert refused(capsys, *arguments) == f"Error: Invalid value for {why}"


def test_a_name_whose_module_is_there_is_refused(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """It would hide it, or be hidden."""
    site.write({"acme_vllm": ""})
    assert "'acme' cannot be: there is a module acme_vllm already." in refused(capsys, "acme")


def test_nothing_is_overwritten(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with anything in it is left as it is; an empty one is taken."""
    (folder / "full").mkdir()
    (folder / "full/README.md").write_text("mine")
    assert "'full' is there, and not empty; name another." in refused(capsys, "acme", "--directory", "full")
    assert (folder / "full/README.md").read_text() == "mine"
    (folder / "empty").mkdir()
    assert run(["new-plugin", "acme", "--directory", "empty"]) == 0
    assert (folder / "empty/pyproject.toml").exists()


def test_a_folder_that_cannot_be_written_is_an_error(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, and why."""
    (folder / "file").write_text("")
    assert refused(capsys, "acme", "--directory", "file/below", status=1).startswith("Error: cannot write file/below")


APPLICATION: Final = """\
from envatlas import Registry

class inner:
    registry = Registry("Sea weather", group="envatlas.sea", environ={}, prefix="SEA_")
"""


def test_a_plugin_for_another_application_is_for_that(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Its group, its prefix, and the distribution that brings its registry to the test."""
    site.add("sea-weather", plugins={}, modules={"sea": APPLICATION})
    (site.folder / "sea_weather-1.2.dist-info/top_level.txt").write_text("sea\n")
    output = printed(capsys, "new-plugin", "buoy", "--registry", "sea:inner.registry")
    assert output.endswith("  envatlas list --plugin buoy --registry sea:inner.registry\n")
    project = folder / "buoy-sea-weather"
    settings = (project / "pyproject.toml").read_text()
    assert '[project.entry-points."envatlas.sea"]\nbuoy = "buoy_sea_weather"\n' in settings
    assert 'test = ["envatlas[cli,testing]>=0.1,<0.2", "sea-weather"]' in settings
    assert '"SEA_BUOY_ENABLED"' in (project / "src/buoy_sea_weather/__init__.py").read_text()
    test = (project / "tests/test_buoy_sea_weather.py").read_text()
    assert "from sea import inner\n" in test
    assert "registry=inner.registry)" in test
    assert "envatlas list --plugin buoy --registry sea:inner.registry" in (project / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "module"),
    [('My "App\\s"', "buoy_my_app_s"), ("\u5929\u6c14", "buoy_sea"), ('"', "buoy_sea")],
    ids=["quotes", "no letter", "one quote"],
)
def test_a_registry_is_called_as_it_likes(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], site: Site, name: str, module: str
) -> None:
    """What is written is TOML and Python all the same; where no letter can be used, it is named after a module."""
    site.write({"sea": APPLICATION.replace('"Sea weather"', repr(name))})
    printed(capsys, "new-plugin", "buoy", "--registry", "sea:inner.registry", "--directory", "buoy")
    project = tomllib.loads((folder / "buoy/pyproject.toml").read_text("utf-8"))["project"]
    assert project["description"] == f"Environment variables of {name} for buoy"
    assert project["entry-points"] == {"envatlas.sea": {"buoy": module}}
    source = (folder / f"buoy/src/{module}/__init__.py").read_text("utf-8")
    assert ast.get_docstring(ast.parse(source)) == f"Environment variables of {name} for buoy."


def test_a_registry_in_lower_case_has_its_own_prefix(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """What follows it is in capitals."""
    site.write({"sea": APPLICATION.replace("SEA_", "sea_")})
    option = ("--registry", "sea:inner.registry")
    assert "'sea_buoy_' cannot be: it is to be upper-case" in refused(capsys, "buoy", *option, "--prefix", "sea_buoy_")
    printed(capsys, "new-plugin", "buoy", *option)
    assert '"sea_BUOY_ENABLED"' in (folder / "buoy-sea-weather/src/buoy_sea_weather/__init__.py").read_text()


def test_the_prefix_can_be_another(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the registry's prefix it is a longer one."""
    printed(capsys, "new-plugin", "acme", "--prefix", "VLLM_AC_")
    assert '"VLLM_AC_TIMEOUT_S"' in (folder / "acme-vllm/src/acme_vllm/__init__.py").read_text()


def test_an_application_that_is_not_installed_is_no_requirement() -> None:
    """Its module may be in the current folder alone."""
    plugin = NewPlugin("buoy", "sea", "envatlas.sea", "SEA_", "no_such_module:registry")
    assert 'test = ["envatlas[cli,testing]>=0.1,<0.2"]' in plugin.files()["pyproject.toml"]
