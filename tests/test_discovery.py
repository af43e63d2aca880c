"""Discovery: from what is installed to plugins, whatever state it is in, without importing any of it."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.discovery import Candidate, Discovery, discover
from envatlas.owner import Owner

if TYPE_CHECKING:
    from tests.conftest import Site

GROUP: Final = "envatlas.test"
RAISES: Final = "raise RuntimeError('imported')"


def plugins(found: Discovery) -> list[str]:
    """Return the names of the plugins that were found, sorted."""
    return sorted(candidate.owner.plugin for candidate in found.candidates)


def only(found: Discovery) -> Candidate:
    """Return the one plugin that was found."""
    (candidate,) = found.candidates
    return candidate


def offering(site: Site, text: str) -> Discovery:
    """Return what is found where one distribution has these entry points."""
    info = site.add(plugins={})
    (info / "entry_points.txt").write_text(text, encoding="utf-8")
    return discover(GROUP)


def test_a_plugin_is_found_without_importing_it(site: Site) -> None:
    """An entry point gives a plugin's name, distribution, version and target, and runs nothing."""
    site.add("acme-vllm", version="1.2", plugins={"acme": "acme_vllm"}, modules={"acme_vllm": RAISES})
    assert only(discover(GROUP)) == Candidate(Owner("acme", "acme-vllm", "1.2"), GROUP, "acme_vllm")
    assert "acme_vllm" not in sys.modules


def test_a_distribution_can_offer_several_plugins(site: Site) -> None:
    """Every entry point of the group counts."""
    site.add(plugins={"acme": "acme_vllm", "acme2": "acme_vllm:second"})
    assert plugins(discover(GROUP)) == ["acme", "acme2"]


def test_other_groups_do_not_count(site: Site) -> None:
    """A group whose name only begins alike is another group."""
    site.add(plugins={"acme": "acme_vllm"}, group=f"{GROUP}.more")
    assert discover(GROUP) == Discovery((), ())


def test_several_groups_are_searched_in_one_look(site: Site) -> None:
    """Each candidate says which group it is in."""
    site.add("acme-vllm", plugins={"acme": "acme_vllm"}, group="envatlas.one")
    site.add("other-vllm", plugins={"other": "other_vllm", "acme": "x"}, group="envatlas.two")
    found = discover("envatlas.one", "envatlas.two", "envatlas.three")
    assert {(each.group, each.owner.plugin) for each in found.candidates} == {
        ("envatlas.one", "acme"),
        ("envatlas.two", "other"),
        ("envatlas.two", "acme"),
    }


def test_no_groups_have_no_plugins(site: Site) -> None:
    """Whoever asks for nothing gets nothing."""
    site.add(plugins={"acme": "acme_vllm"})
    assert discover() == Discovery((), ())


def test_an_entry_point_that_is_written_twice_counts_once(site: Site) -> None:
    """A distribution does not claim a name against itself."""
    assert plugins(offering(site, f"[{GROUP}]\nacme = acme_vllm\nacme=acme_vllm\n[{GROUP}]\nacme = acme_vllm")) == [
        "acme"
    ]


def test_one_name_with_two_targets_counts_twice(site: Site) -> None:
    """Which of the two is meant is not for a search to say."""
    found = offering(site, f"[{GROUP}]\nacme = acme_vllm\nacme = acme_vllm:other\n")
    assert [each.target for each in found.candidates] == ["acme_vllm", "acme_vllm:other"]


def test_loading_a_candidate_imports_its_module(site: Site) -> None:
    """What the entry point names is the module itself where it names no attribute."""
    site.add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm": ""})
    assert only(discover(GROUP)).load() is sys.modules["acme_vllm"]


@pytest.mark.parametrize("target", ["acme_vllm:A.b", "acme_vllm : A.b", "acme_vllm:A.b [gpu]", "acme_vllm:A.b[gpu]"])
def test_loading_a_candidate_gives_the_attribute_that_it_names(site: Site, target: str) -> None:
    """An attribute can be inside another one; extras and space mean nothing."""
    site.add(plugins={"acme": target}, modules={"acme_vllm": "class A:\n    b = 'found'\n"})
    assert only(discover(GROUP)).load() == "found"


def test_a_candidate_passes_on_what_its_module_raises(site: Site) -> None:
    """Containing it is for whoever loads it."""
    site.add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm": RAISES})
    with pytest.raises(RuntimeError, match="imported"):
        only(discover(GROUP)).load()


@pytest.mark.parametrize("target", ["acme.vllm", "acme.vllm:plugin", "acme.vllm : plugin", "acme.vllm [gpu]"])
def test_a_candidate_knows_its_module(site: Site, target: str) -> None:
    """The module is what is left without attribute, extras and space."""
    site.add(plugins={"acme": target})
    assert only(discover(GROUP)).module == "acme.vllm"


