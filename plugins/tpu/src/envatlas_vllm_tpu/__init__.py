"""vLLM's variables for TPUs and other XLA devices."""

from collections.abc import Iterable

from envatlas import Path, Scope, Variable, hookimpl, user_cache

VARIABLES = (
    Variable(
        "VLLM_XLA_CACHE_PATH",
        Path(),
        default=user_cache("vllm", "xla_cache"),
        help=(
            "The folder in which XLA keeps what it compiled from one run to the next, on XLA devices alone; "
            "unset, one in the user's cache."
        ),
        scope=Scope.NODE,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for TPUs and other XLA devices."""
    return VARIABLES
