"""Kinds: a text becomes a value, the value the text, and the schema says which texts do."""

from __future__ import annotations

import math
import os
import pathlib
import pwd
import re
import sys
import types
from collections.abc import Callable, Mapping
from typing import Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import (
    Choice,
    EnvironKind,
    Flag,
    Integer,
    IntegerFlag,
    Kind,
    NonemptyFlag,
    NotZeroFlag,
    Number,
    OneFlag,
    OnTrueOneFlag,
    Path,
    StrippedTrueOneFlag,
    Text,
    TextList,
    TrueFlag,
    TrueOneFlag,
    UpperText,
    Variable,
    hookimpl,
)
from envatlas.environment import Environment
from envatlas.errors import InvalidValueError
from envatlas.registry import Registry

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Any text that an environment can have, where its bytes are UTF-8."""

SPACES: Final = "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))
DIGITS: Final = "".join(filter(str.isdecimal, map(chr, range(sys.maxunicode + 1))))

ODD_TEXTS: Final = st.text(
    st.sampled_from(
        "0123456789+-_.eEinfatyINFATYrulsoxb \t\n\r\v\f\x1c\x1f\x85\xa0\u2003\u2028\u3000"
        "\u0661\u0967\uff11\xb2\xbd\ufeff\u200b\u212a\u0130\u017f"
    ),
    max_size=8,
)
"""Texts of what numbers and words are made of, and of what resembles it."""

LISTS: Final = st.lists(st.text(st.characters(exclude_characters=","), min_size=1), min_size=1)
STRIPPED_LISTS: Final = st.lists(TEXTS.map(lambda text: text.replace(",", "").strip()).filter(bool))

VALUES: Final[list[tuple[Kind[object], st.SearchStrategy[object]]]] = [
    (Text(), st.text()),
    (UpperText(), st.text().map(str.upper)),
    (Choice("fork", "spawn", "fork.server"), st.sampled_from(["fork", "spawn", "fork.server"])),
    (Integer(), st.integers()),
    (Number(), st.floats()),
    (Path(), st.text().filter(lambda text: not text.startswith("~"))),
    (Path(expand_user=False), st.text()),
    (TextList(), LISTS),
    (TextList("::"), st.lists(st.text(st.characters(exclude_characters=":")), min_size=1)),
    (TextList(strip=True), STRIPPED_LISTS),
    (Flag(), st.booleans()),
    (IntegerFlag(), st.booleans()),
    (OneFlag(), st.booleans()),
    (TrueFlag(), st.booleans()),
    (TrueOneFlag(), st.booleans()),
    (StrippedTrueOneFlag(), st.booleans()),
    (OnTrueOneFlag(), st.booleans()),
    (NotZeroFlag(), st.booleans()),
    (NonemptyFlag(), st.booleans()),
]
"""Every kind, with values that it has."""

KINDS: Final = [kind for kind, _ in VALUES]
FLAGS: Final = [kind for kind in KINDS if type(kind).__name__.endswith("Flag")]

each_kind: Final = pytest.mark.parametrize("kind", KINDS, ids=repr)
each_kind_with_values: Final = pytest.mark.parametrize(("kind", "values"), VALUES, ids=map(repr, KINDS))


def outcome(function: Callable[[str], object], text: str) -> str:
    """Return a representation of what a function of a text does: its result, or that it raises ValueError."""
    try:
        return repr(function(text))
    except ValueError:
        return "ValueError"


def is_read(kind: Kind[object], text: str) -> bool:
    """Return whether a text has a value, or counts as no text."""
    return (kind.empty_is_unset and not text.strip()) or outcome(kind.parse, text) != "ValueError"


def is_in_schema(kind: Kind[object], text: str) -> bool:
    """Return whether the kind's schema accepts a text."""
    schema = kind.schema()
    assert schema["type"] == "string"
    pattern = schema.get("pattern", "")
    assert isinstance(pattern, str)
    return re.search(pattern, text) is not None


# Laws of every kind


