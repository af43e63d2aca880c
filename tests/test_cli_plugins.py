"""``envatlas plugins``: every plugin and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envatlas.vllm import registry
from tests.test_cli import BUNDLED, objects, printed, registry_of, row

if TYPE_CHECKING:
    from tests.conftest import Site


def test_plugins_shows_every_plugin_and_what_became_of_it(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Active, excluded, failed, duplicate and incompatible plugins each have their row, and their reason."""
    site.add_plugin("active", site.declaring("A_PORT"))
    site.add_plugin("broken", "import no_such_module_at_all")
    site.add_plugin("excluded", site.declaring("B_PORT"))
    site.add_plugin("newer", "ENVATLAS_API = 2")
    site.add("zz-copy", plugins={"active": "zz_copy"}, modules={"zz_copy": ""})
    option = registry_of(site, "{'TEST_PLUGINS': 'active,broken,newer,nobody'}")
    listed = printed(capsys, option, "plugins")
    assert row(listed, "active")[1:5] == ["active", "active-vllm", "1.2", "1"]
    assert "importing broken_vllm raised ModuleNotFoundError" in " ".join(row(listed, "broken"))
    assert "! TEST_PLUGINS names 'nobody', and no installed plugin is called that" in listed
    assert "Nothing is wrong" not in listed
    objects = json.loads(printed(capsys, option, "plugins", "--json"))
    assert [(each["name"], each["state"]) for each in objects] == [
        ("active", "active"),
        ("broken", "failed"),
        ("excluded", "excluded"),
        ("newer", "incompatible"),
        ("active", "duplicate"),
    ]
    assert objects[0]["reason"] is None
    assert objects[0]["variables"] == ["A_PORT"]
    assert objects[4]["reason"] == "active-vllm 1.2 has a plugin of that name; uninstall one of them"


def test_plugins_says_that_nothing_is_wrong(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """With a plugin that loads, nothing is."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert printed(capsys, registry_of(site), "plugins").endswith("\n\nNothing is wrong.\n")


def test_the_bundled_plugins_are_there_and_active(capsys: pytest.CaptureFixture[str]) -> None:
    """Their variables are those that the registry has of them."""
    shown = objects(printed(capsys, "plugins", "--json"))
    bundled = {name: each for name, each in shown.items() if each["distribution"].startswith(BUNDLED)}
    assert {each["state"] for each in bundled.values()} == {"active"}
    assert {name: tuple(each["variables"]) for name, each in bundled.items()} == {
        plugin.name: plugin.variables for plugin in registry.plugins if plugin.distribution.startswith(BUNDLED)
    }


def test_a_failed_plugin_whose_row_says_why_is_not_reported_twice(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Below a table with the column of reasons stands only what is not in it."""
    site.add_plugin("broken", "import no_such_module_at_all")
    listed = printed(capsys, registry_of(site), "plugins")
    assert listed.count("ModuleNotFoundError") == 1
    assert "!" not in listed


def test_a_long_reason_is_cut_in_the_table_and_whole_in_the_json(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """The cut says how long the reason is."""
    site.add_plugin("broken", "raise RuntimeError('x' * 5000)")
    option = registry_of(site)
    listed = printed(capsys, option, "plugins")
    reason = objects(printed(capsys, option, "plugins", "--json"))["broken"]["reason"]
    assert reason.count("x") >= 5000
    assert f"{reason[:400]}... ({len(reason)} characters)\n" in listed
    assert all(len(line) < 600 for line in printed(capsys, option, "list").splitlines())
