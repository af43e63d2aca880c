"""vLLM's variables for the engine."""

from collections.abc import Iterable, Mapping

from envatlas import (
    Between,
    Computed,
    Integer,
    IntegerFlag,
    Matches,
    NotZeroFlag,
    OneFlag,
    OneOf,
    Path,
    Scope,
    StrippedTrueOneFlag,
    Text,
    Variable,
    hookimpl,
    user_cache,
    user_config,
)


def _temporary_directory(_environ: Mapping[str, str]) -> str:
    import tempfile  # noqa: PLC0415  it costs milliseconds of every start

    return tempfile.gettempdir()


VARIABLES = (
    Variable(
        "VLLM_CONFIG_ROOT",
        Path(),
        default=user_config("vllm"),
        help=(
            "The folder of vLLM's configuration files, where it looks for them when it runs and puts them "
            "when it is installed; unset, one in the user's configuration."
        ),
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_CACHE_ROOT",
        Path(),
        default=user_cache("vllm"),
        help="The folder of vLLM's cached files; unset, one in the user's cache.",
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_HOST_IP",
        Text(),
        default="",
        help=(
            "The node's own IP address for traffic between nodes, different on each of them, and not the API "
            "server's; empty or unset, vLLM finds one, which may be wrong where a node has several."
        ),
        scope=Scope.NODE,
        internal=True,
    ),
    Variable(
        "VLLM_PORT",
        Integer(),
        default=None,
        help=(
            "The first port of the traffic between vLLM's own processes, further ones counting up from it, "
            "and not the API server's; in Kubernetes, a service called vllm would set it too, to something "
            "else; unset, free ones are taken."
        ),
        scope=Scope.NODE,
        internal=True,
        expects=Between(0, 65535),
    ),
    Variable(
        "VLLM_RPC_BASE_PATH",
        Path(expand_user=False),
        default=Computed(
            _temporary_directory,
            "the system's folder for temporary files",
            depends=(),
            watches=("tempfile.tempdir", "tempfile.gettempdir"),
        ),
        help=(
            "The folder of the sockets between the API server and the engine, where they are processes of "
            "their own; unset, the system's folder for temporary files."
        ),
        scope=Scope.NODE,
    ),
    Variable(
        "VLLM_RPC_TIMEOUT",
        Integer(),
        default=10000,
        help=(
            "How long a client waits for the engine's process to answer a simple request, in milliseconds; "
            "unset, 10000."
        ),
        unit="ms",
        expects=Between(minimum=1),
    ),
    Variable(
        "VLLM_USE_V1",
        IntegerFlag(),
        default=True,
        help="Runs the V1 engine, or with 0 the V0 one; unset, V1.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_ENABLE_V1_MULTIPROCESSING",
        IntegerFlag(),
        default=True,
        help="Runs the V1 engine of an LLM object in a process of its own; unset, it does.",
        only_with="VLLM_USE_V1",
    ),
    Variable(
        "VLLM_ENGINE_ITERATION_TIMEOUT_S",
        Integer(),
        default=60,
        help="How long one iteration of the engine may take, in seconds; unset, 60.",
        unit="s",
        expects=Between(minimum=1),
    ),
    Variable(
        "VLLM_RINGBUFFER_WARNING_INTERVAL",
        Integer(),
        default=60,
        help="How long passes between two warnings that the ring buffer is full, in seconds; unset, 60.",
        unit="s",
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_WORKER_MULTIPROC_METHOD",
        Text(),
        default="fork",
        help="How worker processes are started, fork or spawn; unset, fork.",
        expects=OneOf("fork", "spawn"),
    ),
    Variable(
        "LOCAL_RANK",
        Integer(),
        default=0,
        help="The process's rank among those of its node, which tells it the GPU to use; unset, 0.",
        scope=Scope.PROCESS,
        expects=Between(minimum=0),
    ),
    Variable(
        "VLLM_PP_LAYER_PARTITION",
        Text(),
        default=None,
        help=(
            "How a model's layers are split among pipeline stages: the number of layers of each, separated "
            "by commas; unset, evenly."
        ),
        affects_compilation=True,
    ),
    Variable(
        "VLLM_LOGITS_PROCESSOR_THREADS",
        Integer(),
        default=None,
        help=(
            "The size of a pool of threads that calls logits processors, for those of your own that launch "
            "CUDA kernels or compute for long without Python's global lock; unset, there is no pool."
        ),
        unit="threads",
        expects=Between(minimum=1),
    ),
    Variable(
        "VLLM_V1_OUTPUT_PROC_CHUNK_SIZE",
        Integer(),
        default=128,
        help=(
            "How many requests' outputs one asyncio task of V1's AsyncLLM handles at a time, at most: more "
            "make the time between a stream's messages uneven, fewer cost first-token time and throughput; "
            "unset, 128."
        ),
        unit="requests",
        only_with="VLLM_USE_V1",
        expects=Between(minimum=1),
    ),
    Variable(
        "VLLM_DISABLE_COMPILE_CACHE",
        IntegerFlag(),
        default=False,
        help="Neither keeps compiled graphs on disk nor takes them from there; unset, it does both.",
    ),
    Variable(
        "VLLM_TEST_DYNAMO_FULLGRAPH_CAPTURE",
        NotZeroFlag(),
        default=True,
        help="Has Dynamo capture a model as one whole graph, unless it is exactly 0; unset, it does.",
        affects_compilation=True,
        internal=True,
    ),
    Variable(
        "VLLM_ALLOW_LONG_MAX_MODEL_LEN",
        StrippedTrueOneFlag(),
        default=False,
        help=(
            "Allows a maximum sequence length above the one that follows from the model's config.json; "
            "unset, that is refused."
        ),
    ),
    Variable(
        "VLLM_V0_USE_OUTLINES_CACHE",
        OneFlag(),
        default=False,
        help=(
            "Lets V0 keep outlines' cache on disk, where nothing bounds it: unsafe where a user may be "
            "malicious; unset, there is none."
        ),
    ),
    Variable(
        "VLLM_NO_DEPRECATION_WARNING",
        IntegerFlag(),
        default=False,
        help="Keeps back warnings about what is deprecated; unset, they are shown.",
    ),
    Variable(
        "VLLM_TORCH_PROFILER_DIR",
        Path(),
        default=None,
        help=("Turns on PyTorch's profiler, and names the folder of its traces by an absolute path; unset, it is off."),
        scope=Scope.NODE,
        expects=Matches(r"(?s:/.*)", "an absolute path"),
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for the engine."""
    return VARIABLES