@each_kind_with_values
@given(data=st.data())
def test_a_rendered_value_reads_as_itself(
    kind: Kind[object], values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    """A kind parses the text that it renders as the same value of the same type; NaN as NaN."""
    value = data.draw(values)
    assert repr(kind.parse(kind.render(value))) == repr(value)


@each_kind
@given(text=TEXTS)
def test_what_was_read_is_rendered_and_reads_as_itself(kind: Kind[object], text: str) -> None:
    """A kind can render whatever it parsed, and reads that again as the same."""
    if outcome(kind.parse, text) != "ValueError":
        value = kind.parse(text)
        assert repr(kind.parse(kind.render(value))) == repr(value)


@each_kind
def test_render_refuses_a_value_of_another_type(kind: Kind[object]) -> None:
    """No kind renders an object that it knows nothing of."""
    with pytest.raises(TypeError, match=r"^expected .*, got "):
        kind.render(object())


@each_kind
def test_render_refuses_none(kind: Kind[object]) -> None:
    """None stands for unset, and is no kind's value."""
    with pytest.raises(TypeError, match=r"got NoneType$"):
        kind.render(None)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in FLAGS], ids=repr)
def test_render_refuses_a_bool_where_the_kind_is_no_flag(kind: Kind[object]) -> None:
    """A bool is neither a number nor a text."""
    with pytest.raises(TypeError, match=r"got bool$"):
        kind.render(True)


@pytest.mark.parametrize("kind", FLAGS, ids=repr)
@pytest.mark.parametrize("value", [0, 1, "1", "true"])
def test_a_flag_renders_nothing_but_a_bool(kind: Kind[object], value: object) -> None:
    """A number or a text is not taken for a bool."""
    with pytest.raises(TypeError, match=r"^expected bool, got "):
        kind.render(value)


@pytest.mark.parametrize("kind", [Integer(), Number()], ids=repr)
def test_a_number_is_not_rendered_from_its_text(kind: Kind[object]) -> None:
    """The text of a number is not the number."""
    with pytest.raises(TypeError, match=r"got str$"):
        kind.render("1")


@each_kind
@given(text=st.one_of(TEXTS, ODD_TEXTS))
def test_the_schema_accepts_what_the_kind_reads(kind: Kind[object], text: str) -> None:
    """A text is in the schema exactly when it has a value, or counts as no text."""
    assert is_in_schema(kind, text) == is_read(kind, text)


@each_kind_with_values
@given(data=st.data(), before=st.text(st.sampled_from(SPACES)), after=st.text(st.sampled_from(SPACES)))
def test_the_schema_knows_space_around_a_text(
    kind: Kind[object], values: st.SearchStrategy[object], data: st.DataObject, before: str, after: str
) -> None:
    """A text with space around it is in the schema exactly when it is read."""
    text = before + kind.render(data.draw(values)) + after
    if "\0" not in text:
        assert is_in_schema(kind, text) == is_read(kind, text)


@pytest.mark.parametrize("form", ["{}1", "1{}", "{}1\n", "{}", "{}\u0661"])
@each_kind
def test_the_schema_knows_every_space(kind: Kind[object], form: str) -> None:
    """Each character that counts as space is in the schema exactly where it is read."""
    texts = [form.format(space) for space in SPACES]
    assert [text for text in texts if is_in_schema(kind, text)] == [text for text in texts if is_read(kind, text)]


@each_kind
def test_the_schema_knows_every_digit(kind: Kind[object]) -> None:
    """Each script's digits are in the schema exactly where they are read."""
    assert [is_in_schema(kind, digit) for digit in DIGITS] == [is_read(kind, digit) for digit in DIGITS]


@each_kind
def test_each_kind_has_the_protocol(kind: Kind[object]) -> None:
    """What envatlas calls a kind implements the protocol, and says in words what it reads."""
    assert isinstance(kind, Kind)
    assert kind.name
    assert kind.expected


