"""An owner: who declared a variable."""

from __future__ import annotations

import attrs


@attrs.frozen
class Owner:
    """Who declared a variable: a plugin, and the distribution that brought it.

    >>> str(Owner("data_parallel", "envatlas-vllm-data-parallel", "0.1.0"))
    "plugin 'data_parallel', envatlas-vllm-data-parallel 0.1.0"
    """

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"plugin {self.plugin!r}, {self.distribution} {self.version}"
