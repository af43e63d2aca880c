"""vLLM's variables for multimodal models."""

from collections.abc import Iterable

from envatlas import Between, Integer, Path, Scope, Variable, hookimpl, user_cache

VARIABLES = (
    Variable(
        "VLLM_IMAGE_FETCH_TIMEOUT",
        Integer(),
        default=5,
        help="How long fetching an image for a request may take, in seconds; unset, 5.",
        unit="s",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_VIDEO_FETCH_TIMEOUT",
        Integer(),
        default=30,
        help="How long fetching a video for a request may take, in seconds; unset, 30.",
        unit="s",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_AUDIO_FETCH_TIMEOUT",
        Integer(),
        default=10,
        help="How long fetching a sound file for a request may take, in seconds; unset, 10.",
        unit="s",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_MM_INPUT_CACHE_GIB",
        Integer(),
        default=8,
        help="The size of the cache of multimodal inputs, in GiB; unset, 8.",
        unit="GiB",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_ASSETS_CACHE",
        Path(),
        default=user_cache("vllm", "assets"),
        help="The folder in which downloaded assets are kept; unset, one in the user's cache.",
        scope=Scope.NODE,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for multimodal models."""
    return VARIABLES
