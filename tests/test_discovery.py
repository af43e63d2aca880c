"""Discovery: from what is installed to plugins, whatever state it is in, without importing any of it."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NoReturn

import importlib_metadata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.discovery import Candidate, Discovery, discover, names_in, normalize
from envatlas.errors import Origin

if TYPE_CHECKING:
    from tests.conftest import Site

GROUP: Final = "envatlas.test"
RAISES: Final = "raise RuntimeError('imported')"


def plugins(found: Discovery) -> list[str]:
    """Return the names of the plugins that were found, sorted."""
    return sorted(candidate.origin.plugin for candidate in found.candidates)


def only(found: Discovery) -> Candidate:
    """Return the one plugin that was found."""
    (candidate,) = found.candidates
    return candidate


def test_a_plugin_is_found_without_importing_it(site: Site) -> None:
    """An entry point gives a plugin's name, distribution, version and target, and runs nothing."""
    site.add("acme-vllm", version="1.2", plugins={"acme": "acme_vllm"}, modules={"acme_vllm": RAISES})
    candidate = only(discover(GROUP))
    assert (candidate.origin, candidate.target) == (Origin("acme", "acme-vllm", "1.2"), "acme_vllm")
    assert "acme_vllm" not in sys.modules


def test_a_distribution_can_offer_several_plugins(site: Site) -> None:
    """Every entry point of the group counts."""
    site.add(plugins={"acme": "acme_vllm", "acme2": "acme_vllm:second"})
    assert plugins(discover(GROUP)) == ["acme", "acme2"]


def test_other_groups_do_not_count(site: Site) -> None:
    """A group whose name only begins alike is another group."""
    site.add(plugins={"acme": "acme_vllm"}, group=f"{GROUP}.more")
    assert discover(GROUP) == Discovery((), ())


def test_loading_a_candidate_imports_its_module(site: Site) -> None:
    """What the entry point names is the module itself where it names no attribute."""
    site.add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm": ""})
    assert only(discover(GROUP)).load() is sys.modules["acme_vllm"]


def test_loading_a_candidate_gives_the_attribute_that_it_names(site: Site) -> None:
    """An attribute can be inside another one."""
    site.add(plugins={"acme": "acme_vllm:A.b"}, modules={"acme_vllm": "class A:\n    b = 'found'\n"})
    assert only(discover(GROUP)).load() == "found"


@pytest.mark.parametrize("target", ["acme.vllm", "acme.vllm:plugin", "acme.vllm : plugin", "acme.vllm [gpu]"])
def test_a_candidate_knows_its_module(site: Site, target: str) -> None:
    """The module is what is left without attribute, extras and space."""
    site.add(plugins={"acme": target})
    assert only(discover(GROUP)).module == "acme.vllm"


