"""Defects: what is wrong in the files that an environment was read from, and what they do not tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from envatlas.environs import Environ
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked
from envatlas.registry import Registry


def defects(_registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Report what is wrong in the files of an environment that has some.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> list(defects(registry, {}, ToldHost()))
    []
    """
    if not isinstance(environ, Environ):
        return
    for each in environ.defects:
        yield Finding(
            "file-defect",
            Severity.WARNING,
            each.name,
            each.what,
            marked("What it is meant to set is not checked, and may not reach the process"),
            each.remedy,
            each.place,
        )
    for source in environ.open_ended:
        yield Finding(
            "unknown-source",
            Severity.NOTE,
            "",
            Message("not all that is set is known: {why}", why=source.why),
            marked("What it sets is not checked, and may replace what is checked here"),
            marked("pass the file that has it as well"),
            source.place,
        )