@each_kind
def test_a_kind_is_frozen(kind: Kind[object]) -> None:
    """No attribute of a kind can be changed."""
    for name in ("name", "expected", "empty_is_unset"):
        with pytest.raises(AttributeError):
            setattr(kind, name, "other")


@pytest.mark.parametrize(
    ("kind", "equal"),
    [
        (Text(), Text()),
        (Integer(), Integer()),
        (Choice("a", "b"), Choice("a", "b")),
        (Path(expand_user=False), Path(expand_user=False)),
        (TextList(":"), TextList(":")),
        (Flag(), Flag()),
    ],
)
def test_kinds_of_equal_fields_are_equal(kind: Kind[object], equal: Kind[object]) -> None:
    """Kinds are values: equal and of one hash where their fields are."""
    assert kind == equal
    assert hash(kind) == hash(equal)


def test_kinds_of_other_fields_or_classes_differ() -> None:
    """No two of the kinds that these tests know are equal."""
    assert len(set(KINDS)) == len(KINDS)


# Integer and Number


@given(text=st.one_of(TEXTS, ODD_TEXTS))
def test_an_integer_is_what_int_makes_of_any_text(text: str) -> None:
    """Integer and the built-in int agree: the same number, or ValueError."""
    assert outcome(Integer().parse, text) == outcome(int, text)


@given(text=st.one_of(TEXTS, ODD_TEXTS, st.floats().map(str)))
def test_a_number_is_what_float_makes_of_any_text(text: str) -> None:
    """Number and the built-in float agree: the same number, or ValueError."""
    assert outcome(Number().parse, text) == outcome(float, text)


@given(value=st.integers(-(2**53), 2**53))
def test_a_number_renders_a_whole_one_as_a_float(value: int) -> None:
    """An int is taken for the float that is equal to it."""
    assert Number().parse(Number().render(value)) == value


@pytest.mark.parametrize("value", [2**53 + 1, 10**400], ids=["no float is equal", "no float is as large"])
def test_a_number_refuses_a_whole_one_that_no_float_equals(value: int) -> None:
    """Where no text reads as the value, rendering it is a ValueError."""
    with pytest.raises(ValueError, match=r"\w"):
        Number().render(value)


def test_an_integer_refuses_more_digits_than_python_reads() -> None:
    """A number too long for int to read back has no text."""
    with pytest.raises(ValueError, match="digits"):
        Integer().render(10 ** sys.get_int_max_str_digits())


def test_nan_reads_as_nan() -> None:
    """The text nan is a number, if not one that equals itself."""
    assert math.isnan(Number().parse("nan"))


# Text, Choice and TextList


@given(text=st.text())
def test_a_text_is_itself(text: str) -> None:
    """Text changes nothing."""
    assert Text().parse(text) == text


@given(text=st.text())
def test_an_upper_text_is_in_upper_case(text: str) -> None:
    """UpperText reads any text as `str.upper` has it."""
    assert UpperText().parse(text) == text.upper()


def test_an_upper_text_refuses_lower_case() -> None:
    """No text reads as one in lower case."""
    with pytest.raises(ValueError, match="'gpu' is not in upper case"):
        UpperText().render("gpu")


@given(before=st.text(st.sampled_from(SPACES)), after=st.text(st.sampled_from(SPACES)))
def test_a_choice_ignores_space_around_it(before: str, after: str) -> None:
    """A choice is read with any space before and after it."""
    assert Choice("fork", "spawn").parse(f"{before}spawn{after}") == "spawn"


@pytest.mark.parametrize("text", ["Fork", "fork,spawn", "fo rk", "", "for"])
def test_a_choice_refuses_every_other_text(text: str) -> None:
    """What is none of the choices is refused, with the choices named."""
    with pytest.raises(ValueError, match=r"is not one of 'fork', 'spawn'$"):
        Choice("fork", "spawn").parse(text)


