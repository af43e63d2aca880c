"""What plugins do to the commands: they print, they fail, they put anything into texts; and cost their own row only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from tests.strange import add_strange_plugin
from tests.test_cli import in_process_of_its_own, is_printable, objects, printed, registry_of, row

if TYPE_CHECKING:
    from tests.conftest import Site

NOISY: Final = """\
import atexit, logging, os, subprocess, sys

def make_noise(when):
    print("noise: print", when)
    print("noise: the first stream", when, file=sys.__stdout__)
    os.write(1, b"noise: write\\n")
    subprocess.run([sys.executable, "-c", "print('noise: subprocess')"], check=True)

make_noise("at import")
logging.basicConfig(stream=sys.stdout, level=0)
logging.error("noise: logging")
atexit.register(make_noise, "at the end")
"""
"""A module that prints in every way while it is imported, and once more at the end of the process."""

NOISES: Final = {
    "noise: print at import",
    "noise: the first stream at import",
    "noise: write",
    "noise: subprocess",
    "noise: print at the end",
    "noise: the first stream at the end",
}

KIND: Final = """\
import attrs
from envatlas import Computed

class Made:
    def __init__(self, text): self.text = text
    {value}

@attrs.frozen
class Odd:
    name = "odd"
    expected = {expected!r}
    empty_is_unset = False
    def parse(self, text):
        {parse}
    def render(self, value):
        {render}
    def schema(self): return {{}}

"""
"""A module with a kind of its own, whose values are of a type of its own."""


def odd_plugin(
    site: Site,
    *,
    parse: str = "return Made(text)",
    render: str = "return value.text",
    expected: str = "anything",
    value: str = "",
) -> None:
    """Install a plugin with a variable A_ODD of a kind of its own, and another that is as usual."""
    odd = "Variable('A_ODD', Odd(), default=None, help='Something odd.')"
    kind = KIND.format(parse=parse, render=render, expected=expected, value=value or "pass")
    site.add_plugin("acme", kind + site.declaring(odd, site.declare("A_PORT", default=80)))


@pytest.mark.parametrize("arguments", [["list"], ["plugins"], ["list", "--all"]])
def test_what_a_plugin_prints_goes_to_standard_error(site: Site, arguments: list[str]) -> None:
    """In whatever way it prints, and whenever: standard output is the command's alone."""
    site.add_plugin("noisy", NOISY + site.declaring("A_PORT"))
    done = in_process_of_its_own(registry_of(site), *arguments, site=site)
    assert done.returncode == 0
    assert "noise" not in done.stdout
    assert set(done.stderr.splitlines()) >= NOISES


@pytest.mark.parametrize("command", ["list", "plugins"])
def test_json_stays_json_whatever_a_plugin_prints(site: Site, command: str) -> None:
    """An array, and nothing before or behind it."""
    site.add_plugin("noisy", NOISY + site.declaring("A_PORT"))
    done = in_process_of_its_own(registry_of(site), command, "--json", site=site)
    assert isinstance(json.loads(done.stdout), list)
    assert set(done.stderr.splitlines()) >= NOISES


def test_what_the_module_of_a_registry_prints_goes_to_standard_error(site: Site) -> None:
    """An application may greet whoever imports it."""
    option = registry_of(site)
    site.write({"greeting": f"{NOISY}from shown_app import registry\n"})
    done = in_process_of_its_own(option.replace("shown_app", "greeting"), "list", "--json", site=site)
    assert isinstance(json.loads(done.stdout), list)
    assert set(done.stderr.splitlines()) >= NOISES


def test_what_a_kind_and_a_default_print_goes_to_standard_error(site: Site) -> None:
    """They run when a variable is read, long after the plugin was imported."""
    odd_plugin(
        site,
        parse="print('noise: parse'); return Made(text)",
        render="print('noise: render'); return value.text",
        value="def __repr__(self): print('noise: repr'); return 'made'",
    )
    option = registry_of(site, "{'A_ODD': '1'}")
    as_table = in_process_of_its_own(option, "list", site=site)
    as_json = in_process_of_its_own(option, "list", "--json", site=site)
    assert row(as_table.stdout, "A_ODD")[1] == "made"
    assert objects(as_json.stdout)["A_ODD"]["value"] == "1"
    assert "noise" not in as_table.stdout
    assert {"noise: parse", "noise: repr"} <= set(as_table.stderr.splitlines())
    assert {"noise: parse", "noise: render"} <= set(as_json.stderr.splitlines())


