"""Pods: manifests with one container, for the tests of how they are read."""

from __future__ import annotations

import pathlib
import textwrap
from typing import Final

from envatlas.environs import Environ
from envatlas.files import read_manifests

POD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  containers:
  - name: engine
"""
"""Five lines, and a container; what is appended starts at line 7."""


def write(tmp_path: pathlib.Path, text: str, name: str = "pod.yaml") -> str:
    """Write a file, and return its path."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def read(tmp_path: pathlib.Path, container: str, others: str = "") -> Environ:
    """Return the environment of the one container of a pod; other documents may stand behind it."""
    body = textwrap.indent(textwrap.dedent(container).strip("\n"), "    ")
    behind = f"\n---\n{textwrap.dedent(others)}" if others else "\n"
    environ, *_ = read_manifests([write(tmp_path, POD + body + behind)])
    return environ


def variables(tmp_path: pathlib.Path, *items: str, others: str = "") -> Environ:
    """Return the environment of a container with these items in ``env``, the first of them at line 8."""
    return read(tmp_path, "env:\n" + "".join(f"- {item}\n" for item in items), others)


def found(environ: Environ) -> list[tuple[str, int | None, str]]:
    """Return the defects: the name, the line, and the first words."""
    return [(defect.name, defect.place.line, " ".join(defect.what.split()[:4])) for defect in environ.defects]
