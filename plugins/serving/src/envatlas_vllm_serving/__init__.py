"""vLLM's variables for the API server."""

from collections.abc import Iterable

from envatlas import IntegerFlag, NonemptyFlag, Scope, StrippedTrueOneFlag, Text, Variable, hookimpl

VARIABLES = (
    Variable(
        "VLLM_API_KEY",
        Text(),
        default=None,
        help="The key that the API server asks of its clients; unset, it requires none.",
        scope=Scope.PROCESS,
        secret=True,
    ),
    Variable(
        "VLLM_KEEP_ALIVE_ON_ENGINE_DEATH",
        NonemptyFlag(),
        default=False,
        help=(
            "Keeps the API server up after its engine failed and serves no more requests, whatever the text "
            "is, unless it is empty: even 0 does; unset, the server ends."
        ),
        scope=Scope.PROCESS,
    ),
    Variable(
        "VLLM_SERVER_DEV_MODE",
        IntegerFlag(),
        default=False,
        help=(
            "Adds endpoints for development and debugging to the API server, such as /reset_prefix_cache; "
            "unset, there are none."
        ),
        scope=Scope.PROCESS,
    ),
    Variable(
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING",
        StrippedTrueOneFlag(),
        default=False,
        help="Allows LoRA adapters to be loaded and unloaded while the server runs; unset, they cannot be.",
        scope=Scope.PROCESS,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for the API server."""
    return VARIABLES