@pytest.mark.parametrize("raised", ["ValueError", "RecursionError", "SystemExit"])
def test_a_value_that_cannot_be_shown_costs_its_own_row_only(
    capsys: pytest.CaptureFixture[str], site: Site, raised: str
) -> None:
    """Its row says so, and of which type it is."""
    odd_plugin(site, value=f"def __repr__(self): raise {raised}('sk-marker')")
    listed = printed(capsys, registry_of(site, "{'A_ODD': '1'}"), "list")
    assert f"<Made that cannot be shown: {raised}>" in listed
    assert row(listed, "A_PORT")[1] == "80"
    assert "sk-marker" not in listed


@pytest.mark.parametrize("raised", ["ValueError", "RecursionError", "SystemExit"])
def test_a_value_that_cannot_be_rendered_costs_its_own_value_only(
    capsys: pytest.CaptureFixture[str], site: Site, raised: str
) -> None:
    """In the JSON it is null; everything else is there."""
    odd_plugin(site, render=f"raise {raised}('sk-marker')")
    shown = objects(printed(capsys, registry_of(site, "{'A_ODD': '1'}"), "list", "--json"))
    assert (shown["A_ODD"]["value"], shown["A_ODD"]["text"], shown["A_ODD"]["set"]) == (None, "1", True)
    assert shown["A_PORT"]["value"] == 80


@pytest.mark.parametrize("raised", ["RuntimeError", "RecursionError"])
def test_a_container_that_fails_while_it_is_written_costs_its_own_value_only(
    capsys: pytest.CaptureFixture[str], site: Site, raised: str
) -> None:
    """A dict of a plugin's own type may do anything when JSON is made of it."""
    made = f"type('Made', (dict,), {{'items': lambda self: exec('raise {raised}')}})"
    odd_plugin(site, parse=f"return {made}(a=1)", render="return 'made'")
    shown = objects(printed(capsys, registry_of(site, "{'A_ODD': '1'}"), "list", "--json"))
    assert (shown["A_ODD"]["value"], shown["A_PORT"]["value"]) == ("made", 80)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["list", "--json"],
        ["explain", "A_*"],
        ["explain", "--json", "A_*"],
        ["schema"],
        ["docs"],
        ["docs", "--format=html"],
    ],
    ids=" ".join,
)
def test_a_declaration_that_cannot_say_what_it_is_breaks_no_command(
    capsys: pytest.CaptureFixture[str], site: Site, arguments: list[str]
) -> None:
    """Its default and what it expects may raise anything when they are to be shown."""
    add_strange_plugin(site)
    assert "A_SPEECHLESS" in printed(capsys, registry_of(site), *arguments)


@pytest.mark.parametrize("raised", ["KeyError", "SystemExit", "RecursionError"])
def test_a_text_that_cannot_be_parsed_costs_its_own_row_only(
    capsys: pytest.CaptureFixture[str], site: Site, raised: str
) -> None:
    """Whatever the kind raises, the variable has an error."""
    odd_plugin(site, parse=f"raise {raised}('sk-marker')", expected="something else")
    option = registry_of(site, "{'A_ODD': '1'}")
    listed = printed(capsys, option, "list")
    assert "! A_ODD='1': expected something else (declared by plugin 'acme', acme-vllm 1.2)" in listed
    assert row(listed, "A_PORT")[1] == "80"
    assert "expected something else" in objects(printed(capsys, option, "list", "--json"))["A_ODD"]["error"]


