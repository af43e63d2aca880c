"""vLLM's variables for Acme's accelerator: a plugin from outside, in three files."""

import re
from collections.abc import Iterable
from typing import Final

import attrs

from envatlas import Between, Flag, Number, Schema, Scope, Text, Variable, hookimpl, require

_FORM: Final = "([0-9]+)-([0-9]+)"


@attrs.frozen
class DeviceRange:
    """A kind of Acme's own: ``2-5`` is the devices 2, 3, 4 and 5.

    >>> list(DeviceRange().parse("2-5"))
    [2, 3, 4, 5]
    """

    name = "devices"
    expected = "a range of devices, such as 2-5"
    empty_is_unset = True

    def parse(self, text: str) -> range:
        """Return the devices, as a range of their numbers."""
        match = re.fullmatch(_FORM, text)
        first, last = map(int, match.groups()) if match else (1, 0)
        if first > last:
            raise ValueError(f"{text!r} does not count up from a device")
        return range(first, last + 1)

    def render(self, value: object) -> str:
        """Return the numbers of the first and the last device."""
        devices = require(range, value)
        return f"{devices[0]}-{devices[-1]}"

    def schema(self) -> Schema:
        """Return the JSON Schema of a range's text; that it counts up, no schema can say."""
        nothing_behind = {"type": "string", "pattern": "\n$"}  # Python's $ alone would let it stand
        return {"type": "string", "pattern": f"^{_FORM}$", "not": nothing_behind}


VARIABLES = (
    Variable(
        "VLLM_ACME_DEVICES",
        DeviceRange(),
        default=None,
        help="Devices that this process may use; unset, all of them.",
        scope=Scope.PROCESS,
    ),
    Variable(
        "VLLM_ACME_GRAPHS",
        Flag(),
        default=True,
        help="Captures the model as graphs; unset, it does.",
        affects_compilation=True,
    ),
    Variable(
        "VLLM_ACME_POOL_GIB",
        Number(),
        default=4.0,
        help="Memory that is set aside for the key-value cache, in GiB; unset, 4.",
        unit="GiB",
        expects=Between(minimum=0.5),
    ),
    Variable(
        "VLLM_ACME_LICENSE_KEY",
        Text(),
        default=None,
        help="Key that unlocks the accelerator; unset, it runs at half its clock.",
        secret=True,
    ),
)


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables for Acme's accelerator."""
    return VARIABLES
