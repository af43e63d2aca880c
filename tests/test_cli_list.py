"""``envatlas list``: which variables it shows, and what of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from envatlas.vllm import registry
from tests.test_cli import is_printable, objects, printed, registry_of, row

if TYPE_CHECKING:
    from tests.conftest import Site


def test_list_shows_every_variable_with_its_value_its_origin_and_its_plugin(capsys: pytest.CaptureFixture[str]) -> None:
    """A row has a name, a value, an origin and a plugin, and there is one for each of the 94."""
    shown = printed(capsys, "list")
    assert shown.splitlines()[0].split() == ["NAME", "VALUE", "ORIGIN", "PLUGIN"]
    assert {line.split()[0] for line in shown.partition("\n\n")[0].splitlines()[1:]} == {each.name for each in registry}
    assert row(shown, "VLLM_RPC_TIMEOUT") == ["VLLM_RPC_TIMEOUT", "10000", "default", "engine"]


def test_list_names_the_other_name_that_a_text_was_read_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The origin of a value is the name under which its text was found."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    assert row(printed(capsys, "list"), "VLLM_DO_NOT_TRACK") == [
        "VLLM_DO_NOT_TRACK",
        "True",
        "DO_NOT_TRACK",
        "usage_stats",
    ]


def test_list_shows_of_a_secret_only_that_it_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the table nor the JSON has the text."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker")
    assert row(printed(capsys, "list"), "VLLM_API_KEY") == ["VLLM_API_KEY", "<secret>", "environment", "serving"]
    shown = printed(capsys, "list", "--json")
    assert "sk-marker" not in shown
    key = objects(shown)["VLLM_API_KEY"]
    assert (key["value"], key["text"], key["set"], key["secret"]) == (None, None, True, True)


def test_list_shows_an_error_in_the_row_of_its_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that cannot be read hides no other variable."""
    monkeypatch.setenv("VLLM_PORT", "five")
    shown = printed(capsys, "list")
    assert "'five': expected a whole number" in next(line for line in shown.splitlines() if "VLLM_PORT " in line)
    assert row(shown, "VLLM_RPC_TIMEOUT")[1] == "10000"
    assert "! VLLM_PORT='five': expected a whole number (declared by plugin 'engine'" in shown
    assert "Nothing is wrong" not in shown