def test_what_a_kind_expects_reaches_no_terminal_as_it_is(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """An escape sequence and a right-to-left mark are shown as Python writes them."""
    odd_plugin(site, parse="raise ValueError", expected="\x1b[31mred\u202e")
    listed = printed(capsys, registry_of(site, "{'A_ODD': '1'}"), "list")
    assert r"'1': expected \x1b[31mred\u202e" in listed
    assert is_printable(listed)


@pytest.mark.parametrize(
    "value", [r"def __repr__(self): return '\x1b[31mred\u202e'", "__qualname__ = __name__ = 'Made'"], ids=["a repr", ""]
)
def test_a_representation_reaches_no_terminal_as_it_is(
    capsys: pytest.CaptureFixture[str], site: Site, value: str
) -> None:
    """It is a plugin's, and may hold anything."""
    odd_plugin(site, value=value)
    assert is_printable(printed(capsys, registry_of(site, "{'A_ODD': '1'}"), "list"))


def test_the_name_of_a_type_reaches_no_terminal_as_it_is(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """It stands where a value cannot be shown, and may be any text, too."""
    made = "type(chr(27) + '[31mMade', (), {'__repr__': lambda self: 1 / 0})()"
    odd_plugin(site, parse=f"return {made}")
    listed = printed(capsys, registry_of(site, "{'A_ODD': '1'}"), "list")
    assert r"<\x1b[31mMade that cannot be shown: ZeroDivisionError>" in listed
    assert is_printable(listed)


@pytest.mark.parametrize("arguments", [["list", "--all"], ["plugins"]])
def test_the_names_that_an_excluded_plugin_declares_reach_no_terminal_as_they_are(
    capsys: pytest.CaptureFixture[str], site: Site, arguments: list[str]
) -> None:
    """They are read from its source, where nothing checked them."""
    site.add_plugin("acme", site.declaring("A_PORT", "A_\x1b[31mRED", "A_\u202eRIGHT"))
    listed = printed(capsys, registry_of(site, "{'TEST_PLUGINS': ''}"), *arguments)
    assert is_printable(listed)
    assert "acme" in listed


@pytest.mark.parametrize("environ", ["{}", "{'TEST_PLUGINS': ''}"])
@pytest.mark.parametrize("arguments", [["list"], ["list", "--all"], ["plugins"]])
def test_the_name_of_a_plugin_reaches_no_terminal_as_it_is(
    capsys: pytest.CaptureFixture[str], site: Site, arguments: list[str], environ: str
) -> None:
    """It is whatever a distribution calls it."""
    name = "ac\x1b[31mme\u202e"
    site.add(plugins={name: "acme_vllm"}, modules={"acme_vllm": site.declaring("A_PORT")})
    listed = printed(capsys, registry_of(site, environ), *arguments)
    assert r"ac\x1b[31mme\u202e" in listed
    assert is_printable(listed)


def test_what_a_plugin_raises_reaches_no_terminal_as_it_is(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Neither in the table nor below it."""
    site.add_plugin("broken", r"raise RuntimeError('\x1b[31mred\u202e')")
    option = registry_of(site)
    for command in ("list", "plugins"):
        listed = printed(capsys, option, command)
        assert r"\x1b[31mred\u202e" in listed
        assert is_printable(listed)


@pytest.mark.parametrize("arguments", [["list"], ["plugins"], ["plugins", "--json"]])
def test_the_name_of_a_distribution_reaches_no_terminal_as_it_is(
    capsys: pytest.CaptureFixture[str], site: Site, arguments: list[str]
) -> None:
    """It stands in the table, and in what is wrong with its plugin."""
    modules = {"acme_vllm": "raise ValueError", "active_vllm": site.declaring("A_PORT")}
    plugins = {"acme": "acme_vllm", "active": "active_vllm"}
    site.add("ac\x1b[31mme", version="1.2\u202e", plugins=plugins, modules=modules)
    assert run([registry_of(site), *arguments]) == 0
    captured = capsys.readouterr()
    assert is_printable(captured.out + captured.err)
    assert r"ac\x1b[31mme" in captured.out or "--json" in arguments


@pytest.mark.parametrize(
    ("parse", "render", "value", "option"),
    [
        ("return Made(text)", "pass", "def __repr__(self): raise KeyboardInterrupt", "--set"),
        ("return Made(text)", "raise KeyboardInterrupt", "pass", "--json"),
        ("return type('D', (dict,), {'items': interrupt})(a=1)", "pass", "pass", "--json"),
    ],
    ids=["while it is shown", "while it is rendered", "while it is written"],
)
def test_an_interrupt_inside_a_plugin_is_the_operators(
    site: Site, parse: str, render: str, value: str, option: str
) -> None:
    """It ends the command, and is not taken for a fault of the value."""
    odd_plugin(site, parse=parse, render=render, value=value)
    file = site.folder / "acme_vllm.py"
    file.write_text("def interrupt(self): raise KeyboardInterrupt\n" + file.read_text())
    assert run([registry_of(site, "{'A_ODD': '1'}"), "list", option]) == 130
