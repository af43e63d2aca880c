"""The module from which the platform has always read its variables; now it is a face of vLLM's registry."""

from typing import TYPE_CHECKING

from envatlas import install_module
from envatlas.vllm import registry

if TYPE_CHECKING:
    VLLM_ATTENTION_BACKEND: str | None
    VLLM_DRIFT_LAYOUT: str
    VLLM_DRIFT_PROFILE: bool
    VLLM_DRIFT_STREAMS: int

install_module(__name__, registry)
