"""``CUDA_VISIBLE_DEVICES``: which GPUs a text names, by the grammar that NVIDIA documents, and whether they exist.

The driver reads entries from the left until one is invalid, and ignores that and everything behind it. All entries
are of one kind; an entry that comes twice hides all GPUs.
"""

from __future__ import annotations

import collections
import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from envatlas import Registry
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host
from envatlas.messages import Message, marked, message_of
from envatlas_vllm_cuda.gpus import Gpu, gpus

_NAME: Final = "CUDA_VISIBLE_DEVICES"
_HEX: Final = r"[0-9A-Fa-f][0-9A-Fa-f-]*"
_RANGE: Final = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")
"""One index, or the first and the last of several, as other programs write them."""
_BETWEEN: Final = re.compile(r"[\s,;]+")
_END: Final = re.compile(r"|-[0-9]+|NoDevFiles")


class Kind(enum.Enum):
    """The ways in which an entry names a GPU."""

    INDEX = marked("index")
    GPU = marked("UUID of a GPU")
    INSTANCE = marked("UUID of a MIG device")

    def reads(self, entry: str) -> bool:
        """Return whether an entry is of this kind.

        >>> Kind.GPU.reads("GPU-8932f937"), Kind.GPU.reads("8932f937")
        (True, False)
        """
        return _GRAMMAR[self].fullmatch(entry) is not None


_GRAMMAR: Final = {
    Kind.INDEX: re.compile(r"[0-9]+"),
    Kind.GPU: re.compile(rf"GPU-{_HEX}"),
    Kind.INSTANCE: re.compile(rf"MIG-{_HEX}|MIG-GPU-{_HEX}/[0-9]+/[0-9]+"),
}


@attrs.frozen
class Devices:
    """What a text says.

    Attributes:
        kind: How the entries name GPUs; None where none does.
        visible: The entries that count, as they are written.
        end: The entry that ends them, whose reading goes no further; None where all count.
        behind: The entries behind that one.
    """

    kind: Kind | None
    visible: Sequence[str]
    end: str | None
    behind: Sequence[str]

    @classmethod
    def parse(cls, text: str) -> Devices:
        """Return what a text says.

        >>> devices = Devices.parse("0,2,-1,1")
        >>> devices.visible, devices.end, devices.behind
        (['0', '2'], '-1', ['1'])
        """
        entries = [each.strip() for each in text.split(",")]
        kind = next((each for each in Kind if each.reads(entries[0])), None)
        count = 0
        while kind and count < len(entries) and kind.reads(entries[count]):
            count += 1
        end = entries[count] if count < len(entries) else None
        return cls(kind, entries[:count], end, entries[count + 1 :])

    @property
    def ends_on_purpose(self) -> bool:
        """Whether what ends the entries is one of the documented ways to hide GPUs."""
        return self.end is not None and _END.fullmatch(self.end) is not None

    @property
    def repeated(self) -> str | None:
        """The first of the entries that come more than once."""
        return next((name for name, count in self._counts.items() if count > 1), None)

    @property
    def distinct(self) -> Sequence[str]:
        """The entries that count, each once; ``01`` is the index 1."""
        return [*self._counts]

    @property
    def _counts(self) -> collections.Counter[str]:
        return collections.Counter(f"{_index(each)}" if self.kind is Kind.INDEX else each for each in self.visible)


def visible_devices(registry: Registry, environ: Mapping[str, str], host: Host) -> Iterator[Finding]:
    """Find entries that the driver or vLLM does not understand, and GPUs that there are not.

    >>> from envatlas.hosts import ToldHost
    >>> from envatlas.vllm import registry
    >>> [each.code for each in visible_devices(registry, {"CUDA_VISIBLE_DEVICES": "0,0"}, ToldHost())]
    ['cuda-devices-repeated']
    """
    del registry
    text = environ.get(_NAME)
    if text is None:
        return
    devices, known = Devices.parse(text), host.ask(gpus)
    yield from _grammar(devices)
    if devices.kind:
        yield from _entries(devices)
        yield from _existence(devices.kind, devices.visible, known)


def _grammar(devices: Devices) -> Iterator[Finding]:
    if devices.end is None:
        return
    if not devices.ends_on_purpose:
        yield _finding(
            "cuda-devices-malformed",
            Severity.ERROR,
            _not_of_kind(devices.end, devices.kind),
            marked("CUDA takes it for another GPU, or ignores it and all behind it, and vLLM fails where it reads it"),
            _respelt(devices),
        )
    elif not devices.visible:
        yield _finding(
            "cuda-devices-hidden",
            Severity.WARNING,
            Message("{entry} hides all GPUs", entry=repr(devices.end)),
            marked("vLLM finds no GPU to run on"),
            f"unset {_NAME}",
        )
    elif any(devices.behind):
        yield _finding(
            "cuda-devices-cut",
            Severity.WARNING,
            Message(
                "{entry} ends the list, and {others} behind it is ignored",
                entry=repr(devices.end),
                others=repr(",".join(devices.behind)),
            ),
            marked("The GPUs behind it stay hidden"),
            f"export {_NAME}={','.join(devices.visible)}",
        )