def as_a_folder(file: pathlib.Path) -> None:
    """Put a folder in the place of a file, which nobody can read, not even root."""
    file.unlink()
    file.mkdir()


DAMAGES: Final[Mapping[str, Callable[[pathlib.Path], object]]] = {
    "entry points not UTF-8": lambda info: (info / "entry_points.txt").write_bytes(b"[envatlas.test]\nacme = \xff\n"),
    "entry points half-written": lambda info: (info / "entry_points.txt").write_text("[envatlas.test]\nacm"),
    "entry points unreadable": lambda info: as_a_folder(info / "entry_points.txt"),
    "METADATA missing": lambda info: (info / "METADATA").unlink(),
    "METADATA unreadable": lambda info: as_a_folder(info / "METADATA"),
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


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_metadata_that_may_not_be_read_is_reported(site: Site) -> None:
    """A plugin is not lost in silence because of another user's umask."""
    (site.add(plugins={"acme": "acme_vllm"}) / "entry_points.txt").chmod(0)
    (problem,) = discover(GROUP).problems
    assert problem.reason.startswith("PermissionError")


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        (f"[{GROUP}]\nacme = a\nacm", 3, "'acm'"),
        (f"[{GROUP}]\n\n# comment\n[console_scr", 4, "'[console_scr'"),
        (f"[{GROUP}]\n[other = x", 2, "'[other = x'"),
        (f"no section\n[{GROUP}]\nacme = a", 1, "'no section'"),
    ],
)
def test_a_half_written_line_is_reported_with_its_number(site: Site, text: str, line: int, shown: str) -> None:
    """The message says what a line looks like, and shows the one that does not."""
    (problem,) = offering(site, text).problems
    expected = f"expected [group] or name = module, got {shown}"
    assert problem.reason == f"ValueError: entry_points.txt, line {line}: {expected}"


@pytest.mark.parametrize("name", ["a,b", ",", "", "a\x1bb", "a\u200bb", "a\xa0b"])
def test_a_plugin_that_no_selection_can_name_is_reported(site: Site, name: str) -> None:
    """A comma list could neither allow it nor leave it out, and a terminal would not show it."""
    found = offering(site, f"[{GROUP}]\n{name} = acme_vllm\n")
    assert found.candidates == ()
    (problem,) = found.problems
    assert problem.reason == f"ValueError: entry_points.txt, line 2: no selection can hold a plugin called {name!r}"


def test_what_entry_points_of_other_groups_are_called_does_not_matter(site: Site) -> None:
    """They are no plugins, and no selection has to hold them."""
    found = offering(site, f"[{GROUP}]\nacme = acme_vllm\n[other]\na,b = c\n")
    assert (plugins(found), found.problems) == (["acme"], ())


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


def test_of_two_versions_the_first_on_the_path_counts(site: Site) -> None:
    """It is the one whose modules an import finds, however its name is written."""
    site.add("acme-vllm", version="2.0", plugins={"acme": "acme_vllm"})
    site.another("behind").add("Acme.VLLM", version="9.0", plugins={"acme": "acme_vllm"})
    assert only(discover(GROUP)).owner.version == "2.0"


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
    assert only(found).owner.version == "2.0"
    assert len(found.problems) == 1


LEFTOVERS: Final[Mapping[str, Callable[[pathlib.Path], object]]] = {
    "empty": lambda info: None,
    "METADATA empty": lambda info: (info / "METADATA").write_text(""),
    "METADATA unreadable": lambda info: (info / "METADATA").mkdir(),
    "METADATA not UTF-8": lambda info: (info / "METADATA").write_bytes(b"\xff"),
}


@pytest.mark.parametrize("leave", LEFTOVERS.values(), ids=LEFTOVERS)
def test_a_leftover_that_offers_nothing_does_not_hide_a_whole_copy(
    site: Site, leave: Callable[[pathlib.Path], object]
) -> None:
    """What is left of an older version, its metadata folder and little in it, counts for nothing."""
    info = site.folder / "acme_vllm-1.0.dist-info"
    info.mkdir()
    leave(info)
    site.another("behind").add(version="2.0", plugins={"acme": "acme_vllm"})
    found = discover(GROUP)
    assert (only(found).owner.version, found.problems) == ("2.0", ())


def test_behind_a_leftover_the_first_whole_copy_counts(site: Site) -> None:
    """It is the one whose modules an import finds; a third is hidden as ever."""
    (site.folder / "acme_vllm-1.0.dist-info").mkdir()
    site.another("behind").add(version="2.0", plugins={"acme": "acme_vllm"})
    site.another("last").add(version="3.0", plugins={"acme": "acme_vllm"})
    assert only(discover(GROUP)).owner.version == "2.0"


