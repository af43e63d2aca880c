"""Remedies: what to type so that a variable is set otherwise, where it is set."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping

from envatlas.environs import Environ, Via
from envatlas.messages import Message


def set_to(name: str, text: str, environ: Mapping[str, str]) -> str:
    """Return what to type to set a variable to a text, which is none of a secret's.

    >>> set_to("VLLM_HOST_IP", "10.0.0.1", {}), set_to("A_TITLE", "to do", {})
    ('export VLLM_HOST_IP=10.0.0.1', "export A_TITLE='to do'")
    """
    via = _via(name, environ)
    if not text.isprintable():
        return Message("correct {variable}, or {command}", variable=name, command=unset(name, environ))
    if via is Via.PROCESS:
        return f"export {name}={shlex.quote(text)}"
    if via is Via.ENV_FILE:
        return Message("write {line}", line=f"{name}={text}")
    return Message("set {variable} to {text}", variable=name, text=json.dumps(text, ensure_ascii=False))


def unset(name: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that a variable is not set.

    >>> unset("VLLM_PORT", {})
    'unset VLLM_PORT'
    """
    if _via(name, environ) is not Via.PROCESS:
        return Message("delete {variable}", variable=name)
    return f"unset {name}" if _is_of_shells(name) else f"env -u {shlex.quote(name)} ..."


def make_absolute(name: str, path: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that a variable has an absolute path in a relative one's place.

    >>> make_absolute("VLLM_TORCH_PROFILER_DIR", "traces", {})
    'export VLLM_TORCH_PROFILER_DIR="$PWD"/traces'
    """
    if _via(name, environ) is not Via.PROCESS or not path.isprintable():
        return set_to(name, os.path.join("/", "path", "to", path), environ)
    base, rest = ("HOME", path[2:]) if path.startswith("~/") else ("PWD", path)
    return f'export {name}="${base}"/{shlex.quote(rest)}'


def rename(name: str, other: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that another variable has a variable's text, without showing it.

    >>> rename("VLLM_PROT", "VLLM_PORT", {})
    'export VLLM_PORT="$VLLM_PROT"; unset VLLM_PROT'
    """
    if _via(name, environ) is not Via.PROCESS:
        return Message("rename {variable} to {other}", variable=name, other=other)
    return f'export {other}="${name}"; unset {name}' if _is_of_shells(name) else unset(name, environ)


def where_set(remedy: str, name: str, environ: Mapping[str, str]) -> str:
    """Return what a plugin says to type in a shell, ``export NAME=text`` or ``unset NAME``, for where a file sets it.

    >>> from envatlas.environs import Place
    >>> in_file = Environ(Place("prod.env", via=Via.ENV_FILE), {})
    >>> where_set("export VLLM_USE_V1=1", "VLLM_USE_V1", in_file), where_set("rm /tmp/x", "", in_file)
    ('write VLLM_USE_V1=1', 'rm /tmp/x')
    """
    if _via(name, environ) is Via.PROCESS:
        return remedy
    try:
        command, *words = shlex.split(remedy)
    except ValueError:  # it is no shell's: a quote is open, or it is empty
        return remedy
    other, equals, text = words[0].partition("=") if len(words) == 1 else ("", "", "")
    if command == "export" and equals:
        return set_to(other, text, environ)
    return unset(other, environ) if command == "unset" and other else remedy


def _is_of_shells(name: str) -> bool:
    return name.isascii() and name.isidentifier()


def _via(name: str, environ: Mapping[str, str]) -> Via:
    return environ.place_of(name).via if isinstance(environ, Environ) else Via.PROCESS
