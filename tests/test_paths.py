"""Paths: ``~`` is the environment's own home, and an `os.PathLike` is a path."""

from __future__ import annotations

import os
import pathlib
import pwd
from typing import Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import EnvironKind, Path
from envatlas.paths import expand_user

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Any text that an environment can have, where its bytes are UTF-8."""

HOMES: Final = st.one_of(st.none(), st.sampled_from(["", "/", "//", "/srv/", "/home/a//", "~", "relative", " "]), TEXTS)
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


@attrs.frozen
class Folder:
    """A path of an application's own, whatever `os.fspath` makes of it."""

    path: str | bytes

    def __fspath__(self) -> str | bytes:
        return self.path


@pytest.mark.parametrize("value", ["/tmp/a", pathlib.PurePosixPath("/tmp/a"), Folder("/tmp/a")], ids=repr)
@pytest.mark.parametrize("kind", [Path(), Path(expand_user=False)], ids=repr)
def test_a_path_renders_whatever_is_one(kind: Path, value: object) -> None:
    """A path of the standard library's, and any other with its protocol, is rendered as its text."""
    assert kind.render(value) == "/tmp/a"


@pytest.mark.parametrize("value", [b"/tmp", Folder(b"/tmp"), 1, None, ["/tmp"]], ids=repr)
def test_a_path_renders_nothing_but_a_path_in_text(value: object) -> None:
    """What is no path, or one in bytes, is of another type."""
    with pytest.raises(TypeError, match=r"^expected str"):
        Path().render(value)


@pytest.mark.parametrize("text", ["~", "~/x"])
def test_a_path_without_an_environment_is_below_the_users_home(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no environment is given, the user database names the home, whatever the process's HOME says."""
    monkeypatch.delenv("HOME", raising=False)
    expected = os.path.expanduser(text)
    monkeypatch.setenv("HOME", "/home/other")
    assert Path().parse(text) == expected


def test_expanding_reads_no_other_home() -> None:
    """A path is expanded by the environment that is given, whatever the process's own says."""
    assert expand_user("~/x", {"HOME": "/nowhere"}) == "/nowhere/x"
