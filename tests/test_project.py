"""The repository: what makes a bundled plugin, and what the types say of one."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from typing import Final, cast

import pytest

import envatlas
from envatlas import Variable
from envatlas.languages import SOURCE, languages
from envatlas.vllm import registry

ROOT: Final = pathlib.Path(__file__).parent.parent
PLUGINS: Final = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
NAMES: Final = [folder.name for folder in PLUGINS]
OWNERS: Final = cast(
    "Mapping[str, list[str]]", json.loads((ROOT / "tests/data/plugins.json").read_text(encoding="utf-8"))
)


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_bundled_plugin_is_three_files_its_translations_and_what_it_imports_late(folder: pathlib.Path) -> None:
    """A project file, the module, the mark that it is typed, a catalogue in each language, and modules beside it."""
    package = f"src/envatlas_vllm_{folder.name}"
    files = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file()
    }
    required = {"pyproject.toml", f"{package}/__init__.py", f"{package}/py.typed"}
    catalogues = {f"{package}/{path}" for path in _catalogues(f"envatlas_vllm_{folder.name}")}
    assert required | catalogues <= files
    others = files - required - catalogues
    assert all(path.startswith(f"{package}/") and path.endswith(".py") for path in others)


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_bundled_plugin_is_called_after_its_folder(folder: pathlib.Path) -> None:
    """The folder, the distribution, the entry point and the module have one name."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == f"envatlas-vllm-{folder.name.replace('_', '-')}"
    assert project["entry-points"] == {"envatlas.vllm": {folder.name: f"envatlas_vllm_{folder.name}"}}


def test_every_bundled_plugin_is_installed_and_active() -> None:
    """The folders are the plugins that the registry has; others may be installed beside them."""
    bundled = [plugin for plugin in registry.active_plugins if plugin.distribution.startswith("envatlas-vllm-")]
    assert sorted(plugin.name for plugin in bundled) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_variables_of_a_bundled_plugin_are_in_the_order_of_their_documentation(name: str) -> None:
    """Who reads both finds each variable in the same place."""
    assert [variable.name for variable in _declared(name)] == OWNERS[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_bundled_help_is_one_sentence_that_says_what_unset_means(name: str) -> None:
    """It ends with a full stop, and has no other."""
    for variable in [*_declared(name), registry["VLLM_PLUGINS"]]:
        assert variable.help.endswith("."), variable.name
        assert ". " not in variable.help, variable.name
        assert "unset" in variable.help, variable.name


def _declared(name: str) -> tuple[Variable[object], ...]:
    """Return what a bundled plugin's module declares."""
    declared: tuple[Variable[object], ...] = importlib.import_module(f"envatlas_vllm_{name}").VARIABLES
    return declared


def _catalogues(package: str) -> set[str]:
    """Return the paths of a package's catalogues in it."""
    stems = [f"locale/{language}/LC_MESSAGES/{package}" for language in languages() if language != SOURCE]
    return {f"{stem}.{suffix}" for stem in stems for suffix in ("po", "mo")}


def _modules(code: str) -> set[str]:
    """Return the top-level modules outside the standard library that a fresh interpreter has after some code."""
    code = f"import sys; {code}; print(*sys.modules)"
    environ = {**os.environ, "VLLM_PLUGINS": ",".join(NAMES)}  # others may be installed
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    return {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names


def test_importing_a_plugin_imports_nothing_heavy() -> None:
    """All plugins together import envatlas, what it needs, and the standard library."""
    loaded = _modules("from envatlas.vllm import registry; registry.load()") - _modules("pass")
    needed = {"attr", "attrs", "pluggy", "importlib_metadata", "lazy_importer", "zipp", "envatlas"}
    assert loaded - needed == {f"envatlas_vllm_{name}" for name in NAMES}


def test_the_public_names_are_sorted_and_complete() -> None:
    """``__all__`` lists what the package imports for others, and nothing else."""
    assert envatlas.__all__ == sorted(envatlas.__all__)
    modules = {name for name in vars(envatlas) if isinstance(getattr(envatlas, name), type(sys))}
    public = {name for name in vars(envatlas) if not name.startswith("_")} - modules - {"TYPE_CHECKING"}
    assert public <= set(envatlas.__all__)
    assert all(hasattr(envatlas, name) for name in envatlas.__all__)


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