@pytest.mark.parametrize("value", ["other", "", " fork "])
def test_a_choice_renders_nothing_but_its_choices(value: str) -> None:
    """A text that is none of the choices is no value, even where it would read as one."""
    with pytest.raises(ValueError, match=r"is not one of 'fork', 'spawn'$"):
        Choice("fork", "spawn").render(value)


@pytest.mark.parametrize("choices", [(), ("",), (" a",), ("a", "b\n")])
def test_choices_without_space_around_them_are_required(choices: tuple[str, ...]) -> None:
    """A choice that no text could name is refused, and so is none at all."""
    with pytest.raises(ValueError, match=r"^choices are texts without space around them, at least one: got "):
        Choice(*choices)


@given(text=st.text(), separator=st.sampled_from([",", ":", "::", " "]))
def test_a_list_is_what_split_makes_of_any_text(text: str, separator: str) -> None:
    """TextList and `str.split` agree."""
    assert TextList(separator).parse(text) == text.split(separator)


@given(text=st.one_of(TEXTS, st.text(st.sampled_from("ab, \t"))))
def test_a_stripped_list_has_no_space_and_no_empty_text(text: str) -> None:
    """With strip, space around a text is ignored, and a text of nothing else is dropped."""
    expected = [item for item in map(str.strip, text.split(",")) if item]
    assert TextList(strip=True).parse(text) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TextList(), []),
        (TextList(), ["a,b"]),
        (TextList("aa"), ["a", "b"]),
        (TextList(strip=True), [" a"]),
        (TextList(strip=True), ["a", ""]),
    ],
)
def test_a_list_that_no_text_stands_for_is_refused(kind: TextList, value: list[str]) -> None:
    """A list that would read back as another is a ValueError."""
    with pytest.raises(ValueError, match=r"^no text reads as "):
        kind.render(value)


@pytest.mark.parametrize("value", ["a", ("a",), [1], [None]])
def test_a_list_renders_nothing_but_a_list_of_texts(value: object) -> None:
    """A text, a tuple, and a list of something else are of another type."""
    with pytest.raises(TypeError, match=r"^expected (list|str), got "):
        TextList().render(value)


def test_a_separator_is_not_empty() -> None:
    """Nothing cannot stand between two texts."""
    with pytest.raises(ValueError, match="separator"):
        TextList("")


def test_each_parse_has_a_list_of_its_own() -> None:
    """Whoever changes a list changes nobody else's."""
    kind = TextList()
    kind.parse("a").append("b")
    assert kind.parse("a") == ["a"]


# Path


HOMES: Final = st.one_of(
    st.none(), st.sampled_from(["", "/", "//", "/root/", "/home/a//", "~", "relative", " "]), TEXTS
)
TILDES: Final = st.one_of(
    st.sampled_from(["", "~", "~/", "~//x", "~/models", "~root", "~root/x", "~nobody-of-that-name/x", "x/~", "/~"]),
    TEXTS,
    TEXTS.map("~/{}".format),
    TEXTS.map("~{}".format),
)


@settings(deadline=None)  # the user database may be slow
@given(text=TILDES, home=HOMES)
def test_a_path_expands_as_the_standard_library_does(text: str, home: str | None) -> None:
    """Any text, under any HOME or none, is what `os.path.expanduser` makes of it in a process with that HOME."""
    environ = {} if home is None else {"HOME": home}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HOME", raising=False)
        for name, value in environ.items():
            patch.setenv(name, value)
        expected = os.path.expanduser(text)
    assert Path().parse_in(text, environ) == expected


@pytest.mark.parametrize(
    ("text", "home", "expected"),
    [
        ("~", "/home/user", "/home/user"),
        ("~/", "/home/user", "/home/user/"),
        ("~//x", "/home/user", "/home/user//x"),
        ("~", "/", "/"),
        ("~/x", "/", "/x"),
        ("~", "", "/"),
        ("~/x", "", "/x"),
        ("x~", "/home/user", "x~"),
        ("~no such user", "/home/user", "~no such user"),
    ],
)
def test_a_tilde_is_the_environments_home(text: str, home: str, expected: str) -> None:
    """A ``~`` before a slash, or alone, is HOME without the slashes at its end."""
    assert Path().parse_in(text, {"HOME": home}) == expected


