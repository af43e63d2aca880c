"""vLLM's variables for logging."""

from collections.abc import Iterable

from envatlas import Integer, Number, OneOf, Path, Scope, Text, Variable, hookimpl

VARIABLES = (
    Variable(
        "VLLM_CONFIGURE_LOGGING",
        Integer(),
        default=1,
        help=(
            "With 1, vLLM configures logging, by VLLM_LOGGING_CONFIG_PATH or as it usually does, and with 0 "
            "it leaves logging alone; unset, 1."
        ),
        expects=OneOf(0, 1),
    ),
    Variable(
        "VLLM_LOGGING_CONFIG_PATH",
        Path(expand_user=False),
        default=None,
        help="The file that logging is configured by; unset, vLLM's usual configuration.",
        scope=Scope.NODE,
        only_with="VLLM_CONFIGURE_LOGGING",
    ),
    Variable(
        "VLLM_LOGGING_LEVEL",
        Text(),
        default="INFO",
        help="The level from which on messages are logged, in vLLM's usual configuration; unset, INFO.",
        expects=OneOf("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTSET"),
    ),
    Variable(
        "VLLM_LOGGING_PREFIX",
        Text(),
        default="",
        help="A text that stands before every message that is logged; unset, none.",
    ),
    Variable(
        "VLLM_TRACE_FUNCTION",
        Integer(),
        default=0,
        help="With 1, traces every function call, for debugging; unset, 0, it does not.",
        expects=OneOf(0, 1),
    ),
    Variable(
        "VLLM_LOG_BATCHSIZE_INTERVAL",
        Number(),
        default=-1.0,
        help=("How long passes between two log lines on batch sizes, in seconds; negative or unset, none are logged."),
        unit="s",
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for logging."""
    return VARIABLES
