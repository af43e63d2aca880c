"""What carrying and surveys raise; the command line shows each as one line, with status 2."""

from __future__ import annotations

import attrs

from envatlas import EnvatlasError


@attrs.define(slots=False, eq=False, repr=False, str=False)
class CarryError(EnvatlasError, ValueError):
    """A variable that was named, or given, and cannot be carried that way.

    Attributes:
        variable: Its name.
        problem: Why not.
        remedy: What to do.

    >>> print(CarryError("VLLM_API_KEY", "its scope is process", "set it on each worker"))
    cannot carry VLLM_API_KEY: its scope is process; set it on each worker
    """

    variable: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"cannot carry {self.variable}: {self.problem}; {self.remedy}"


@attrs.frozen
class Conflict:
    """One name that a runtime environment sets already, and carrying would not, or not to that text.

    Attributes:
        name: The name.
        why: What is in conflict, in words. A secret's text is not in it.
    """

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class RuntimeEnvConflictError(EnvatlasError, ValueError):
    """Everything in which a given runtime environment conflicts with what is carried.

    Attributes:
        conflicts: The conflicts, by name.

    >>> print(RuntimeEnvConflictError((Conflict("VLLM_USE_V1", "'0' is given, and '1' carried"),)))
    the runtime environment and what is carried conflict in VLLM_USE_V1: '0' is given, and '1' carried; \
change one of the two, or say which counts: prefer="given" leaves it in env_vars, where Ray shows it, \
and prefer="carried" takes it out
    """

    conflicts: tuple[Conflict, ...]

    def __str__(self) -> str:
        listed = "; ".join(map(str, self.conflicts))
        return (
            f"the runtime environment and what is carried conflict in {listed}; "
            'change one of the two, or say which counts: prefer="given" leaves it in env_vars, where Ray shows it, '
            'and prefer="carried" takes it out'
        )


@attrs.define(slots=False, eq=False, repr=False, str=False)
class GivenError(EnvatlasError, TypeError):
    """A runtime environment that was given, and has what Ray does not take.

    Attributes:
        member: What of it.
        expected: What Ray takes there, as a noun phrase.
        got: What is there; of ``env_vars``, which may have secrets, its type alone.

    >>> print(GivenError("env_vars", "a mapping of texts by names", "list"))
    env_vars: expected a mapping of texts by names, and got list
    """

    member: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.member}: expected {self.expected}, and got {self.got}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class ClusterError(EnvatlasError, ConnectionError):
    """A cluster that cannot be asked.

    Attributes:
        cluster: Its address, or what was looked for.
        problem: Why not.
        remedy: What to do.

    >>> print(ClusterError("10.0.0.1:6379", "nothing answers there", "start it with `ray start --head`"))
    cannot ask the cluster 10.0.0.1:6379: nothing answers there; start it with `ray start --head`
    """

    cluster: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"cannot ask the cluster {self.cluster}: {self.problem}; {self.remedy}"


@attrs.define(slots=False, eq=False, repr=False, str=False)
class TimeLimitError(EnvatlasError, ValueError):
    """A time limit that ends nothing, or everything.

    Attributes:
        time_limit: The limit, in seconds.

    >>> print(TimeLimitError(float("nan")))
    a time limit of nan s: expected a finite number above 0
    """

    time_limit: float

    def __str__(self) -> str:
        return f"a time limit of {self.time_limit:g} s: expected a finite number above 0"


class RayMissingError(ClusterError):
    """Ray itself is not installed.

    >>> print(RayMissingError.here())
    Ray is not installed; pip install 'envatlas-vllm-ray[cluster]'
    """

    @classmethod
    def here(cls) -> RayMissingError:
        """Return the error.

        >>> RayMissingError.here().problem
        'Ray is not installed'
        """
        return cls("", "Ray is not installed", "pip install 'envatlas-vllm-ray[cluster]'")

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


def refuse_without_ray(error: ModuleNotFoundError) -> None:
    """Refuse to go on if what was not found is Ray, and not something that Ray itself needs.

    Raises:
        RayMissingError: It is.

    >>> refuse_without_ray(ModuleNotFoundError("No module named 'grpc'", name="grpc"))
    """
    if str(error.name).partition(".")[0] == "ray":
        raise RayMissingError.here() from error
