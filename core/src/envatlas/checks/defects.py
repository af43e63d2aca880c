"""Defects: what is wrong in the files that an environment was read from, and what they do not tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from envatlas.checks.exposure import secret_names
from envatlas.environs import Consequence, Defect, Environ
from envatlas.errors import InvalidValueError
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked, message_of
from envatlas.registry import Registry
from envatlas.values import parse
from envatlas.variable import Variable

_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on", "y"), True),
    **dict.fromkeys(("false", "no", "off", "n"), False),
}
_SEVERITIES: Final = {
    Consequence.REFUSED: Severity.ERROR,
    Consequence.LOST: Severity.WARNING,
    Consequence.KEPT: Severity.WARNING,
}
_WHYS: Final = {
    Consequence.REFUSED: marked("It is refused as it stands, so what needs it does not start"),
    Consequence.LOST: marked("What it is meant to set is not checked, and may not reach the process"),
    Consequence.KEPT: marked("What counts of it is checked, and may not be what is meant"),
}


def defects(registry: Registry, environ: Mapping[str, str], _host: Host) -> Iterator[Finding]:
    """Report what is wrong in the files of an environment that has some.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> list(defects(registry, {}, ToldHost()))
    []
    """
    if not isinstance(environ, Environ):
        return
    told = _told(registry) if environ.defects else {}  # once: a file may have thousands of them
    for each in environ.defects:
        yield Finding(
            "file-defect",
            _SEVERITIES[each.consequence],
            each.name,
            each.what,
            _WHYS[each.consequence],
            _remedy(each, told, environ),
            each.place,
        )
    for source in environ.open_ended:
        yield Finding(
            "unknown-source",
            Severity.NOTE,
            "",
            Message("not all that is set is known: {why}", why=message_of(source.why)),
            marked("What it sets is not checked, and may replace what is checked here"),
            marked("pass the file that has it as well"),
            source.place,
        )


def _told(registry: Registry) -> dict[str, Variable[object] | None]:
    """Return the variables by the names that they are read from; None for those of secrets."""
    found: dict[str, Variable[object] | None] = {name: each for each in registry for name in each.sources}
    return {**found, **dict.fromkeys(secret_names(registry))}


def _remedy(defect: Defect, told: Mapping[str, Variable[object] | None], environ: Environ) -> str:
    text = _text(defect, told, environ) if defect.text else None
    return defect.remedy if text is None else f"{defect.key}: {json.dumps(text, ensure_ascii=False)}"


def _text(defect: Defect, told: Mapping[str, Variable[object] | None], environ: Environ) -> str | None:
    """Return what to write in a defect's place; None where it may be a secret, or where nobody knows."""
    boolean = _BOOLEANS.get(defect.text.lower())
    if defect.name not in told:
        return None if boolean is None else defect.text.lower()
    variable = told[defect.name]
    if variable is None:
        return None
    if boolean is None:
        return defect.text
    return next(_read_as(variable, defect.text.lower(), environ, boolean=boolean), None)


def _read_as(variable: Variable[object], written: str, environ: Environ, *, boolean: bool) -> Iterator[str]:
    """Yield the texts that a variable reads as the boolean that is written, or as the word for it."""
    for text in _forms(variable, written, boolean=boolean):
        try:
            value = parse(variable, variable.name, text, environ)
        except InvalidValueError:
            continue
        if value == boolean or text == written:
            yield text


def _forms(variable: Variable[object], written: str, *, boolean: bool) -> Iterator[str]:
    try:
        yield variable.kind.render(boolean)
    except Exception:  # noqa: BLE001, S110  a kind may be a plugin's own, and most write no booleans
        pass
    yield str(int(boolean)) if isinstance(variable.default, int) else written
