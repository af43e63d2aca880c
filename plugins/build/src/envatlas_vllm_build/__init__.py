"""vLLM's variables for building it from source."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from envatlas import IntegerFlag, Matches, NonemptyFlag, OneOf, Scope, Text, Variable, hookimpl

if TYPE_CHECKING:
    from envatlas.checks import Check

AT_LEAST_ONE: Final = Matches(r"0*[1-9][0-9]*", "a whole number of at least 1")

VARIABLES = (
    Variable(
        "VLLM_TARGET_DEVICE",
        Text(),
        default="cuda",
        help="The kind of device that vLLM is built for; unset, it is built for NVIDIA GPUs.",
        scope=Scope.BUILD,
        expects=OneOf("cuda", "rocm", "neuron", "cpu", "openvino"),
    ),
    Variable(
        "MAX_JOBS",
        Text(),
        default=None,
        help="How many compile jobs run at once, at most; unset, as many as there are CPUs.",
        unit="jobs",
        scope=Scope.BUILD,
        expects=AT_LEAST_ONE,
    ),
    Variable(
        "NVCC_THREADS",
        Text(),
        default=None,
        help=(
            "How many threads each nvcc uses, for which MAX_JOBS is lowered, so that the CPUs are not "
            "oversubscribed; unset, one, and MAX_JOBS stays."
        ),
        unit="threads",
        scope=Scope.BUILD,
        expects=AT_LEAST_ONE,
    ),
    Variable(
        "VLLM_USE_PRECOMPILED",
        NonemptyFlag(),
        default=False,
        help=(
            "Takes prebuilt shared libraries (*.so) instead of compiling them, as soon as it or "
            "VLLM_PRECOMPILED_WHEEL_LOCATION has any text but the empty one; unset, they are compiled."
        ),
        scope=Scope.BUILD,
        reads=("VLLM_USE_PRECOMPILED", "VLLM_PRECOMPILED_WHEEL_LOCATION"),
    ),
    Variable(
        "VLLM_TEST_USE_PRECOMPILED_NIGHTLY_WHEEL",
        IntegerFlag(),
        default=False,
        help="Makes a Python-only build take the nightly wheel, to test that wheel; unset, it need not.",
        scope=Scope.BUILD,
        internal=True,
    ),
    Variable(
        "CMAKE_BUILD_TYPE",
        Text(),
        default=None,
        help="CMake's build type; unset, the build chooses Debug or RelWithDebInfo.",
        scope=Scope.BUILD,
        expects=OneOf("Debug", "Release", "RelWithDebInfo"),
    ),
    Variable(
        "VERBOSE",
        IntegerFlag(),
        default=False,
        help="Logs every detail of the installation; unset, it does not.",
        scope=Scope.BUILD,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for building it from source."""
    return VARIABLES


@hookimpl
def envatlas_checks() -> Iterable["Check"]:
    """Check what is known of builds."""
    from envatlas_vllm_build.checks import CHECKS  # noqa: PLC0415  no start that only reads needs them

    return CHECKS