@pytest.mark.parametrize("text", ["~", "~/", "~/x"])
def test_a_user_whom_the_system_does_not_know_has_no_home(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HOME, and without an entry in the user database, a path stays as it is."""

    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert Path().parse_in(text, {}) == text


@pytest.mark.parametrize(("text", "expected"), [("~", "/"), ("~/x", "/x")])
def test_an_empty_home_in_the_user_database_is_the_root(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry whose home is empty counts as `os.path.expanduser` counts it."""

    def homeless(uid: int) -> pwd.struct_passwd:
        return pwd.struct_passwd(("user", "x", uid, uid, "", "", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwuid", homeless)
    monkeypatch.delenv("HOME", raising=False)
    assert os.path.expanduser(text) == expected
    assert Path().parse_in(text, {}) == expected


@given(text=TILDES)
def test_a_path_that_is_not_expanded_is_its_text(text: str) -> None:
    """Without expand_user, no text is changed, and HOME does not count."""
    kind = Path(expand_user=False)
    assert kind.parse_in(text, {"HOME": "/home/user"}) == text
    assert kind.depends == ()


def test_a_path_depends_on_home() -> None:
    """A path that is expanded is a kind that reads another variable."""
    kind = Path()
    assert isinstance(kind, EnvironKind)
    assert kind.depends == ("HOME",)


@pytest.mark.parametrize("value", [pathlib.PurePosixPath("/tmp"), b"/tmp", 1], ids=repr)
def test_a_path_renders_nothing_but_a_text(value: object) -> None:
    """A path's value is a text, and no object of the standard library's."""
    with pytest.raises(TypeError, match=r"^expected str, got "):
        Path().render(value)


# A kind of a third party


@attrs.frozen
class Megabytes:
    """A size such as ``16MB``, as a number of bytes."""

    name = "megabytes"
    expected = "a whole number and MB"
    empty_is_unset = True

    def parse(self, text: str) -> int:
        """Return the number of bytes."""
        return int(text.strip().removesuffix("MB")) * 2**20

    def render(self, value: object) -> str:
        """Return the number of whole megabytes."""
        if not isinstance(value, int):
            raise TypeError(value)
        return f"{value // 2**20}MB"

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


@pytest.fixture
def cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Return a registry of one installed plugin, with one variable, of a kind that envatlas knows nothing of."""
    variable = Variable("A_CACHE", Megabytes(), default=2**20, help="The size of the cache.", unit="B")
    module = types.ModuleType("envatlas_tests_of_kinds")
    vars(module).update(envatlas_variables=hookimpl(lambda: [variable]))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    metadata = tmp_path / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[envatlas.tests.kinds]\nacme = {module.__name__}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return Registry("tests", group="envatlas.tests.kinds")


@pytest.mark.parametrize(("environ", "value"), [({}, 2**20), ({"A_CACHE": "16MB"}, 2**24), ({"A_CACHE": " "}, 2**20)])
def test_a_third_partys_kind_is_read(cache: Registry, environ: dict[str, str], value: int) -> None:
    """A kind that only has the protocol reads texts, and says whether an empty one counts."""
    assert Environment(cache, environ)["A_CACHE"] == value


def test_a_third_partys_kind_refuses_a_text(cache: Registry) -> None:
    """What such a kind refuses is reported with what it expects."""
    with pytest.raises(InvalidValueError, match=r"^A_CACHE='much': expected a whole number and MB "):
        _ = Environment(cache, {"A_CACHE": "much"}).A_CACHE


def test_a_third_partys_kind_renders(cache: Registry) -> None:
    """A value of such a kind can be given for the length of a block."""
    environ: dict[str, str] = {}
    with Environment(cache, environ).override(A_CACHE=2**21):
        assert environ == {"A_CACHE": "2MB"}
