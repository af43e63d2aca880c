"""Parsers of those who read what is exported: the real ones where they are, and the documented rules where not."""

from __future__ import annotations

import base64
import ctypes
import glob
import http.server
import io
import json
import os
import pathlib
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast

import dotenv
import pytest
import yaml

Texts = dict[str, str]

_OF_SHELLS: Final = {"PWD", "OLDPWD", "SHLVL", "_"}
_SYSTEMD: Final = sorted(glob.glob("/usr/lib/*/systemd/libsystemd-shared-*.so"))

needs_docker: Final = pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
needs_systemd: Final = pytest.mark.skipif(not _SYSTEMD, reason="systemd is not installed")


def needs(shell: str) -> pytest.MarkDecorator:
    """Return the mark of a test that needs a shell."""
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


def read_by_shell(shell: str, content: bytes, folder: pathlib.Path) -> Texts:
    """Return the environment of a process that a shell starts after it has read a file."""
    file = folder / "read.sh"
    file.write_bytes(content)
    path = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [shell, "-c", 'set -a; . "$0"; env -0', file], env=path, capture_output=True, check=True, timeout=60
    )
    assert not done.stderr
    pairs = (os.fsdecode(entry).partition("=") for entry in done.stdout.split(b"\0")[:-1])
    return {name: text for name, _, text in pairs if name not in {*path, *_OF_SHELLS}}


def read_by_dotenv(content: str) -> Texts:
    """Return what python-dotenv reads, references to other variables replaced, as it does on its own account."""
    with io.TextIOWrapper(io.BytesIO(content.encode()), encoding="utf-8") as stream:
        return cast("Texts", dict(dotenv.dotenv_values(stream=stream)))


def read_by_yaml(content: str) -> list[Mapping[str, Any]]:
    """Return the objects of a YAML stream."""
    return list(yaml.safe_load_all(content))


def data_of(objects: list[Mapping[str, Any]]) -> tuple[Texts, Texts]:
    """Return the texts of a ConfigMap, and those of a Secret if there is one."""
    config_map, *secrets = objects
    assert config_map["kind"] == "ConfigMap"
    assert [each["kind"] for each in secrets] == ["Secret"][: len(secrets)]
    hidden = {name: base64.b64decode(text).decode() for each in secrets for name, text in each["data"].items()}
    return config_map["data"], hidden


def read_by_rules_of_docker(content: bytes) -> Texts:
    """Return what the documentation of ``docker run`` says of a file for ``--env-file``.

    "Option -e, --env, --env-file": a line is ``variable=value``, and sets the variable to the value "as is", quotes
    and all; a line that starts with ``#`` is a comment. How a line ends, and what is no UTF-8, only docker's source
    says, which reads with Go's ``bufio.ScanLines``: at a newline, with a carriage return before it left out.
    """
    texts: Texts = {}
    for line in content.split(b"\n"):
        assert len(line) < 65536
        text = line.removesuffix(b"\r").decode().lstrip()
        if text and not text.startswith("#"):
            name, _, texts[name.strip()] = text.partition("=")
    return texts


class _Docker(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """What docker's command talks to instead of a daemon; it keeps the environment of the last container."""

    daemon_threads = True
    environment: list[str]


class _Answers(http.server.BaseHTTPRequestHandler):
    """The two answers that creating a container takes."""

    def do_HEAD(self) -> None:
        self._answer(200, b"")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        cast("_Docker", self.server).environment = body["Env"] or []
        self._answer(201, b'{"Id": "made", "Warnings": []}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        """Say nothing."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body:
            self.wfile.write(body)


@contextmanager
def docker(folder: pathlib.Path) -> Generator[Callable[[bytes], Texts]]:
    """Give a function that returns what docker's own command reads from a file for ``--env-file``."""
    file, socket = folder / "read.env", folder / "docker.sock"
    with _Docker(str(socket), _Answers) as daemon:
        threading.Thread(target=daemon.serve_forever).start()
        environ = {"DOCKER_HOST": f"unix://{socket}", "HOME": str(folder), "PATH": os.environ["PATH"]}

        def read(content: bytes) -> Texts:
            file.write_bytes(content)
            daemon.environment = []
            command = ["docker", "create", "--env-file", str(file), "image"]
            subprocess.run(command, env=environ, capture_output=True, check=True, timeout=60)
            pairs = (entry.partition("=") for entry in daemon.environment)
            return {name: text for name, _, text in pairs}

        try:
            yield read
        finally:
            daemon.shutdown()


def read_by_systemd(content: bytes, folder: pathlib.Path) -> Texts:
    """Return what systemd's own parser of ``EnvironmentFile=`` reads, which its library has."""
    file = folder / "read.conf"
    file.write_bytes(content)
    entries = ctypes.POINTER(ctypes.c_char_p)()
    status = ctypes.CDLL(_SYSTEMD[-1]).load_env_file(None, os.fsencode(file), ctypes.byref(entries))
    assert status == 0
    pairs = (entry.decode().partition("=") for entry in _until_null(entries))
    return {name: text for name, _, text in pairs}


def _until_null(entries: Any) -> Iterator[bytes]:  # noqa: ANN401  a pointer, which has no type of its own
    index = 0
    while entries and entries[index]:
        yield entries[index]
        index += 1


def read_by_rules_of_systemd(content: str) -> Texts:
    r"""Return what systemd.exec(5) says of a file for ``EnvironmentFile=``.

    Of an unquoted text: "Leading and trailing whitespace (space, tab, carriage return) is discarded, but interior
    whitespace within the line is preserved verbatim. A line ending with a backslash will be continued to the
    following one, with the newline itself discarded. A backslash "\" followed by any character other than newline
    will preserve the following character". In single quotes: "can span multiple lines and contain any character
    verbatim other than single quote". In double quotes: "Backslash ("\") followed by any of "\"\`$" will preserve
    that character. A backslash followed by newline is a line continuation, and the newline itself is discarded. A
    backslash followed by any other character is ignored; both the backslash and the following character are
    preserved verbatim." And: "Empty lines, lines without an "=" separator, or lines starting with ";" or "#" will be
    ignored".
    """
    texts: Texts = {}
    rest = content
    while rest:
        if rest[0] in "#;\n":
            rest = rest.partition("\n")[2]
            continue
        name, _, rest = rest.partition("=")
        texts[name], rest = _text_for_systemd(rest)
    return texts


def _text_for_systemd(rest: str) -> tuple[str, str]:
    """Return the text at the beginning, and what is behind its line."""
    if rest[0] == "'":
        text, _, rest = rest[1:].partition("'")
    elif rest[0] == '"':
        text, rest = _in_double_quotes(rest[1:])
    else:
        line, _, behind = rest.partition("\n")
        assert "\\" not in line
        return line.strip(" \t\r"), behind
    assert rest[0] == "\n"
    return text, rest[1:]


def _in_double_quotes(rest: str) -> tuple[str, str]:
    text = ""
    while rest[0] != '"':
        width = 2 if rest[0] == "\\" else 1
        taken, rest = rest[:width], rest[width:]
        text += {"\\\n": ""}.get(taken, taken[-1] if taken[-1] in '"\\`$' else taken)
    return text, rest[1:]
