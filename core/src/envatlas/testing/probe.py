"""What one import does, told by the interpreter in which it happens: what it loads, reads, changes, and costs."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, cast

import attrs

if TYPE_CHECKING:
    _Environ = dict[str, str]
else:
    _Environ = type(os.environ)

_OF_IMPORT: Final = "<frozen importlib"
_ALL: Final = "all of them"


@attrs.frozen
class Told:
    """What importing a plugin, and asking it for its variables, did.

    Attributes:
        ratio: How long it took, in times that importing envatlas took just before.
        loaded: The top-level packages outside the standard library that it loaded, besides its own and envatlas.
        looks: The variables at which it looked: the name, and the place in the source.
        error: What it raised, in words; empty where it raised nothing.
    """

    ratio: float
    loaded: tuple[str, ...] = ()
    looks: tuple[tuple[str, str], ...] = ()
    error: str = ""


class Watched(_Environ):
    """The process's environment, by texts or by bytes, which notes what one package reads and changes in it.

    What another module reads while it is imported is not the package's doing; what it reads on being called is.
    """

    package = ""
    looks: dict[tuple[str, str], None] = {}  # noqa: RUF012  an object that is there already gets no attributes of its own

    def __getitem__(self, key: str) -> str:
        self._note(key)
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: str) -> None:
        self._note(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._note(key)
        super().__delitem__(key)

    def __iter__(self) -> Iterator[str]:
        self._note(_ALL)
        return super().__iter__()

    def __len__(self) -> int:
        self._note(_ALL)
        return super().__len__()

    def __getattribute__(self, name: str) -> object:
        frame = inspect.currentframe()
        if name == "_data" and frame is not None and self._is_own(frame.f_back):  # what lies below all its methods
            self._note(_ALL)
        return super().__getattribute__(name)

    @classmethod
    def _note(cls, name: str) -> None:
        frame = inspect.currentframe()
        while frame is not None and not frame.f_code.co_filename.startswith(_OF_IMPORT):
            if cls._is_own(frame):
                cls.looks[os.fsdecode(name), f"{frame.f_code.co_filename}:{frame.f_lineno}"] = None
                return
            frame = frame.f_back

    @classmethod
    def _is_own(cls, frame: types.FrameType | None) -> bool:
        return frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == cls.package


def tell(target: str, baseline_s: float, clock: Callable[[], float]) -> None:
    """Import a plugin, ask it for its variables, and print what that did, as the last line of the output.

    Args:
        target: What an entry point names: ``module`` or ``module:attribute``.
        baseline_s: How long importing envatlas took, in seconds.
        clock: What that was measured with.
    """
    told = look(target, baseline_s, clock)
    import json  # noqa: PLC0415  a plugin that imports it pays for it

    sys.stdout.write("\n" + json.dumps(attrs.asdict(told)) + "\n")


def look(target: str, baseline_s: float, clock: Callable[[], float] = time.perf_counter) -> Told:
    """Import a plugin, ask it for its variables, and return what that did.

    >>> look("envatlas_vllm_rocm", 1.0).looks
    ()
    """
    module, _, attribute = target.partition(":")
    Watched.package, Watched.looks = module.partition(".")[0], {}
    before, kind, error = {*sys.modules}, type(os.environ), ""
    environs = [each for each in (os.environ, getattr(os, "environb", None)) if each is not None]
    for each in environs:
        object.__setattr__(each, "__class__", Watched)  # not another object: whoever imported it has this one
    start_s = clock()
    try:
        plugin = functools.reduce(getattr, filter(None, attribute.split(".")), importlib.import_module(module))
        hook = cast("Callable[[], Iterable[object]]", getattr(plugin, "envatlas_variables", tuple))
        _ = [*hook()]
    except BaseException as raised:  # noqa: BLE001  a plugin's, SystemExit among them
        error = f"{type(raised).__name__}: {raised}"
    spent_s = clock() - start_s
    for each in environs:
        object.__setattr__(each, "__class__", kind)
    known = {*sys.stdlib_module_names, "envatlas", Watched.package}
    loaded = {name.partition(".")[0] for name in {*sys.modules} - before} - known
    return Told(spent_s / baseline_s, tuple(sorted(loaded)), tuple(Watched.looks), error)
