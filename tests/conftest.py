"""Real distributions in a temporary folder, for the tests of whatever finds and loads plugins."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import pytest
from hypothesis import settings

from envatlas import Variable, hookimpl
from envatlas.registry import Registry

GROUP: Final = "envatlas.test"
BY_OWN_HATCHLING: Final = ("--no-build-isolation", "--python", sys.executable)
"""Options for a build by this environment's hatchling: one of its own for each project would take a minute."""
ROOT: Final = pathlib.Path(__file__).parent.parent

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

_PLUGIN: Final = """\
from envatlas import Integer, Text, Variable, hookimpl

@hookimpl
def envatlas_variables():
    return [{declarations}]
"""


@attrs.frozen
class Site:
    """A folder on ``sys.path`` into which a test installs distributions, as an installer does.

    Attributes:
        folder: The folder.
        written: The names of the top-level modules that were written, into this folder or another.
    """

    folder: pathlib.Path
    _monkeypatch: pytest.MonkeyPatch
    written: set[str]

    def add(
        self,
        distribution: str = "acme-vllm",
        *,
        version: str = "1.2",
        plugins: Mapping[str, str],
        modules: Mapping[str, str] | None = None,
        group: str = GROUP,
    ) -> pathlib.Path:
        """Install a distribution, and return its metadata folder.

        Args:
            distribution: Its name.
            version: Its version.
            plugins: Its entry points: the plugins' names, and what they name.
            modules: The sources of its modules by their dotted names; ``acme.__init__`` makes a package.
            group: The group of its entry points.
        """
        self.write(modules or {})
        stem = distribution.replace("-", "_").replace(".", "_")
        info = self.folder / f"{stem}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        lines = [f"[{group}]", *(f"{name} = {target}" for name, target in plugins.items()), ""]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        return info

    def add_plugin(self, name: str, source: str, *, version: str = "1.2") -> pathlib.Path:
        """Install the distribution ``<name>-vllm`` with one plugin, whose module is ``<name>_vllm``."""
        module = f"{name}_vllm"
        return self.add(f"{name}-vllm", version=version, plugins={name: module}, modules={module: source})

    def write(self, modules: Mapping[str, str]) -> None:
        """Write modules, by their dotted names, that belong to no distribution."""
        for name, source in modules.items():
            file = self.folder.joinpath(*name.split(".")).with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
            self.written.add(name.partition(".")[0])
        importlib.invalidate_caches()

    def search_first(self, entry: pathlib.Path) -> None:
        """Put another entry before all others of ``sys.path``."""
        self._monkeypatch.setattr(sys, "path", [str(entry), *sys.path])
        importlib.invalidate_caches()

    def another(self, name: str) -> Site:
        """Return another folder of ``sys.path``, behind all others."""
        site = attrs.evolve(self, folder=self.folder.with_name(name))
        site.folder.mkdir()
        self._monkeypatch.setattr(sys, "path", [*sys.path, str(site.folder)])
        return site

    @staticmethod
    def declare(name: str, *, default: object = None, help_text: str = "The number.") -> str:
        """Return the source of a declaration."""
        return f"Variable({name!r}, Integer(), default={default!r}, help={help_text!r})"

    @classmethod
    def declaring(cls, *declarations: str) -> str:
        """Return the source of a plugin with these declarations; a mere name stands for a declaration."""
        texts = (each if "(" in each else cls.declare(each) for each in declarations)
        return _PLUGIN.format(declarations=", ".join(texts))

    @staticmethod
    def registry(
        environ: Mapping[str, str] | None = None,
        *,
        filter_variable: str | None = "TEST_PLUGINS",
        bundled: str | None = None,
        shared_groups: Sequence[str] = (),
    ) -> Registry:
        """Return a registry of the plugins in the group, not loaded yet."""
        return Registry(
            "test",
            group=GROUP,
            filter_variable=filter_variable,
            bundled=bundled,
            shared_groups=tuple(shared_groups),
            environ={} if environ is None else environ,
        )

    def registry_of(self, *variables: Variable[object], environ: Mapping[str, str] | None = None) -> Registry:
        """Install a plugin that declares these very objects, and return a registry that finds it, without a filter.

        It is the plugin acme of acme-vllm 1.2. Its kinds and defaults may be the test's own; a site has one of it.
        """
        module = types.ModuleType("acme_vllm")
        vars(module).update(envatlas_variables=hookimpl(lambda: variables))
        self._monkeypatch.setitem(sys.modules, module.__name__, module)
        self.add(plugins={"acme": module.__name__})
        return self.registry(environ, filter_variable=None)

    def run(self, code: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run code in a fresh interpreter that has the folder on its path, and no plugin filter."""
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("VLLM_")}
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**inherited, "PYTHONPATH": str(self.folder), **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def answer(self, code: str, environ: Mapping[str, str] | None = None) -> object:
        """Run code in a fresh interpreter, and return the JSON that it prints."""
        done = self.run(code, environ)
        assert done.returncode == 0, done.stderr
        value: object = json.loads(done.stdout)
        return value


@attrs.frozen
class Fresh:
    """An environment of its own, with nothing in it but what a test installs.

    Attributes:
        folder: Where it is.
        wheels: The folders in which what is installed is looked for first.
    """

    folder: pathlib.Path
    wheels: tuple[pathlib.Path, ...]

    @classmethod
    def make(cls, folder: pathlib.Path, *wheels: pathlib.Path) -> Fresh:
        """Make an environment in a folder that is not there yet."""
        fresh = cls(folder, wheels)
        fresh._uv("venv", "--python", sys.executable, str(folder))
        return fresh

    def install(self, *arguments: str) -> None:
        """Install distributions, and what they need."""
        found = (f"--find-links={each}" for each in self.wheels)
        self._uv("pip", "install", *found, *arguments)

    def uninstall(self, distribution: str) -> None:
        """Uninstall a distribution."""
        self._uv("pip", "uninstall", distribution)

    def _uv(self, *arguments: str) -> None:
        uv = shutil.which("uv")
        assert uv is not None
        environ = {**os.environ, "VIRTUAL_ENV": str(self.folder)}
        subprocess.run([uv, *arguments], env=environ, check=True, capture_output=True, cwd=self.folder.parent)

    def run(self, command: str, *arguments: str, **environ: str) -> str:
        """Run a command of the environment, and return what it prints."""
        inherited = {name: os.environ[name] for name in ("HOME", "PATH")}
        done = subprocess.run(
            [self.folder / "bin" / command, *arguments],
            env={**inherited, **environ},
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def variables(self, *arguments: str, **environ: str) -> Mapping[str, Mapping[str, Any]]:
        """Return what ``envatlas list --json`` says, by the variables' names."""
        return {
            each["name"]: each for each in json.loads(self.run("envatlas", "list", "--json", *arguments, **environ))
        }


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give a folder on ``sys.path``; the modules that a test imports from it are forgotten afterwards."""
    made = Site(tmp_path / "site", monkeypatch, set())
    made.folder.mkdir()
    made.search_first(made.folder)
    before = set(sys.modules)
    yield made
    for module in set(sys.modules) - before:
        if module.partition(".")[0] in made.written:
            del sys.modules[module]


def build(project: pathlib.Path, folder: pathlib.Path, *options: str) -> pathlib.Path:
    """Build a project into a folder, and return that: a source distribution, and from it a wheel, unless told else."""
    uv = shutil.which("uv")
    assert uv is not None
    subprocess.run([uv, "build", *options, "-o", folder], cwd=project, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Give a folder with the wheel of each member of the workspace."""
    return build(ROOT, tmp_path_factory.mktemp("wheels"), "--all-packages", "--wheel")


@pytest.fixture(scope="session")
def wheels_from_sdists(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Give a folder with the source distribution of each member, and the wheel that was built from it."""
    return build(ROOT, tmp_path_factory.mktemp("sdists"), "--all-packages", *BY_OWN_HATCHLING)


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Give a folder outside of the workspace, with a copy of each example."""
    folder = tmp_path_factory.mktemp("projects")
    for example in (ROOT / "examples").glob("*/pyproject.toml"):
        shutil.copytree(example.parent, folder / example.parent.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory, projects: pathlib.Path) -> pathlib.Path:
    """Give a folder with the source distribution of each example, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("examples")
    for project in projects.iterdir():
        build(project, folder, *BY_OWN_HATCHLING)
    return folder
