"""What the authors of plugins test with. Its strategies and fixtures need the extra ``testing``.

>>> import envatlas_vllm_rocm
>>> from envatlas.testing import assert_conforms, registry_of
>>> assert_conforms("rocm")
>>> [variable.name for variable in registry_of(envatlas_vllm_rocm)]
['VLLM_USE_TRITON_FLASH_ATTN', 'VLLM_ROCM_FP8_PADDING']

The fixtures are in `envatlas.testing.fixtures`, and nobody's until they are imported.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envatlas.testing.conformance import assert_conforms, find_faults
    from envatlas.testing.faults import ConformanceError, Fault
    from envatlas.testing.registries import registry_of
    from envatlas.testing.strategies import texts, values

__all__ = ["ConformanceError", "Fault", "assert_conforms", "find_faults", "registry_of", "texts", "values"]

_ON_DEMAND = {
    "ConformanceError": "envatlas.testing.faults",
    "Fault": "envatlas.testing.faults",
    "assert_conforms": "envatlas.testing.conformance",
    "find_faults": "envatlas.testing.conformance",
    "registry_of": "envatlas.testing.registries",
    "texts": "envatlas.testing.strategies",
    "values": "envatlas.testing.strategies",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: Hypothesis where it is used, and nothing where a plugin's import is measured."""
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415  as above

    return getattr(importlib.import_module(_ON_DEMAND[name]), name)
