"""vLLM's variables for loading models."""

from collections.abc import Iterable

from envatlas import OneFlag, Text, TrueFlag, Variable, hookimpl

VARIABLES = (
    Variable(
        "VLLM_USE_MODELSCOPE",
        TrueFlag(),
        default=False,
        help=(
            "Loads models from ModelScope instead of the Hugging Face Hub, if it is the word true: 1 does "
            "not count; unset, from the Hub."
        ),
    ),
    Variable(
        "S3_ACCESS_KEY_ID",
        Text(),
        default=None,
        help="The access key's name with which tensorizer loads models from S3; unset, none is passed on.",
        secret=True,
    ),
    Variable(
        "S3_SECRET_ACCESS_KEY",
        Text(),
        default=None,
        help="The secret key with which tensorizer loads models from S3; unset, none is passed on.",
        secret=True,
    ),
    Variable(
        "S3_ENDPOINT_URL",
        Text(),
        default=None,
        help="The URL of the S3 service from which tensorizer loads models; unset, none is passed on.",
    ),
    Variable(
        "VLLM_TEST_FORCE_LOAD_FORMAT",
        Text(),
        default="dummy",
        help="The load format that tests make models load in; unset, dummy.",
        internal=True,
    ),
    Variable(
        "VLLM_CI_USE_S3",
        OneFlag(),
        default=False,
        help="Has CI load models from S3 with the Run:ai Streamer; unset, it does not.",
        internal=True,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for loading models."""
    return VARIABLES
