"""Findings for other programs: as JSON objects. Their members are stable."""

from __future__ import annotations

from envatlas.findings import Finding
from envatlas.formats.listings import Json, place_object


def finding_object(finding: Finding) -> Json:
    """Return a finding as a JSON object.

    Members:
        code: What kind of finding it is; envatlas's own are in `envatlas.checks.codes`.
        severity: ``error``, ``warning`` or ``note``.
        variable: The name that it is about; null if it is about none.
        found, why, remedy: What was found, why it matters, and what to do; none of them shows a secret.
        place: Where the variable is set, or what is meant, as `place_object` says it; null in the environment of a
            process.

    >>> from envatlas.findings import Severity
    >>> finding_object(Finding("bad-core", Severity.NOTE, "", "there is no core", "It is slow", "add one"))["variable"]
    """
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "variable": finding.variable or None,
        "found": finding.found,
        "why": finding.why,
        "remedy": finding.remedy,
        "place": place_object(finding.place),
    }
