"""The distributions: what is in each, that each installs alone, and that one that is uninstalled is gone."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from typing import Final

import attrs
import pytest

from envatlas.version import VERSION

pytestmark = pytest.mark.tools

ROOT: Final = pathlib.Path(__file__).parent.parent
CORE: Final = ROOT / "core"
MEMBERS: Final = [CORE, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
SUFFIXES: Final = {".py", ".po", ".mo", ".typed", ".in", ".css", ".html", ".js"}
"""Of what belongs into a wheel: modules, translations, the mark of a typed package, templates, the page."""
TELL: Final = """
import json
from envatlas.vllm import registry
registry.load(strict=True)
print(json.dumps([[plugin.name for plugin in registry.plugins], [variable.name for variable in registry]]))
"""

each_member: Final = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)


def contents(folder: pathlib.Path, member: pathlib.Path) -> dict[str, bytes]:
    """Return what is in a member's wheel, by the paths."""
    stem = "envatlas" if member == CORE else f"envatlas_vllm_{member.name}"
    (wheel,) = folder.glob(f"{stem}-{VERSION}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written_in(source: pathlib.Path) -> list[pathlib.PurePath]:
    """Return the files of a folder, by their paths in it: those that are kept there, where git tells."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        kept = subprocess.run([git, "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=source).stdout
        return [pathlib.PurePath(path) for path in kept.split("\0") if path]
    return [path.relative_to(source) for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"]


@each_member
def test_a_wheel_has_what_it_should_and_nothing_else(member: pathlib.Path, wheels: pathlib.Path) -> None:
    """What stands in the member's source, the metadata, and core's manual page and licence."""
    source = member / "src"
    (package,) = source.iterdir()
    files = set(written_in(source))
    assert {path.suffix for path in files} <= SUFFIXES
    info = ["METADATA", "RECORD", "WHEEL", "entry_points.txt"]
    of_core = ["dist-info/licenses/LICENSE", "data/data/share/man/man1/envatlas.1"] if member == CORE else []
    assert {*contents(wheels, member)} == {
        *(path.as_posix() for path in files),
        *(f"{package.name}-{VERSION}.dist-info/{name}" for name in info),
        *(f"{package.name}-{VERSION}.{path}" for path in of_core),
    }


@each_member
def test_a_source_distribution_makes_the_same_wheel(
    member: pathlib.Path, wheels: pathlib.Path, wheels_from_sdists: pathlib.Path
) -> None:
    """Byte by byte, but for the order of the files."""
    assert contents(wheels_from_sdists, member) == contents(wheels, member)


@pytest.fixture(scope="module", name="pip")
def _pip(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str]:
    """Give a pip: this interpreter's, or one of an environment of its own where this has none."""
    if importlib.util.find_spec("pip"):
        return sys.executable, "-m", "pip"
    folder = tmp_path_factory.mktemp("pip")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    return (str(folder / "bin/pip"),)


@attrs.frozen
class Alone:
    """A fresh environment in which pip installs wheels."""

    python: pathlib.Path
    _pip: Sequence[str]
    _wheels: pathlib.Path

    def pip(self, *arguments: str) -> None:
        """Run pip on the environment."""
        command = [*self._pip, "--python", str(self.python), "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def install(self, *distributions: str) -> None:
        """Install distributions of the workspace, and what they need."""
        self.pip("install", "--no-compile", "--find-links", str(self._wheels), *distributions)

    def told(self) -> tuple[list[str], list[str]]:
        """Return the plugins, and the variables, that a new start has; there is no problem."""
        environ = {name: text for name, text in os.environ.items() if not name.startswith(("VLLM_", "COV"))}
        done = subprocess.run(
            [self.python, "-c", TELL], check=True, capture_output=True, text=True, env=environ, cwd=self.python.parent
        )
        plugins, variables = json.loads(done.stdout)
        return plugins, variables


@pytest.fixture(name="alone")
def _alone(pip: Sequence[str], wheels: pathlib.Path, tmp_path: pathlib.Path) -> Alone:
    """Give an environment with nothing in it."""
    uv = shutil.which("uv")
    assert uv is not None
    subprocess.run([uv, "venv", "--python", sys.executable, tmp_path / "env"], check=True, capture_output=True)
    return Alone(tmp_path / "env/bin/python", pip, wheels)


@each_member
def test_a_member_installs_alone(member: pathlib.Path, alone: Alone) -> None:
    """With pip, into an environment that has nothing; its plugin is active, and there is no problem."""
    alone.install(tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"])
    plugins, variables = alone.told()
    assert plugins == ([] if member == CORE else [member.name])
    assert variables[0] == "VLLM_PLUGINS"
    assert (len(variables) > 1) is (member != CORE)


def test_an_uninstalled_plugin_takes_its_variables_with_it(alone: Alone) -> None:
    """At the next start; those of the others stay."""
    alone.install("envatlas-vllm-rocm", "envatlas-vllm-tpu")
    plugins, before = alone.told()
    assert plugins == ["rocm", "tpu"]
    alone.pip("uninstall", "--yes", "envatlas-vllm-rocm")
    plugins, after = alone.told()
    assert plugins == ["tpu"]
    assert {*before}.difference(after) == {"VLLM_ROCM_FP8_PADDING", "VLLM_USE_TRITON_FLASH_ATTN"}
