"""Findings for other programs: as JSON objects. Their members are stable."""

from __future__ import annotations

from envatlas.findings import Finding
from envatlas.formats.listings import Json


def finding_object(finding: Finding) -> Json:
    """Return a finding as a JSON object.

    Members:
        code: What kind of finding it is; envatlas's own are in `envatlas.checks.codes`.
        severity: ``error``, ``warning`` or ``note``.
        variable: The name that it is about; null if it is about none.
        found, why, remedy: What was found, why it matters, and what to do; none of them shows a secret.
        file: The path of the file that sets the variable; null for the environment of a process.
        line: The line in it, from 1; null where there is none to tell.
        document: The document in it, from 1; null where it has only one.
        container: The container that gets the text; null for none.
        via: By what it gets it: ``process``, ``env file``, ``manifest``, ``Compose file``, ``ConfigMap`` or ``Secret``.

    >>> from envatlas.findings import Severity
    >>> finding_object(Finding("bad-core", Severity.NOTE, "", "there is no core", "It is slow", "add one"))["variable"]
    """
    place = finding.place
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "variable": finding.variable or None,
        "found": finding.found,
        "why": finding.why,
        "remedy": finding.remedy,
        "file": place.file or None,
        "line": place.line,
        "document": place.document,
        "container": place.container or None,
        "via": str(place.via),
    }