def _respelt(devices: Devices) -> str:
    """Return what to type for a list that is none, by which no GPU is lost: as it is meant, or where to look."""
    text = ",".join((*devices.visible, devices.end or "", *devices.behind)).strip("\"' ")
    if text.lower() == "all":
        return f"unset {_NAME}"
    found = [_RANGE.fullmatch(each) for each in _BETWEEN.split(text)]
    ranges = [range(int(each[1]), int(each[2] or each[1]) + 1) for each in found if each is not None]
    if len(ranges) < len(found) or not all(ranges):
        return Message("nvidia-smi -L  # then name GPUs of this list by index in {variable}", variable=_NAME)
    return f"export {_NAME}={','.join(dict.fromkeys(str(index) for each in ranges for index in each))}"


def _not_of_kind(entry: str, kind: Kind | None) -> Message:
    if kind is None:
        return Message("{entry} is neither an index nor a UUID", entry=repr(entry))
    return Message("{entry} is no {kind}, as the first entry is", entry=repr(entry), kind=message_of(kind.value))


def _entries(devices: Devices) -> Iterator[Finding]:
    if devices.repeated is not None:
        yield _finding(
            "cuda-devices-repeated",
            Severity.ERROR,
            Message("{entry} comes more than once", entry=repr(devices.repeated)),
            marked("An entry that comes twice hides all GPUs"),
            f"export {_NAME}={','.join(devices.distinct)}",
        )
    if devices.kind is not Kind.INDEX:
        yield _finding(
            "cuda-devices-by-uuid",
            Severity.WARNING,
            Message("{entry} names a GPU by its UUID", entry=repr(devices.visible[0])),
            marked("CUDA understands it, but vLLM reads a whole number where it looks for the GPU's index, and fails"),
            Message("nvidia-smi -L  # then name the GPUs by index in {variable}", variable=_NAME),
        )
    if devices.kind is Kind.INSTANCE and len(devices.visible) > 1:
        yield _finding(
            "cuda-devices-several-mig",
            Severity.WARNING,
            Message("{count} MIG devices are named", count=len(devices.visible)),
            marked("CUDA documents that a process uses one MIG device, and no more"),
            f"export {_NAME}={devices.visible[0]}",
        )


def _existence(kind: Kind, visible: Sequence[str], known: Sequence[Gpu] | None) -> Iterator[Finding]:
    if known is None:
        return
    names = {entry: _matches(kind, entry, known) for entry in visible}
    missing = [entry for entry, count in names.items() if not count]
    if missing:
        one = marked("{entries} names a GPU that there is not: the driver knows of {count}")
        many = marked("{entries} name GPUs that there is not: the driver knows of {count}")
        yield _finding(
            "cuda-no-such-gpu",
            Severity.ERROR,
            Message(many if len(missing) > 1 else one, entries=", ".join(map(repr, missing)), count=len(known)),
            marked("The driver ignores the first entry of these and all behind it"),
            Message("nvidia-smi -L  # then name GPUs of this list in {variable}", variable=_NAME),
        )
    for entry in (entry for entry, count in names.items() if count > 1):
        yield _finding(
            "cuda-gpu-ambiguous",
            Severity.ERROR,
            Message("{entry} is how the UUIDs of {count} GPUs start", entry=repr(entry), count=names[entry]),
            marked("The driver ignores an entry that may mean several, and all behind it"),
            Message("nvidia-smi -L  # then write more of the UUID in {variable}", variable=_NAME),
        )


def _matches(kind: Kind, entry: str, known: Sequence[Gpu]) -> int:
    """Return how many of the known GPUs an entry may mean."""
    if kind is Kind.INDEX:
        return int(_index(entry) < len(known))
    if kind is Kind.GPU:
        return sum(gpu.uuid.startswith(entry) for gpu in known)
    whole, *parts = entry.split("/")
    if parts:  # of older drivers: the GPU, and the numbers of two sorts of instances
        return int(any(gpu.uuid == whole.removeprefix("MIG-") for gpu in known))
    return sum(instance.startswith(entry) for gpu in known for instance in gpu.instances)


def _index(digits: str) -> int:
    """Return an index; what is behind eighteen digits says no more than that there is no such GPU."""
    return int(digits.lstrip("0")[:18] or "0")


def _finding(code: str, severity: Severity, found: str, why: str, remedy: str) -> Finding:
    return Finding(code, severity, _NAME, found, why, remedy)
