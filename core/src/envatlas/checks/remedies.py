"""Remedies: what to type so that a variable is set otherwise, where it is set."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from typing import Final

from envatlas.checks.references import REFERENCE
from envatlas.environs import Environ, Via
from envatlas.formats.exports.dotenv import render
from envatlas.formats.exports.refusals import UnsayableTextError
from envatlas.messages import Message

_OF_QUOTES: Final = re.compile(r"[\\\"`]|\$(?!{?[A-Za-z_])")
"""What double quotes of a shell do not hold as it stands, but for references."""
_ESCAPED: Final = r"\\\g<0>"
_TO_ESCAPE: Final = re.compile(r"\$(?=[$(])")
"""A dollar sign that Kubernetes does not take as it stands."""


def set_to(name: str, text: str, environ: Mapping[str, str]) -> str:
    """Return what to type to set a variable to a text, which is none of a secret's.

    >>> set_to("VLLM_HOST_IP", "10.0.0.1", {}), set_to("A_TITLE", "to do", {})
    ('export VLLM_HOST_IP=10.0.0.1', "export A_TITLE='to do'")
    """
    via = _via(name, environ)
    line = _env_line(name, text) if via is Via.ENV_FILE else ""
    if not text.isprintable() or (via is Via.ENV_FILE and not line):
        return Message("correct {variable}, or {command}", variable=said(name), command=unset(name, environ))
    if via is Via.PROCESS:
        return f"export {name}={shlex.quote(text)}"
    if line:
        return Message("write {line}", line=line)
    written = json.dumps(_escaped(text, via), ensure_ascii=False)
    return Message("set {variable} to {text}", variable=said(name), text=written)


def unset(name: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that a variable is not set.

    >>> unset("VLLM_PORT", {})
    'unset VLLM_PORT'
    """
    if _via(name, environ) is not Via.PROCESS:
        return Message("delete {variable}", variable=said(name))
    return f"unset {name}" if _is_of_shells(name) else f"env -u {shlex.quote(name)} ..."


def make_absolute(name: str, path: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that a variable has an absolute path in a relative one's place.

    >>> make_absolute("VLLM_TORCH_PROFILER_DIR", "traces", {})
    'export VLLM_TORCH_PROFILER_DIR="$PWD"/traces'
    """
    if path.startswith("~/"):
        base, rest = "HOME", path[2:]
    else:
        base, rest = "PWD", os.path.normpath(path)
    if _via(name, environ) is not Via.PROCESS or not path.isprintable():
        return set_to(name, os.path.normpath(os.path.join("/", "path", "to", rest)), environ)
    return f'export {name}="${base}"/{shlex.quote(rest)}'


def replace_reference(name: str, text: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that a shell, or Kubernetes, replaces the references in a text, which is no secret's.

    >>> replace_reference("VLLM_CACHE_ROOT", "$HOME/cache", {})
    'export VLLM_CACHE_ROOT="$HOME/cache"'
    """
    via = _via(name, environ)
    if via is Via.PROCESS and text.isprintable():
        return f'export {name}="{_OF_QUOTES.sub(_ESCAPED, text)}"'
    if via is Via.MANIFEST and text.isprintable():
        expanded = json.dumps(REFERENCE.sub(r"$(\g<braced>\g<bare>)", text), ensure_ascii=False)
        return Message(
            "set {variable} to {text}, below what it refers to, or write that out", variable=said(name), text=expanded
        )
    return Message("write out what {variable} refers to", variable=said(name))


def rename(name: str, other: str, environ: Mapping[str, str]) -> str:
    """Return what to type so that another variable has a variable's text, without showing it.

    >>> rename("VLLM_PROT", "VLLM_PORT", {})
    'export VLLM_PORT="$VLLM_PROT"; unset VLLM_PROT'
    """
    if _via(name, environ) is not Via.PROCESS:
        return Message("rename {variable} to {other}", variable=said(name), other=other)
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


def said(name: str) -> str:
    """Return a name as a sentence has it: in quotes where nothing else shows how far it goes.

    >>> said("VLLM_PORT"), said("VLLM_PORT "), said("VLLM-PORT")
    ('VLLM_PORT', "'VLLM_PORT '", 'VLLM-PORT')
    """
    return name if name.isprintable() and not any(letter.isspace() for letter in name) else repr(name)


def _env_line(name: str, text: str) -> str:
    """Return the line of an env file that says a text; empty where none does."""
    try:
        return render({name: text}).rstrip("\n")
    except UnsayableTextError:
        return ""


def _escaped(text: str, via: Via) -> str:
    """Return a text as a file has it, so that nothing in it is taken for a reference."""
    if via is Via.COMPOSE:
        return text.replace("$", "$$")
    return _TO_ESCAPE.sub("$$", text) if via is Via.MANIFEST else text


def _is_of_shells(name: str) -> bool:
    return name.isascii() and name.isidentifier()


def _via(name: str, environ: Mapping[str, str]) -> Via:
    return environ.place_of(name).via if isinstance(environ, Environ) else Via.PROCESS