DAMAGES: Final[Mapping[str, Callable[[pathlib.Path], object]]] = {
    "entry points not UTF-8": lambda info: (info / "entry_points.txt").write_bytes(b"[envatlas.test]\nacme = \xff\n"),
    "entry points half-written": lambda info: (info / "entry_points.txt").write_text("[envatlas.test]\nacm"),
    "METADATA missing": lambda info: (info / "METADATA").unlink(),
    "METADATA empty": lambda info: (info / "METADATA").write_text(""),
    "METADATA not UTF-8": lambda info: (info / "METADATA").write_bytes(b"Name: \xff\nVersion: 1\n"),
    "METADATA without name": lambda info: (info / "METADATA").write_text("Version: 1.2\n"),
    "METADATA without version": lambda info: (info / "METADATA").write_text("Name: acme-vllm\n"),
    "METADATA with an empty name": lambda info: (info / "METADATA").write_text("Name:\nVersion: 1.2\n"),
    "METADATA with an empty version": lambda info: (info / "METADATA").write_text("Name: a\nVersion:\n"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_distribution_is_skipped_and_reported(site: Site, damage: Callable[[pathlib.Path], object]) -> None:
    """One that cannot be read is named with the reason, and hides no other."""
    damage(site.add("acme-vllm", plugins={"acme": "acme_vllm"}))
    site.add("other-vllm", plugins={"other": "other_vllm"})
    found = discover(GROUP)
    assert plugins(found) == ["other"]
    (problem,) = found.problems
    assert problem.location == "acme_vllm-1.2.dist-info"
    assert problem.reason


def test_metadata_that_is_a_file_hides_no_other(site: Site) -> None:
    """A file where a folder should be offers nothing."""
    (site.folder / "acme_vllm-1.2.dist-info").write_text("")
    site.add("other-vllm", plugins={"other": "other_vllm"})
    assert plugins(discover(GROUP)) == ["other"]


def test_damage_that_concerns_no_plugin_is_not_reported(site: Site) -> None:
    """A distribution that offers nothing in the group is nobody's business."""
    (site.add(plugins={"acme": "acme_vllm"}, group="other") / "METADATA").unlink()
    assert discover(GROUP) == Discovery((), ())


def test_a_distribution_that_only_mentions_the_group_offers_nothing(site: Site) -> None:
    """A comment is no section, and its distribution's other metadata does not matter."""
    info = site.add(plugins={"acme": "acme_vllm"}, group="other")
    (info / "entry_points.txt").write_text(f"# not in {GROUP}\n[other]\nacme = acme_vllm\n")
    (info / "METADATA").unlink()
    assert discover(GROUP) == Discovery((), ())


def test_a_leftover_of_an_installer_is_ignored(site: Site) -> None:
    """A folder that pip renamed and could not remove is neither a plugin nor a problem."""
    info = site.add(plugins={"acme": "acme_vllm"})
    info.rename(info.with_name("~cme_vllm-1.2.dist-info"))
    assert discover(GROUP) == Discovery((), ())


def test_a_folder_that_is_on_the_path_twice_counts_once(site: Site) -> None:
    """Repeating an entry of the path repeats no plugin."""
    site.add(plugins={"acme": "acme_vllm"})
    site.search_first(site.folder)
    assert plugins(discover(GROUP)) == ["acme"]


def test_of_two_versions_the_first_on_the_path_counts(site: Site) -> None:
    """It is the one whose modules an import finds, however its name is written."""
    site.add("acme-vllm", version="2.0", plugins={"acme": "acme_vllm"})
    site.another("behind").add("Acme.VLLM", version="9.0", plugins={"acme": "acme_vllm"})
    assert only(discover(GROUP)).origin.version == "2.0"


def test_a_version_without_plugins_hides_an_older_one_with_plugins(site: Site) -> None:
    """Where the first on the path offers no plugin any more, the one behind does not either."""
    site.add("acme-vllm", version="2.0", plugins={"acme": "acme_vllm"}, group="other")
    site.another("behind").add("acme-vllm", version="1.0", plugins={"acme": "acme_vllm"})
    assert discover(GROUP).candidates == ()


def test_a_damaged_copy_does_not_hide_a_whole_one(site: Site) -> None:
    """A leftover without METADATA is reported, and the real distribution behind it counts."""
    (site.add(version="1.0", plugins={"acme": "acme_vllm"}) / "METADATA").unlink()
    site.another("behind").add(version="2.0", plugins={"acme": "acme_vllm"})
    found = discover(GROUP)
    assert only(found).origin.version == "2.0"
    assert len(found.problems) == 1


def test_an_empty_folder_does_not_hide_a_whole_one(site: Site) -> None:
    """What is left of an older version, its metadata folder and nothing in it, counts for nothing."""
    (site.folder / "acme_vllm-1.0.dist-info").mkdir()
    site.another("behind").add(version="2.0", plugins={"acme": "acme_vllm"})
    found = discover(GROUP)
    assert (only(found).origin.version, found.problems) == ("2.0", ())


def test_a_path_entry_that_does_not_exist_is_no_problem(site: Site) -> None:
    """Paths often name folders that are not there."""
    site.search_first(site.folder / "missing")
    site.add(plugins={"acme": "acme_vllm"})
    found = discover(GROUP)
    assert (plugins(found), found.problems) == (["acme"], ())


class InMemory(importlib_metadata.Distribution):
    """A distribution that is on no file system."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def __repr__(self) -> str:
        return "<InMemory>"

    def read_text(self, filename: str) -> str | None:
        """Return the text of a metadata file."""
        return self.texts.get(filename)

    def locate_file(self, path: str | os.PathLike[str]) -> NoReturn:
        """Refuse: there is no file."""
        raise NotImplementedError


ENTRY_POINTS: Final = f"[{GROUP}]\nacme = acme_vllm\n"
IN_MEMORY: Final = InMemory({"entry_points.txt": ENTRY_POINTS, "METADATA": "Name: acme-vllm\nVersion: 1.2\n"})


class Finder:
    """A finder that gives distributions, and then raises, if it is told to."""

    def __init__(self, *distributions: importlib_metadata.Distribution, error: Exception | None = None) -> None:
        self.distributions = distributions
        self.error = error

    def __repr__(self) -> str:
        return "<Finder>"

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find no module."""

    def find_distributions(
        self, context: importlib_metadata.DistributionFinder.Context | None = None
    ) -> Iterator[importlib_metadata.Distribution]:
        """Give the distributions, and raise the error."""
        yield from self.distributions
        if self.error is not None:
            raise self.error


class AskingFinder:
    """A finder that wants to know where it is to look."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find no module."""

    def find_distributions(
        self, context: importlib_metadata.DistributionFinder.Context
    ) -> Iterator[importlib_metadata.Distribution]:
        """Give a distribution if the whole path is to be searched."""
        if context.path == sys.path:
            yield IN_MEMORY


class NoMessageError(Exception):
    """An error that cannot be shown."""

    def __str__(self) -> str:
        raise ValueError


class NoNameFinder(Finder):
    """A finder that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError


class NoAttributeFinder:
    """A finder of which not even the methods can be asked for."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find no module."""

    @property
    def find_distributions(self) -> NoReturn:
        """Raise."""
        raise ValueError


def test_a_finder_without_files_is_asked_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on ``sys.meta_path`` finds distributions wherever they are."""
    monkeypatch.setattr(sys, "meta_path", [Finder(IN_MEMORY), *sys.meta_path])
    assert only(discover(GROUP)).origin == Origin("acme", "acme-vllm", "1.2")


def test_a_finder_is_told_what_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own look at what is installed hands over a context, and finders rely on it."""
    monkeypatch.setattr(sys, "meta_path", [AskingFinder(), *sys.meta_path])
    assert plugins(discover(GROUP)) == ["acme"]


def test_a_damaged_distribution_without_a_path_is_named_by_its_representation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where there is no folder to name, the object is named."""
    damaged = InMemory({"entry_points.txt": ENTRY_POINTS, "METADATA": "Name: acme-vllm\n"})
    monkeypatch.setattr(sys, "meta_path", [Finder(damaged), *sys.meta_path])
    assert [problem.location for problem in discover(GROUP).problems] == ["<InMemory>"]


def test_a_finder_that_raises_ends_only_its_own_search(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it found before counts, what others find counts, and it is reported."""
    site.add("other-vllm", plugins={"other": "other_vllm"})
    finder = Finder(IN_MEMORY, error=OSError("no network"))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    found = discover(GROUP)
    assert plugins(found) == ["acme", "other"]
    (problem,) = found.problems
    assert (problem.location, problem.reason) == ("the finder <Finder>", "OSError: no network")


@pytest.mark.parametrize(
    "finder",
    [Finder(error=NoMessageError()), NoNameFinder(error=OSError()), NoAttributeFinder()],
    ids=["error", "finder", "method"],
)
def test_a_finder_that_cannot_be_shown_is_contained(
    site: Site, monkeypatch: pytest.MonkeyPatch, finder: Finder | NoAttributeFinder
) -> None:
    """A finder is anybody's code, and so are its errors and their texts."""
    site.add("other-vllm", plugins={"other": "other_vllm"})
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    found = discover(GROUP)
    assert plugins(found) == ["other"]
    assert len(found.problems) == 1


def test_a_distribution_in_an_archive_is_found(site: Site, tmp_path: pathlib.Path) -> None:
    """A wheel on the path offers its plugins as a folder does."""
    inside = site.another("inside")
    inside.add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm": ""})
    archive = shutil.make_archive(str(tmp_path / "acme"), "zip", root_dir=inside.folder)
    shutil.rmtree(inside.folder)
    site.search_first(pathlib.Path(archive))
    candidate = only(discover(GROUP))
    assert candidate.origin == Origin("acme", "acme-vllm", "1.2")
    assert getattr(candidate.load(), "__file__", "").startswith(archive)


def test_an_egg_is_found(site: Site) -> None:
    """The folder that older tools install has its metadata inside."""
    info = site.folder / "acme_vllm-1.2.egg" / "EGG-INFO"
    info.mkdir(parents=True)
    (info / "PKG-INFO").write_text("Name: acme-vllm\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    site.search_first(info.parent)
    assert only(discover(GROUP)).origin == Origin("acme", "acme-vllm", "1.2")


def test_a_later_look_sees_what_was_installed_since(site: Site) -> None:
    """Nothing is kept of a look, even where the folder's time of change does not tell."""
    assert plugins(discover(GROUP)) == []
    before = site.folder.stat()
    site.add(plugins={"acme": "acme_vllm"})
    os.utime(site.folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert plugins(discover(GROUP)) == ["acme"]


def test_names_are_those_of_all_the_groups(site: Site) -> None:
    """Several groups are one set of names."""
    site.add("acme-vllm", plugins={"acme": "acme_vllm"}, group="envatlas.one")
    site.add("other-vllm", plugins={"other": "other_vllm", "acme": "x"}, group="envatlas.two")
    assert names_in(["envatlas.one", "envatlas.two", "envatlas.three"]) == {"acme", "other"}


@pytest.mark.parametrize("name", ["acme-vllm", "Acme_VLLM", "acme.vllm", "ACME-_.vllm"])
def test_a_distribution_has_one_name_however_it_is_written(name: str) -> None:
    """Case, and which and how many separators, make no difference."""
    assert normalize(name) == "acme-vllm"


@given(name=st.text())
def test_normalising_twice_changes_nothing_more(name: str) -> None:
    """A normalised name is its own normal form."""
    once = normalize(name)
    assert normalize(once) == once