def test_list_shows_an_error_for_a_default_that_cannot_be_computed(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """The row says that there is no text to blame."""
    declaration = "Variable('A_PATH', Text(), default=Computed(lambda environ: environ['B'], '$B'), help='A path.')"
    site.add_plugin("acme", "from envatlas import Computed\n" + site.declaring(declaration))
    listed = printed(capsys, registry_of(site), "list")
    assert "the default cannot be computed" in listed
    assert "! A_PATH is unset, and its default ($B) could not be computed" in listed
    assert objects(printed(capsys, registry_of(site), "list", "--json"))["A_PATH"]["default"] is None


def test_list_hides_a_secret_that_cannot_be_read(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Its row says what was expected, and not what was there."""
    declaration = "Variable('A_KEY', Integer(), default=None, help='A key.', secret=True)"
    site.add_plugin("acme", site.declaring(declaration))
    listed = printed(capsys, registry_of(site, "{'A_KEY': 'sk-marker'}"), "list")
    assert "<secret>: expected a whole number" in listed
    assert "sk-marker" not in listed + printed(capsys, registry_of(site, "{'A_KEY': 'sk-marker'}"), "list", "--json")


def test_list_set_shows_only_what_is_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What has its default is left out."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    names = objects(printed(capsys, "list", "--set", "--json", "VLLM_*"))
    assert set(names) == {"VLLM_PORT"}


@pytest.mark.parametrize("pattern", ["DP_", "vllm_dp_*", "VLLM_DP_[MRS]*"])
def test_list_takes_a_part_of_a_name_or_a_glob(capsys: pytest.CaptureFixture[str], pattern: str) -> None:
    """Case is ignored."""
    assert set(objects(printed(capsys, "list", "--json", pattern))) == {
        "VLLM_DP_MASTER_IP",
        "VLLM_DP_MASTER_PORT",
        "VLLM_DP_RANK",
        "VLLM_DP_SIZE",
    }


def test_list_says_that_nothing_matches(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table would look like a mistake."""
    assert "No variable matches." in printed(capsys, "list", "no such name")
    assert json.loads(printed(capsys, "list", "--json", "no such name")) == []


def test_list_plugin_shows_only_the_variables_of_that_plugin(capsys: pytest.CaptureFixture[str]) -> None:
    """The registry's own are a plugin's, too."""
    assert set(objects(printed(capsys, "list", "--json", "--plugin", "rocm", "--plugin", "(registry)"))) == {
        "VLLM_PLUGINS",
        "VLLM_ROCM_FP8_PADDING",
        "VLLM_USE_TRITON_FLASH_ATTN",
    }


def test_list_all_shows_what_inactive_plugins_declare(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """An inactive variable has no value, and shows whether its name is set."""
    site.add_plugin("acme", site.declaring("A_PORT", "A_SIZE"))
    option = registry_of(site, "{'TEST_PLUGINS': '', 'A_PORT': '1'}")
    assert "inactive" not in printed(capsys, option, "list").partition("!")[0]
    listed = printed(capsys, option, "list", "--all")
    assert row(listed, "A_PORT") == ["A_PORT", "(set)", "inactive", "acme"]
    assert row(listed, "A_SIZE") == ["A_SIZE", "-", "inactive", "acme"]
    assert "1 of 1 variables, and 2 inactive; 2 set." in listed
    assert "Excluded plugins (1): acme." in listed
    port = objects(printed(capsys, option, "list", "--all", "--json"))["A_PORT"]
    assert (port["active"], port["set"], port["text"], port["error"]) == (
        False,
        True,
        None,
        "TEST_PLUGINS leaves it out",
    )


def test_a_very_long_value_is_cut_in_the_table_and_whole_in_the_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cut says how long the value is."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "x" * 5000)
    assert "x... (5002 characters)" in printed(capsys, "list")
    assert objects(printed(capsys, "list", "--json"))["LD_LIBRARY_PATH"]["value"] == "x" * 5000


def test_a_very_long_name_is_cut_in_the_table_and_whole_in_the_json(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """In a pipe it would make every line as long."""
    name = "A_" + "LONG" * 800
    site.add_plugin("acme", site.declaring(name, "A_PORT"))
    assert max(map(len, printed(capsys, registry_of(site), "list").splitlines())) < 100
    assert f'"name": "{name}"' in printed(capsys, registry_of(site), "list", "--json")


def test_control_characters_and_undecodable_bytes_reach_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An escape sequence, a right-to-left mark and a lone surrogate are shown as Python writes them."""
    monkeypatch.setenv("VLLM_LOGGING_PREFIX", "\x1b[31m\u202e\udcff")
    shown = printed(capsys, "list", "LOGGING_PREFIX")
    assert r"'\x1b[31m\u202e\udcff'" in shown
    assert is_printable(shown)
    monkeypatch.setenv("VLLM_PORT", "\x1b[31m")
    assert "\x1b" not in printed(capsys, "list", "VLLM_PORT")


def test_a_variable_that_is_set_and_whose_plugin_is_not_active_is_reported(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Without --all nothing else would say that nothing reads it; other applications' names are left alone."""
    site.add_plugin("acme", site.declaring("A_PORT", "A_SIZE", "LOCAL_PORT"))
    listed = printed(capsys, registry_of(site, "{'TEST_PLUGINS': '', 'A_PORT': '1', 'LOCAL_PORT': '1'}"), "list")
    assert [line for line in listed.splitlines() if line.startswith("!")] == [
        "! A_PORT is set, and plugin 'acme', which declares it, is not active"
    ]
    assert "Nothing is wrong" not in listed


def test_it_is_reported_where_its_row_is_shown_as_well(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Nothing reads what is set, whoever sees it."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'TEST_PLUGINS': '', 'A_PORT': '1'}")
    assert "! A_PORT is set, and plugin 'acme'" in printed(capsys, option, "list", "--all")
    assert "! A_PORT is set" in printed(capsys, option, "list", "--all", "SIZE")


def test_of_vllm_only_its_own_names_are_reported(
    capsys: pytest.CaptureFixture[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VERBOSE and LOCAL_RANK are many programs' names."""
    source = "from envatlas.vllm import registry as r\nfrom envatlas.registry import Registry\n"
    made = "Registry(r.name, group=r.group, filter_variable=r.filter_variable, prefix=r.prefix, bundled=r.bundled)"
    site.write({"shown_app": f"{source}registry = {made}\n"})
    for name in ("VLLM_PLUGINS", "LOCAL_RANK", "VERBOSE", "VLLM_PORT"):
        monkeypatch.setenv(name, "1")
    listed = printed(capsys, "--registry=shown_app:registry", "list")
    assert re.findall(r"^! (\w+) is set, and plugin", listed, re.MULTILINE) == ["VLLM_PORT"]


def test_a_plugin_whose_source_does_not_tell_is_named(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The list of inactive variables does not look complete where it may not be."""
    computed = "Variable('A_' + 'SIZE', Integer(), default=None, help='The size.')"
    site.add_plugin("acme", site.declaring("A_PORT", computed))
    site.add_plugin("plain", site.declaring("A_PLAIN"))
    listed = printed(capsys, registry_of(site, "{'TEST_PLUGINS': ''}"), "list", "--all")
    assert "Excluded plugins (2): acme, plain." in listed
    assert "Of these, the source does not tell all variables: acme." in listed


def test_where_no_plugin_is_installed_it_says_so(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The group is named, in which an entry point was looked for."""
    for command in ("list", "plugins"):
        shown = printed(capsys, registry_of(site), command)
        assert "! no plugin is installed that offers an entry point in the group envatlas.test" in shown
        assert "Nothing is wrong" not in shown


def test_an_inactive_variable_is_set_by_the_names_that_it_is_read_from(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Its source tells them; its own name counts for nothing where it is not among them."""
    names = {"A_FETCH": ("A_CONTIGUOUS",), "A_MUTE": ("A_QUIET", "A_MUTE"), "A_OTHER": ("A_UNSET",)}
    declared = [f"Variable({name!r}, Integer(), default=0, help='A.', reads={reads})" for name, reads in names.items()]
    site.add_plugin("acme", site.declaring(*declared))
    environ = {"TEST_PLUGINS": "", "A_CONTIGUOUS": "1", "A_MUTE": "1", "A_OTHER": "1"}
    listed = printed(capsys, registry_of(site, repr(environ)), "list", "--all", "A_*")
    assert [row(listed, name)[1] for name in names] == ["(set)", "(set)", "-"]
