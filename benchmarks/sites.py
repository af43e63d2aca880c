"""Environments to start in: everything installed as a user installs it, beside unrelated distributions."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from typing import Final

ROOT: Final = pathlib.Path(__file__).parent.parent
PEERS: Final = ("pydantic-settings", "typed-settings", "environ-config", "environs", "stevedore")


def make_environment(folder: pathlib.Path) -> pathlib.Path:
    """Make a virtual environment with envatlas, all bundled plugins and the peers; return its site-packages."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is not on the path; it comes with the group 'dev'")
    plugins = sorted(str(path.parent) for path in ROOT.glob("plugins/*/pyproject.toml"))
    environ = {**os.environ, "VIRTUAL_ENV": str(folder)}
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", str(ROOT / "core"), *plugins, *PEERS]
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)  # noqa: S603
    subprocess.run(install, check=True, env=environ)  # noqa: S603
    return next(folder.glob("lib/python*/site-packages"))


def add_unrelated(site: pathlib.Path, count: int) -> None:
    """Install distributions that have nothing to do with envatlas, a third of them with console scripts."""
    for number in range(count):
        info = site / f"unrelated_{number:04d}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: unrelated-{number:04d}\nVersion: 1.0\n\n" + "A line.\n" * 200
        (info / "METADATA").write_text(metadata)
        (info / "RECORD").write_text("")
        (info / "WHEEL").write_text("Wheel-Version: 1.0\n")
        (info / "INSTALLER").write_text("pip\n")
        if number % 3 == 0:
            (info / "entry_points.txt").write_text(f"[console_scripts]\nunrelated{number} = unrelated:main\n")
        package = site / f"unrelated_{number:04d}"
        package.mkdir()
        (package / "__init__.py").write_text("")


def add_plugins(site: pathlib.Path, plugins: int, variables: int, group: str) -> None:
    """Install plugins that declare so many variables each."""
    for number in range(plugins):
        name = f"scale_{number:03d}"
        lines = [
            f'    Variable("SCALE_{number:03d}_{each:04d}", Integer(), default={each}, '
            f'help="Sets the size of buffer {each} of stage {number}, in bytes; unset, {each}."),'
            for each in range(variables)
        ]
        source = [
            "from envatlas import Integer, Variable, hookimpl",
            "VARIABLES = (",
            *lines,
            ")",
            "@hookimpl",
            "def envatlas_variables():",
            "    return VARIABLES",
        ]
        (site / f"{name}.py").write_text("\n".join(source) + "\n")
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}\n")
    subprocess.run([sys.executable, "-m", "compileall", "-q", site], check=True)  # noqa: S603
