"""Templates: files that Helm makes manifests of, and that are none themselves."""

from __future__ import annotations

import re
from typing import Final

from envatlas.environs import Place, UnreadableFileError

_HELM: Final = re.compile(r"\{\{-?\s*(?:\.Values|\.Release|\.Chart|include\s|tpl\s|toYaml\s)")
_RENDER: Final = "render it first, as with: helm template CHART --values VALUES.yaml"


def is_template(text: str) -> bool:
    """Return whether Helm would replace a part of a text; braces that others replace are left alone.

    >>> is_template("{{ .Values.port }}"), is_template("{{ message.content }}")
    (True, False)
    """
    return _HELM.search(text) is not None


def unrendered(place: Place) -> UnreadableFileError:
    """Return the error for a template.

    >>> print(unrendered(Place("deploy.yaml", 3)).problem)
    it is a template with {{ }} in it, not the YAML that becomes of it
    """
    return UnreadableFileError(place, "it is a template with {{ }} in it, not the YAML that becomes of it", _RENDER)