def add_egg(folder: pathlib.Path, name: str = "acme", version: str = "1.2") -> pathlib.Path:
    """Write an egg with one plugin of the same name, and return its folder."""
    egg = folder / f"{name}_vllm-{version}-py3.11.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO" / "PKG-INFO").write_text(f"Name: {name}-vllm\nVersion: {version}\n")
    (egg / "EGG-INFO" / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {name}_vllm\n")
    return egg


def test_a_distribution_in_an_archive_is_found(site: Site, tmp_path: pathlib.Path) -> None:
    """A wheel on the path offers its plugins as a folder does."""
    inside = site.another("inside")
    inside.add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm": ""})
    archive = shutil.make_archive(str(tmp_path / "acme"), "zip", root_dir=inside.folder)
    shutil.rmtree(inside.folder)
    site.search_first(pathlib.Path(archive))
    (candidate,) = discover(GROUP).candidates
    assert candidate.owner == Owner("acme", "acme-vllm", "1.2")
    assert getattr(candidate.load(), "__file__", "").startswith(archive)


def test_an_egg_is_found(site: Site) -> None:
    """The folder that older tools install has its metadata inside."""
    site.search_first(add_egg(site.folder))
    (candidate,) = discover(GROUP).candidates
    assert candidate.owner == Owner("acme", "acme-vllm", "1.2")


def test_a_zipped_egg_is_found(site: Site, tmp_path: pathlib.Path) -> None:
    """So does the file."""
    egg = add_egg(tmp_path / "built")
    archive = pathlib.Path(shutil.make_archive(str(tmp_path / "made"), "zip", root_dir=egg))
    site.search_first(archive.rename(tmp_path / egg.name))
    assert plugins(discover(GROUP)) == ["acme"]


def test_two_eggs_are_two_distributions(site: Site) -> None:
    """The metadata folder of every egg has the same name."""
    site.search_first(add_egg(site.folder, "acme"))
    site.search_first(add_egg(site.folder, "other"))
    assert plugins(discover(GROUP)) == ["acme", "other"]


def unchanged(site: Site, change: Callable[[], object]) -> None:
    """Change a site, and not the time at which its folder says that it changed."""
    before = site.folder.stat()
    change()
    os.utime(site.folder, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_installation_is_seen_at_once(site: Site) -> None:
    """Nothing is kept of a look, even where the folder's time of change does not tell."""
    assert plugins(discover(GROUP)) == []
    unchanged(site, lambda: site.add(plugins={"acme": "acme_vllm"}))
    assert plugins(discover(GROUP)) == ["acme"]


def test_an_uninstallation_is_seen_at_once(site: Site) -> None:
    """What is gone is not found again."""
    info = site.add(plugins={"acme": "acme_vllm"})
    assert plugins(discover(GROUP)) == ["acme"]
    unchanged(site, lambda: shutil.rmtree(info))
    assert plugins(discover(GROUP)) == []


def test_an_upgrade_is_seen_at_once(site: Site) -> None:
    """The new version is the one that is found."""
    info = site.add(version="1.2", plugins={"acme": "acme_vllm"})
    assert only(discover(GROUP)).owner.version == "1.2"
    shutil.rmtree(info)
    unchanged(site, lambda: site.add(version="1.3", plugins={"acme": "acme_vllm"}))
    assert only(discover(GROUP)).owner.version == "1.3"


def test_a_changed_entry_point_is_seen_at_once(site: Site) -> None:
    """An editable installation that is repeated may change this one file."""
    info = site.add(plugins={"acme": "acme_vllm"})
    assert plugins(discover(GROUP)) == ["acme"]
    unchanged(site, lambda: (info / "entry_points.txt").write_text(f"[{GROUP}]\nother = acme_vllm\n"))
    assert plugins(discover(GROUP)) == ["other"]


def test_an_installation_inside_an_archive_is_seen_at_once(site: Site, tmp_path: pathlib.Path) -> None:
    """The library, which keeps what it has seen in an archive, is told to look again."""
    inside = site.another("inside")
    inside.add("acme-vllm", plugins={"acme": "acme_vllm"})
    archive = pathlib.Path(shutil.make_archive(str(tmp_path / "acme"), "zip", root_dir=inside.folder))
    site.search_first(archive)
    before = archive.stat()
    assert plugins(discover(GROUP)) == ["acme"]
    inside.add("other-vllm", plugins={"other": "other_vllm"})
    shutil.make_archive(str(tmp_path / "acme"), "zip", root_dir=inside.folder)
    shutil.rmtree(inside.folder)
    os.utime(archive, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert plugins(discover(GROUP)) == ["acme", "other"]
