"""The repository: what makes a bundled plugin, and what the types say of one."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tomllib
from typing import Final

import pytest

import envatlas
from envatlas.vllm import registry

ROOT: Final = pathlib.Path(__file__).parent.parent
PLUGINS: Final = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_bundled_plugin_is_three_files(folder: pathlib.Path) -> None:
    """A project file, the module, and the mark that it is typed."""
    package = f"src/envatlas_vllm_{folder.name}"
    files = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file()
    }
    assert files == {"pyproject.toml", f"{package}/__init__.py", f"{package}/py.typed"}


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_bundled_plugin_is_called_after_its_folder(folder: pathlib.Path) -> None:
    """The folder, the distribution, the entry point and the module have one name."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == f"envatlas-vllm-{folder.name.replace('_', '-')}"
    assert project["entry-points"] == {"envatlas.vllm": {folder.name: f"envatlas_vllm_{folder.name}"}}


def test_every_bundled_plugin_is_installed_and_active() -> None:
    """The folders are the plugins that the registry has."""
    assert {plugin.name for plugin in registry.active_plugins} == {folder.name for folder in PLUGINS}


def _modules(code: str) -> set[str]:
    """Return the top-level modules outside the standard library that a fresh interpreter has after some code."""
    code = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names


def test_importing_a_plugin_imports_nothing_heavy() -> None:
    """All plugins together import envatlas, what it needs, and the standard library."""
    loaded = _modules("from envatlas.vllm import registry; registry.load()") - _modules("pass")
    needed = {"attr", "attrs", "pluggy", "importlib_metadata", "lazy_importer", "zipp", "envatlas"}
    assert loaded - needed == {plugin.module for plugin in registry.plugins}


def test_the_public_names_are_sorted_and_complete() -> None:
    """``__all__`` lists what the package imports for others, and nothing else."""
    assert envatlas.__all__ == sorted(envatlas.__all__)
    modules = {name for name in vars(envatlas) if isinstance(getattr(envatlas, name), type(sys))}
    public = {name for name in vars(envatlas) if not name.startswith("_")} - modules
    assert public == set(envatlas.__all__)


_TYPED: Final = """
from envatlas import Integer, Plugin, Variable
from envatlas.vllm import envs
import {module}

plugin: Plugin = {module}
port = Variable("A_PORT", Integer(), default=None, help="The port.")
number: int | None = envs[port]
"""

_CHECKERS: Final = {"mypy": ["mypy", "--strict"], "pyright": ["pyright"]}


def _complaints(checker: str, tmp_path: pathlib.Path, source: str) -> list[str]:
    """Return the lines in which a checker complains about a file."""
    file = tmp_path / "checked.py"
    file.write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", *_CHECKERS[checker], str(file)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return [line for line in done.stdout.splitlines() if "error" in line and "checked.py" in line]


@pytest.mark.parametrize("checker", _CHECKERS)
def test_a_checker_accepts_a_plugin_and_knows_the_type_of_a_variable(checker: str, tmp_path: pathlib.Path) -> None:
    """A module is a `Plugin`, and an item asked for by a `Variable` has its type."""
    assert _complaints(checker, tmp_path, _TYPED.format(module="envatlas_vllm_cuda")) == []


@pytest.mark.parametrize("checker", _CHECKERS)
def test_a_checker_refuses_a_module_that_is_no_plugin(checker: str, tmp_path: pathlib.Path) -> None:
    """A module without the hook does not fit the protocol."""
    assert len(_complaints(checker, tmp_path, _TYPED.format(module="json"))) == 1
