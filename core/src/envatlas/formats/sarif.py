"""SARIF: findings in the format that code-scanning services show beside the files; version 2.1.0."""

from __future__ import annotations

import hashlib
import os
import pathlib
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from typing import Final

from envatlas.checks.codes import CODES
from envatlas.environs import Place
from envatlas.findings import ORDER, Finding
from envatlas.formats.listings import Json
from envatlas.version import VERSION

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT: Final = "envatlasFinding/v1"
"""What a fingerprint is made of is part of its name: the code, the variable, the file and the container."""


def sarif_log(findings: Sequence[Finding]) -> Json:
    """Return findings as a SARIF log of one run, with a rule for each code that was found.

    A finding in a file has its location, relative to the current folder where the file is below it. The fingerprint
    stays when lines are added above, and when the text changes to another that is wrong in the same way.

    >>> sarif_log([])["version"]
    '2.1.0'
    """
    codes = sorted({finding.code for finding in findings})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "envatlas",
                        "version": VERSION,
                        "semanticVersion": VERSION,
                        "rules": [_rule(code, findings) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": _results(findings, codes),
            }
        ],
    }


def _rule(code: str, findings: Sequence[Finding]) -> Json:
    """Return the rule of a code; its level is the worst that was found."""
    levels = {finding.severity for finding in findings if finding.code == code}
    text = CODES.get(code, "What a plugin's own check found")
    return {
        "id": code,
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text}."},
        "defaultConfiguration": {"level": str(min(levels, key=ORDER.index))},
    }


def _results(findings: Sequence[Finding], codes: Sequence[str]) -> list[Json]:
    seen: Counter[str] = Counter()
    results: list[Json] = []
    for finding in findings:
        print_ = _fingerprint(finding)
        seen[print_] += 1
        results.append(
            {
                "ruleId": finding.code,
                "ruleIndex": codes.index(finding.code),
                "level": str(finding.severity),
                "message": {"text": _sayable(_message(finding))},
                "locations": [_location(finding)],
                "partialFingerprints": {_FINGERPRINT: f"{print_}:{seen[print_]}"},
            }
        )
    return results


def _message(finding: Finding) -> str:
    stop = "" if finding.found.endswith("?") else "."
    return f"{finding.headline}{stop} {finding.why}. Remedy: {finding.remedy}"


def _location(finding: Finding) -> Json:
    place = finding.place
    logical: list[Json] = []
    if finding.variable:
        logical.append({"name": _sayable(finding.variable), "kind": "variable"})
    if place.container:
        logical.append({"fullyQualifiedName": _sayable(place.container), "kind": "resource"})
    location: dict[str, object] = {"logicalLocations": logical} if logical else {}
    if place.file:
        region = {} if place.line is None else {"region": {"startLine": place.line}}
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(place)}, **region}
    return location


def _uri(place: Place) -> str:
    """Return the URI of a file: relative below the current folder, and absolute elsewhere."""
    path = os.path.relpath(place.file)
    if path.startswith(os.path.join(os.pardir, "")):
        return pathlib.Path(os.path.abspath(place.file)).as_uri()
    return urllib.parse.quote(os.fsencode(path))


def _fingerprint(finding: Finding) -> str:
    place = finding.place
    uri = _uri(place) if place.file else ""
    facts = repr((finding.code, finding.variable, uri, place.container))
    return hashlib.sha256(ascii(facts).encode()).hexdigest()[:32]


def _sayable(text: str) -> str:
    """Return a text with what no UTF-8 can say escaped."""
    return text.encode(errors="backslashreplace").decode()
