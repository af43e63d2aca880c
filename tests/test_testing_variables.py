"""What plugin authors test with: what is said of one declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import pytest

from envatlas import Between, Computed, Integer, Number, Schema, Text, TextList, Variable, user_cache
from envatlas.paths import Path
from envatlas.testing.variables import default_faults, help_faults, kind_faults

UNITS: Final = [
    ("s", "Waits that long, in seconds; unset, 5.", True),
    ("s", "Waits for a second; unset, it does not.", True),
    ("s", "Waits for 5 s at most; unset, it does not.", True),
    ("s", "Waits for vLLM's engine; unset, it does not.", False),
    ("ms", "Waits that long, in seconds; unset, 5.", False),
    ("ms", "Waits that long, in milliseconds; unset, 5.", True),
    ("GiB", "The size of the cache, in GiB; unset, 4.", True),
    ("GiB", "The size of the cache; unset, 4.", False),
    ("tokens", "Takes each token on its own; unset, all.", True),
    ("GPUs", "How many GPUs there are; unset, 1.", True),
]


@pytest.mark.parametrize(("unit", "text", "is_said"), UNITS)
def test_a_help_text_says_the_unit(unit: str, text: str, is_said: bool) -> None:
    """As it is, or spelled out, in the singular or the plural."""
    variable = Variable("A_LENGTH", Number(), default=None, help=text, unit=unit)
    assert [fault.rule for fault in help_faults(variable)] == ([] if is_said else ["help-unit"])


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("The first port; unset, 80.", []),
        ("The first port; empty or unset, 80.", []),
        ("The first port. Unset, 80.", ["help-sentence", "help-unset"]),
        ("A_PORT port; unset, 80.", ["help-effect"]),
        ("Unset, 80.", ["help-unset"]),
        ("If unset, 80.", ["help-effect"]),
    ],
)
def test_a_help_text_says_effect_and_what_unset_means_in_one_sentence(text: str, rules: list[str]) -> None:
    """What is missing is said by name."""
    variable = Variable("A_PORT", Integer(), default=80, help=text)
    assert [fault.rule for fault in help_faults(variable)] == rules


@attrs.frozen
class Odd:
    """A kind of which a test exchanges the parts."""

    parsing: Callable[[str], Any] = str
    rendering: Callable[[Any], str] = str
    schematic: Callable[[], Any] = lambda: {"type": "string"}
    name: str = "odd"
    expected: str = "anything"
    empty_is_unset: bool = False

    def parse(self, text: str) -> object:
        """Parse."""
        return self.parsing(text)

    def render(self, value: object) -> str:
        """Render."""
        return self.rendering(value)

    def schema(self) -> Schema:
        """Return the schema."""
        made: Schema = self.schematic()
        return made


def refuse(value: object) -> str:
    """Refuse every value, as one that no text stands for."""
    raise ValueError(value)


ODDS: Final = {
    "its kind 'odd' raises ZeroDivisionError for '', and not a ValueError": Odd(parsing=lambda text: 1 / 0),
    "its kind 'odd' cannot render '': IndexError: string index out of range": Odd(
        rendering=lambda value: str(value)[0]
    ),
    "its kind 'odd' renders '' as 'x', and reads that as 'x'": Odd(rendering=lambda value: "x"),
    "its kind 'odd' renders 0 as 'x', which it cannot read": Odd(parsing=int, rendering=lambda value: "x"),
    "the schema of its kind 'odd' is no JSON Schema of a string": Odd(schematic=lambda: {"type": "number"}),
    "the schema of its kind 'odd' is no JSON Schema of  a string": Odd(schematic=lambda: {"type": "string", "x": {1}}),
}


@pytest.mark.parametrize(("found", "kind"), ODDS.items())
def test_a_kind_that_breaks_its_own_law_is_a_fault(found: str, kind: Odd) -> None:
    """It refuses with a ValueError, reads what it renders, and its schema is one of texts."""
    variable = Variable("A_ODD", kind, default=None, help="Whatever it is; unset, nothing.")
    assert [fault.found for fault in kind_faults(variable)] == [found.replace("  ", " ")]


@pytest.mark.parametrize("kind", [Text(), Integer(), Number(), Path(), TextList(), Odd(rendering=refuse)])
def test_a_kind_that_keeps_its_law_has_no_fault(kind: Odd) -> None:
    """That no text stands for a value is none."""
    assert [*kind_faults(Variable("A_ODD", kind, default=None, help="Whatever it is; unset, nothing."))] == []


def computed(compute: Callable[[Mapping[str, str]], object], depends: tuple[str, ...] | None = ()) -> Computed[Any]:
    """Return a computed default."""
    return Computed(compute, "whatever it is", depends=depends)


DEFAULTS: Final = {
    "its default cannot be computed in an empty environment: KeyError: 'HOME'": computed(
        lambda environ: int(environ["HOME"]), depends=("HOME",)
    ),
    "its default cannot be computed in an environment that has only HOME: ValueError: no": computed(
        lambda environ: refuse("no") if "HOME" in environ else 1, depends=("HOME",)
    ),
    "its default looks at variables that it does not say it depends on": computed(
        lambda environ: int(environ.get("BASE", "8"))
    ),
    "its kind 'integer' cannot render 'five': TypeError: expected int, got str": computed(lambda environ: "five"),
    "its default is -1, and not at least 0": computed(lambda environ: -1),
}


@pytest.mark.parametrize(("found", "default"), DEFAULTS.items())
def test_a_computed_default_that_is_no_value_is_a_fault(found: str, default: Computed[Any]) -> None:
    """It is computed in whatever environment, from what it says, to a value of the kind, that is expected."""
    variable = Variable(
        "A_PORT", Integer(), default=default, help="The port; unset, whatever.", expects=Between(minimum=0)
    )
    assert [fault.found for fault in default_faults(variable)] == [found]


@pytest.mark.parametrize(
    "variable",
    [
        Variable("A_PORT", Integer(), default=computed(lambda environ: None), help="The port; unset, none."),
        Variable("A_PORT", Integer(), default=computed(len, None), help="The port; unset, any."),
        Variable("A_LIST", TextList(), default=computed(lambda environ: []), help="The names; unset, none."),
        Variable("A_CACHE", Path(), default=user_cache("acme"), help="The folder; unset, the user's."),
        Variable("A_PORT", Integer(), default=80, help="The port; unset, 80."),
    ],
    ids=["none", "of everything", "no text stands for it", "of the user", "a value"],
)
def test_a_default_that_is_a_value_has_no_fault(variable: Variable[object]) -> None:
    """None is one, and so is a value that no text stands for."""
    assert [*default_faults(variable)] == []
