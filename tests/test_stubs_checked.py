"""Stubs as they are used: mypy and pyright on a small project, and what an editor shows of a name."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from typing import IO, TYPE_CHECKING, Any, Final, cast

import pytest

from envatlas.vllm import registry
from tests.test_cli import in_process_of_its_own

if TYPE_CHECKING:
    from tests.conftest import Site

pytestmark = pytest.mark.tools

SETTINGS: Final = """\
[tool.mypy]
mypy_path = "typings"
strict = true
enable_error_code = ["deprecated"]
[tool.pyright]
typeCheckingMode = "strict"
"""

CONSUMER: Final = '''\
"""An application."""

from envatlas import Environment, Integer, Variable, kinds
from envatlas.snapshot import Snapshot
from envatlas.vllm import envs, registry

port = Variable("A_PORT", Integer(), default=None, help="The port.")


def use(environment: Environment, taken: Snapshot) -> object:
    """Use any environment."""
    return environment.ANYTHING, taken.ANYTHING


reveal_type(envs.VLLM_PORT)
reveal_type(envs.VLLM_RPC_TIMEOUT)
reveal_type(envs.VLLM_PLUGINS)
reveal_type(envs.snapshot().VLLM_USE_V1)
reveal_type(envs.ACME_RATIO)
reveal_type(envs[port])
reveal_type(envs["VLLM_PORT"])
reveal_type(registry)
use(envs, envs.snapshot())
kinds.Text()
if envs.VLLM_PORT is not None:
    print(envs.VLLM_PORT + 1)
with envs.override(VLLM_PORT=5):
    pass
'''
"""What is right."""

WRONGS: Final = {
    "a misspelt name": "print(envs.VLLM_PROT)",
    "a misspelt name of a snapshot": "print(envs.snapshot().VLLM_PROT)",
    "a use that the type does not have": "print(envs.VLLM_PORT + 1)",
    "another type": "text: str = envs.VLLM_RPC_TIMEOUT",
    "an assignment": "envs.VLLM_PORT = 5",
    "a deprecated name": "print(envs.ACME_OLD)",
}
"""By what is wrong: a line, which a checker is to report."""

PLUGIN: Final = """\
import fractions
from envatlas import Deprecated, Integer, Variable, hookimpl

class Ratio:
    name = "ratio"
    expected = "a ratio"
    empty_is_unset = False

    def parse(self, text: str) -> fractions.Fraction:
        return fractions.Fraction(text)

    def render(self, value: object) -> str:
        return str(value)

    def schema(self) -> dict[str, object]:
        return {"type": "string"}

@hookimpl
def envatlas_variables():
    yield Variable("ACME_RATIO", Ratio(), default=fractions.Fraction(1, 2), help="The ratio, as \\\\d+ or \\"1/2\\".")
    yield Variable("ACME_OLD", Integer(), default=5, help="Old.", deprecated=Deprecated("1", "It is gone."))
"""

Reports = Callable[[pathlib.Path], dict[int, str]]


def mypys(folder: pathlib.Path) -> dict[int, str]:
    """Return what mypy says of each line of the application."""
    arguments = ["mypy", "--cache-dir", str(folder / ".cache"), "--hide-error-context", "."]
    return _reports(folder, arguments, r"^(?P<file>[^:]+):(?P<line>\d+): (?P<said>.*)$")


def pyrights(folder: pathlib.Path) -> dict[int, str]:
    """Return what pyright says of each line of the application."""
    arguments = ["pyright", "--pythonpath", sys.executable]
    return _reports(folder, arguments, r"^ *(?P<file>/[^:]+):(?P<line>\d+):\d+ - (?P<said>.*)$")


def _reports(folder: pathlib.Path, arguments: list[str], form: str) -> dict[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    said: dict[int, str] = {}
    for match in re.finditer(form, done.stdout, re.MULTILINE):
        assert match["file"].endswith("app.py"), match[0]
        said[int(match["line"])] = f"{said.get(int(match['line']), '')}{match['said']}\n"
    return said


by_each_checker: Final = pytest.mark.parametrize("reports", [mypys, pyrights])


@pytest.fixture(name="project")
def _project(tmp_path: pathlib.Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Give a project with stubs, among them those of a plugin from outside, which has a kind of its own."""
    site.add("acme-vllm", plugins={"acme": "acme_typed"}, modules={"acme_typed": PLUGIN}, group="envatlas.vllm")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS)
    done = in_process_of_its_own("stubs", f"--output={folder / 'typings'}", site=site)
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("PYTHONPATH", str(site.folder))  # where the checkers find the plugin, if at all
    return folder


TYPES: Final = ["int | None", "int", "list[str] | None", "bool", "Fraction", "int | None", "object", "Registry"]
"""What `reveal_type` says in the lines of the application that ask it."""


