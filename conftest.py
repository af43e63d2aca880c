"""Runs the examples of the README and of the documents: Python blocks, and console blocks with their output."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

_FLAGS: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_DOCUMENTED: Final = Path(__file__).parent / "tests" / "data" / "plugins.json"
_OTHER_NAMES: Final = {"DO_NOT_TRACK", "VLLM_CONTIGUOUS_PA", "VLLM_PRECOMPILED_WHEEL_LOCATION"}
"""What documented variables are read from besides their own names."""
_OF_STREAMS: Final = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONUNBUFFERED", "TTY_COMPATIBLE"}
"""What changes how a command writes."""
_OF_LANGUAGE: Final = ("LANG", "LANGUAGE", "LC_")
"""What the names start with of what says in which language."""


def pytest_configure() -> None:
    """Let no variable of whoever runs the tests be one of theirs."""
    documented = json.loads(_DOCUMENTED.read_text(encoding="utf-8")).values()
    names = (_OTHER_NAMES | _OF_STREAMS).union(*documented)
    for name in [*os.environ]:
        if name in names or name.startswith(("VLLM_", "XDG_", *_OF_LANGUAGE)):
            del os.environ[name]


def run_console(example: Example) -> str | None:
    """Run each line that starts with ``$``, and compare its output with the lines behind it.

    A document may say, in a Python block, what ``ENVIRON`` the commands have besides, and in which ``FOLDER`` they run.
    """
    for block in ("\n" + example.parsed.strip()).split("\n$ ")[1:]:
        command, _, expected = block.partition("\n")
        bin_folder = str(Path(sys.executable).parent)
        environ = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": os.environ["HOME"]}
        done = subprocess.run(
            ["bash", "-c", command],
            env={**environ, **example.namespace.get("ENVIRON", {})},
            cwd=example.namespace.get("FOLDER"),
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
        if done.returncode != 0 or not doctest.OutputChecker().check_output(expected + "\n", done.stdout, _FLAGS):
            return f"$ {command}\nexpected:\n{expected}\ngot (status {done.returncode}):\n{done.stdout}{done.stderr}"
    return None


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=_FLAGS), CodeBlockParser("console", run_console)],
    patterns=["README.md", "docs/*.md", "docs/operators/*.md"],
).pytest()
