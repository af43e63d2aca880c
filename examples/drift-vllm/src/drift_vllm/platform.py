"""The platform, as far as its variables decide about it; its code is what it was before they were declared."""

import drift_vllm.envs as envs  # noqa: PLR0402  it says so in all of the platform's code


def attention_backend() -> str:
    """Return the name of the attention backend: the platform's own, unless another is chosen."""
    return envs.VLLM_ATTENTION_BACKEND or "DRIFT_ATTN"


def launch_options(workers: int) -> list[str]:
    """Return the options with which the driver is started."""
    options = [f"--streams={envs.VLLM_DRIFT_STREAMS // workers}", f"--layout={envs.VLLM_DRIFT_LAYOUT}"]
    return [*options, "--profile"] if envs.VLLM_DRIFT_PROFILE else options