@by_each_checker
def test_a_checker_knows_the_type_of_each_variable(project: pathlib.Path, reports: Reports) -> None:
    """Right reads pass in the strictest mode, the rest of the package is as it was, and so are its types."""
    (project / "app.py").write_text(CONSUMER)
    said = reports(project)
    types = [re.findall('"([^"]*)"', said[line])[-1].rpartition(".")[2] for line in sorted(said)]
    assert types == TYPES


@by_each_checker
def test_a_checker_reports_what_is_wrong(project: pathlib.Path, reports: Reports) -> None:
    """Each in its line, and nothing else."""
    lines = ["from envatlas.vllm import envs", *WRONGS.values(), "print(envs.VLLM_PORT)"]
    (project / "app.py").write_text("\n".join(lines))
    assert sorted(reports(project)) == [*range(2, len(WRONGS) + 2)]


OWN: Final = """\
from envatlas import Environment, Registry

registry = Registry("own", group="envatlas.own")
envs = Environment(registry)
"""
OWN_PLUGIN: Final = """\
from envatlas import Flag, Variable, hookimpl

@hookimpl
def envatlas_variables():
    yield Variable("OWN_QUIET", Flag(), default=False, help="Says less.")
"""


@by_each_checker
def test_an_applications_own_stub_lies_beside_its_source(
    tmp_path: pathlib.Path, site: Site, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No setting is needed, and the package around it needs no stub."""
    site.add("own", plugins={"own": "own_plugin"}, modules={"own_plugin": OWN_PLUGIN}, group="envatlas.own")
    (tmp_path / "own_app").mkdir()
    (tmp_path / "own_app/__init__.py").write_text("VERSION = 5\n")
    (tmp_path / "own_app/config.py").write_text(OWN)
    lines = ["from own_app import VERSION", "from own_app.config import envs", "quiet: bool = envs.OWN_QUIET"]
    (tmp_path / "own_app/app.py").write_text("\n".join([*lines, "print(VERSION, envs.OWN_QUITE)", ""]))
    monkeypatch.chdir(tmp_path)
    done = in_process_of_its_own("stubs", "--registry=own_app.config:registry", "--output=.", site=site)
    assert done.stdout == "Wrote own_app/config.pyi.\n", done.stderr
    assert [*reports(tmp_path)] == [4]


@contextlib.contextmanager
def language_server(folder: pathlib.Path) -> Generator[Callable[[str, Mapping[str, Any]], Any]]:
    """Start pyright as editors do, and give what sends a message and, where that asks something, returns the answer."""
    command = [sys.executable, "-m", "pyright.langserver", "--stdio"]
    server = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    reading, writing = cast("IO[bytes]", server.stdout), cast("IO[bytes]", server.stdin)

    def send(method: str, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401  whatever the server says
        is_notice = method in {"initialized", "exit"} or method.startswith("textDocument/did")
        message = {"jsonrpc": "2.0", "method": method, "params": parameters, **({} if is_notice else {"id": method})}
        content = json.dumps(message).encode()
        writing.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        writing.flush()
        while not is_notice:
            length = int(reading.readline().partition(b":")[2])
            reading.readline()
            answer = json.loads(reading.read(length))
            if answer.get("id") == method:
                return answer["result"]
        return None

    root: Mapping[str, Any] = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
    with server:
        send("initialize", {**root, "workspaceFolders": [{"uri": folder.as_uri(), "name": "project"}]})
        send("initialized", {})
        yield send
        send("shutdown", {})
        send("exit", {})


def test_an_editor_shows_the_help_of_a_variable(project: pathlib.Path) -> None:
    """Its type and its help appear where the mouse rests on its name, hostile text as it was written."""
    file, line = project / "app.py", "from envatlas.vllm import envs; print(envs.VLLM_RPC_TIMEOUT, envs.ACME_RATIO)"
    document = {"uri": file.as_uri(), "languageId": "python", "version": 1, "text": line}
    shown: list[str] = []
    with language_server(project) as send:
        send("textDocument/didOpen", {"textDocument": document})
        for name in ("VLLM_RPC_TIMEOUT", "ACME_RATIO"):
            place = {"line": 0, "character": line.index(name) + 1}
            answer = send("textDocument/hover", {"textDocument": {"uri": file.as_uri()}, "position": place})
            shown.append(" ".join(answer["contents"]["value"].split()))
    assert "VLLM_RPC_TIMEOUT: int" in shown[0]
    assert registry["VLLM_RPC_TIMEOUT"].help in shown[0]
    assert "ACME_RATIO: Fraction" in shown[1]
    assert 'The ratio, as \\d+ or "1/2".' in shown[1]
