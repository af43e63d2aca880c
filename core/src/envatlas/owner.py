"""An owner: who declared a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from envatlas.messages import Message


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
        return str(self.message)

    @property
    def message(self) -> Message:
        """The same as a message, to stand in another one."""
        from envatlas.messages import Message  # noqa: PLC0415  who reads variables needs none

        return Message(
            "plugin {plugin}, {distribution} {version}",
            plugin=repr(self.plugin),
            distribution=self.distribution,
            version=self.version,
        )
