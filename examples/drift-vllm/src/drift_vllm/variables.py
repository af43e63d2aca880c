"""vLLM's variables for Drift's processors, the attention backend that it brings, and the names that are gone."""

from collections.abc import Iterable

from envatlas import AddedChoices, Between, Flag, Integer, OneOf, Removed, Scope, Text, Variable, hookimpl

VARIABLES = (
    Variable(
        "VLLM_DRIFT_STREAMS",
        Integer(),
        default=4,
        help="How many streams a processor computes on; unset, 4.",
        expects=Between(minimum=1, maximum=64),
    ),
    Variable(
        "VLLM_DRIFT_LAYOUT",
        Text(),
        default="blocked",
        help="How weights lie in memory, `blocked` or `linear`; unset, `blocked`.",
        affects_compilation=True,
        expects=OneOf("blocked", "linear"),
    ),
    Variable(
        "VLLM_DRIFT_PROFILE",
        Flag(),
        default=False,
        help="Writes a profile of each step; unset, it does not.",
        scope=Scope.NODE,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for Drift's processors."""
    return VARIABLES


@hookimpl
def envatlas_choices() -> Iterable[AddedChoices]:
    """Add the attention backend that this platform registers."""
    return [AddedChoices("VLLM_ATTENTION_BACKEND", "DRIFT_ATTN")]


@hookimpl
def envatlas_removed() -> Iterable[Removed]:
    """Tell what older versions read."""
    return [
        Removed("VLLM_DRIFT_QUEUES", "2.0", "The driver calls them streams.", replacement="VLLM_DRIFT_STREAMS"),
        Removed("VLLM_DRIFT_V0", "3.0", "The first engine is gone."),
    ]
