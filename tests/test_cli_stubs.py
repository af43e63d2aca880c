"""``envatlas stubs``: which files are written, where, and what is said when there can be none."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from tests.test_cli import in_process_of_its_own, printed

if TYPE_CHECKING:
    from tests.conftest import Site

APPLICATION: Final = """\
from envatlas import Environment, Registry

registry = Registry("app", group="envatlas.test", environ={})
envs = Environment(registry)
"""


@pytest.fixture(name="folder")
def _folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Give a folder in which the commands run."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 2) -> str:
    """Run a command that is refused, and return what it says."""
    assert run(["stubs", *arguments]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_the_stubs_are_written_and_named(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into typings, with the package around them; a second time nothing changes."""
    assert printed(capsys, "stubs") == "Wrote typings/envatlas/__init__.pyi, typings/envatlas/vllm.pyi.\n"
    assert "def VLLM_PORT(self) -> int | None:" in (folder / "typings/envatlas/vllm.pyi").read_text()
    before = (folder / "typings/envatlas/vllm.pyi").stat().st_mtime_ns
    assert printed(capsys, "stubs") == (
        "As the active plugins have it: typings/envatlas/__init__.pyi, typings/envatlas/vllm.pyi.\n"
    )
    assert (folder / "typings/envatlas/vllm.pyi").stat().st_mtime_ns == before


def test_the_folder_can_be_another(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is made where it is missing."""
    printed(capsys, "stubs", "--output", "a/b")
    assert sorted(path.name for path in folder.rglob("*.pyi")) == ["__init__.pyi", "vllm.pyi"]
    assert (folder / "a/b/envatlas/vllm.pyi").exists()


def test_a_check_is_silent_about_nothing_and_changes_nothing(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails where a stub is missing or stale, and says what to run."""
    assert refused(capsys, "--check", status=1).endswith("; run envatlas stubs\n")
    remedy = "; run envatlas stubs --output 'a b' --module envatlas.vllm\n"
    assert refused(capsys, "--check", "--output=a b", "--module=envatlas.vllm", status=1).endswith(remedy)
    assert not [*folder.iterdir()]
    printed(capsys, "stubs")
    assert "vllm.pyi" in printed(capsys, "stubs", "--check")
    stub = folder / "typings/envatlas/vllm.pyi"
    stub.write_text(stub.read_text().replace("VLLM_PORT", "VLLM_POST"))
    said = refused(capsys, "--check", status=1)
    assert "typings/envatlas/vllm.pyi" in said
    assert "__init__" not in said
    assert "VLLM_POST" in stub.read_text()


def test_a_new_plugin_makes_a_stub_stale(folder: pathlib.Path, site: Site) -> None:
    """The command that mends it adds its variables."""
    assert in_process_of_its_own("stubs").returncode == 0
    site.add("acme-vllm", plugins={"acme": "acme"}, modules={"acme": site.declaring("A_PORT")}, group="envatlas.vllm")
    assert in_process_of_its_own("stubs", "--check", site=site).returncode == 1
    assert in_process_of_its_own("stubs", site=site).stdout == "Wrote typings/envatlas/vllm.pyi.\n"
    assert "def A_PORT(self)" in (folder / "typings/envatlas/vllm.pyi").read_text()
    assert in_process_of_its_own("stubs", "--check", site=site).returncode == 0


def test_a_file_of_somebody_else_is_left_alone(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A stub that was written by hand is not lost."""
    file = folder / "typings/envatlas/vllm.pyi"
    file.parent.mkdir(parents=True)
    file.write_text("envs: object\n")
    assert "typings/envatlas/vllm.pyi is there already" in refused(capsys)
    assert file.read_text() == "envs: object\n"


def test_an_application_has_its_stub_beside_its_source(
    folder: pathlib.Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a package of its own, which needs no stub then, whatever it does."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.write({"stubs_app.__init__": "VERSION = 5", "stubs_app.config": APPLICATION})
    option = "--registry=stubs_app.config:registry"
    assert printed(capsys, "stubs", option, f"--output={site.folder}").endswith("stubs_app/config.pyi.\n")
    assert "def A_PORT(self) -> int | None:" in (site.folder / "stubs_app/config.pyi").read_text()
    assert "stubs_app does more than import: give --output the folder in which its source is" in refused(capsys, option)
    assert not [*folder.iterdir()]


def test_a_package_can_be_the_module_itself(
    site: Site, capsys: pytest.CaptureFixture[str], folder: pathlib.Path
) -> None:
    """Its stub is that of its ``__init__``."""
    site.write({"stubs_package.__init__": APPLICATION})
    assert (
        printed(capsys, "stubs", "--registry=stubs_package:registry") == "Wrote typings/stubs_package/__init__.pyi.\n"
    )
    assert "envs: Final[_Environment]" in (folder / "typings/stubs_package/__init__.pyi").read_text()


@pytest.mark.usefixtures("folder")
def test_a_module_with_more_in_it_is_refused(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """A stub would hide it."""
    site.write({"stubs_busy": f"{APPLICATION}\ndef main(): ...\n"})
    said = refused(capsys, "--registry=stubs_busy:registry")
    assert "a stub would hide what else stubs_busy has (main)" in said


@pytest.mark.usefixtures("folder")
def test_an_environment_is_needed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """A registry alone has no attributes."""
    site.write({"stubs_bare": APPLICATION.partition("envs")[0]})
    assert "has an Environment in no module" in refused(capsys, "--registry=stubs_bare:registry")


def test_one_of_several_modules_is_chosen(site: Site, capsys: pytest.CaptureFixture[str], folder: pathlib.Path) -> None:
    """The error names them."""
    again = "from stubs_one import registry\nfrom envatlas import Environment\nothers = Environment(registry)\n"
    site.write({"stubs_one": APPLICATION, "stubs_two": again})
    option = "--registry=stubs_two:registry"
    assert "in several modules (stubs_one, stubs_two): name one with --module" in refused(capsys, option)
    assert printed(capsys, "stubs", option, "--module=stubs_two") == "Wrote typings/stubs_two.pyi.\n"
    assert "registry:" not in (folder / "typings/stubs_two.pyi").read_text()
    assert "'json' makes no Environment of the registry 'app'" in refused(capsys, option, "--module=json")


@pytest.mark.usefixtures("folder")
def test_a_check_of_another_registry_says_what_to_run(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The same command, that is."""
    site.write({"stubs_app": APPLICATION})
    said = refused(capsys, "--registry=stubs_app:registry", "--check", status=1)
    assert said.endswith("typings/stubs_app.pyi; run the same without --check\n")


@pytest.mark.usefixtures("folder")
def test_problems_go_to_standard_error(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The stubs are written nonetheless."""
    site.add_plugin("broken", "raise RuntimeError('no driver')")
    site.write({"stubs_app": APPLICATION})
    assert run(["stubs", "--registry=stubs_app:registry"]) == 0
    assert "! plugin 'broken'" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_written_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A file where a folder would have to be."""
    pathlib.Path("typings").mkdir()
    pathlib.Path("typings/envatlas").write_text("")
    assert run(["stubs"]) == 1
    assert "cannot write typings/envatlas/__init__.pyi: File exists" in capsys.readouterr().err
