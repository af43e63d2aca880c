"""vLLM's registry.

`registry` holds the variables of vLLM and of every installed plugin for it, and `envs` reads them from the
process's environment. Importing this module loads nothing; the first use of either does.

>>> envs.VLLM_RPC_TIMEOUT
10000
"""

from typing import Final

from envatlas.environment import Environment
from envatlas.registry import Registry

__all__ = ["envs", "registry"]

registry: Final = Registry(
    "vllm",
    group="envatlas.vllm",
    filter_variable="VLLM_PLUGINS",
    prefix="VLLM_",
    bundled="envatlas-vllm-",
    shared_groups=(
        "vllm.general_plugins",
        "vllm.io_processor_plugins",
        "vllm.platform_plugins",
        "vllm.stat_logger_plugins",
    ),
    quiet_variable="VLLM_NO_DEPRECATION_WARNING",
)

envs: Final = Environment(registry)
