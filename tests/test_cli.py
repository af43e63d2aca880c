"""The command line: what it prints, for people and for programs, and how it ends."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import runpy
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from fcntl import ioctl
from typing import TYPE_CHECKING, Any, cast

import click
import pytest

from envatlas.__main__ import main
from envatlas.cli import run
from envatlas.cli.app import app
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

Run = Callable[..., str]

BIN = pathlib.Path(sys.executable).parent


@pytest.fixture(name="run_ok")
def _run_ok(capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs a command in this process, and returns its standard output."""

    def run_ok(*arguments: str) -> str:
        assert run(arguments) == 0
        return capsys.readouterr().out

    return run_ok


@pytest.fixture(name="shown")
def _shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Give a function that writes a module with a registry of the site's plugins, and returns its option."""
    monkeypatch.chdir(site.folder)

    def shown(environ: str = "{}") -> str:
        source = (
            "from envatlas.registry import Registry\n"
            f"registry = Registry('test', group='envatlas.test', filter_variable='TEST_PLUGINS', environ={environ})\n"
        )
        site.write({"shown_app": source})
        return "--registry=shown_app:registry"

    return shown


def _objects(text: str) -> dict[str, Mapping[str, Any]]:
    objects = cast("list[Mapping[str, Any]]", json.loads(text))
    return {each["name"]: each for each in objects}


def _row(text: str, name: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.startswith(name))


def _on_terminal(width: int, *arguments: str, **environ: str) -> str:
    """Run the command on a terminal of a width, and return what it wrote there."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("VLLM_", "COLUMNS", "NO_"))}
    parent, child = pty.openpty()
    ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    process = subprocess.Popen(
        [BIN / "envatlas", *arguments], stdout=child, stderr=child, env={**inherited, "TERM": "xterm", **environ}
    )
    os.close(child)
    written = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(parent)
    assert process.wait() == 0
    return written.decode().replace("\r\n", "\n")


def test_list_shows_every_variable_with_its_value_its_origin_and_its_plugin(run_ok: Run) -> None:
    """A row has a name, a value, an origin and a plugin, and there is one for each of the 94."""
    shown = run_ok("list")
    assert shown.splitlines()[0].split() == ["NAME", "VALUE", "ORIGIN", "PLUGIN"]
    assert {line.split()[0] for line in shown.splitlines()[1:95]} == {variable.name for variable in registry}
    assert _row(shown, "VLLM_RPC_TIMEOUT") == ["VLLM_RPC_TIMEOUT", "10000", "default", "engine"]


def test_list_names_the_other_name_that_a_text_was_read_from(run_ok: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The origin of a value is the name under which its text was found."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    assert _row(run_ok("list"), "VLLM_DO_NOT_TRACK") == ["VLLM_DO_NOT_TRACK", "True", "DO_NOT_TRACK", "usage_stats"]


def test_list_shows_of_a_secret_only_that_it_is_set(run_ok: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the table nor the JSON has the text."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker")
    assert _row(run_ok("list"), "VLLM_API_KEY") == ["VLLM_API_KEY", "<secret>", "environment", "serving"]
    shown = run_ok("list", "--json")
    assert "sk-marker" not in shown
    key = _objects(shown)["VLLM_API_KEY"]
    assert (key["value"], key["text"], key["set"], key["secret"]) == (None, None, True, True)


def test_list_shows_an_error_in_the_row_of_its_variable(run_ok: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that cannot be read hides no other variable."""
    monkeypatch.setenv("VLLM_PORT", "five")
    shown = run_ok("list")
    assert "'five': expected a whole number" in next(line for line in shown.splitlines() if "VLLM_PORT " in line)
    assert _row(shown, "VLLM_RPC_TIMEOUT")[1] == "10000"
    assert "! VLLM_PORT='five': expected a whole number (declared by plugin 'engine'" in shown
    assert "Nothing is wrong" not in shown


def test_list_shows_an_error_for_a_default_that_cannot_be_computed(
    run_ok: Run, site: Site, shown: Callable[[str], str]
) -> None:
    """The row says that there is no text to blame."""
    declaration = "Variable('A_PATH', Text(), default=Computed(lambda environ: environ['B'], '$B'), help='A path.')"
    site.add_plugin("acme", "from envatlas import Computed\n" + site.declaring(declaration))
    listed = run_ok(shown("{}"), "list")
    assert "the default cannot be computed" in listed
    assert "! A_PATH is unset, and its default ($B) could not be computed" in listed
    assert _objects(run_ok(shown("{}"), "list", "--json"))["A_PATH"]["default"] is None


def test_list_hides_a_secret_that_cannot_be_read(run_ok: Run, site: Site, shown: Callable[[str], str]) -> None:
    """Its row says what was expected, and not what was there."""
    declaration = "Variable('A_KEY', Integer(), default=None, help='A key.', secret=True)"
    site.add_plugin("acme", site.declaring(declaration))
    listed = run_ok(shown("{'A_KEY': 'sk-marker'}"), "list")
    assert "<secret>: expected a whole number" in listed
    assert "sk-marker" not in listed + run_ok(shown("{'A_KEY': 'sk-marker'}"), "list", "--json")


def test_list_set_shows_only_what_is_set(run_ok: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has its default is left out."""
    monkeypatch.setenv("VLLM_PORT", "5000")
    names = _objects(run_ok("list", "--set", "--json", "VLLM_*"))
    assert set(names) == {"VLLM_PORT"}


@pytest.mark.parametrize("pattern", ["DP_", "vllm_dp_*", "VLLM_DP_[MRS]*"])
def test_list_takes_a_part_of_a_name_or_a_glob(run_ok: Run, pattern: str) -> None:
    """Case is ignored."""
    assert set(_objects(run_ok("list", "--json", pattern))) == {
        "VLLM_DP_MASTER_IP",
        "VLLM_DP_MASTER_PORT",
        "VLLM_DP_RANK",
        "VLLM_DP_SIZE",
    }


def test_list_says_that_nothing_matches(run_ok: Run) -> None:
    """An empty table would look like a mistake."""
    assert "No variable matches." in run_ok("list", "no such name")
    assert json.loads(run_ok("list", "--json", "no such name")) == []


def test_list_plugin_shows_only_the_variables_of_that_plugin(run_ok: Run) -> None:
    """The registry's own are a plugin's, too."""
    assert set(_objects(run_ok("list", "--json", "--plugin", "rocm", "--plugin", "(registry)"))) == {
        "VLLM_PLUGINS",
        "VLLM_ROCM_FP8_PADDING",
        "VLLM_USE_TRITON_FLASH_ATTN",
    }


@pytest.mark.parametrize(("name", "hint"), [("cdua", "Did you mean cuda?"), ("x", "There are: (registry), build,")])
def test_list_refuses_a_plugin_that_is_not_installed(capsys: pytest.CaptureFixture[str], name: str, hint: str) -> None:
    """The message has the nearest names, or all of them."""
    assert run(["list", "--plugin", name]) == 2
    assert hint in capsys.readouterr().err


def test_list_all_shows_what_inactive_plugins_declare(run_ok: Run, site: Site, shown: Callable[[str], str]) -> None:
    """An inactive variable has no value, and shows whether its name is set."""
    site.add_plugin("acme", site.declaring("A_PORT", "A_SIZE"))
    option = shown("{'TEST_PLUGINS': '', 'A_PORT': '1'}")
    assert "A_PORT" not in run_ok(option, "list")
    listed = run_ok(option, "list", "--all")
    assert _row(listed, "A_PORT") == ["A_PORT", "(set)", "inactive", "acme"]
    assert _row(listed, "A_SIZE") == ["A_SIZE", "-", "inactive", "acme"]
    assert "1 of 1 variables, and 2 inactive; 2 set." in listed
    assert "Excluded plugins (1): acme." in listed
    port = _objects(run_ok(option, "list", "--all", "--json"))["A_PORT"]
    assert (port["active"], port["set"], port["text"], port["error"]) == (
        False,
        True,
        None,
        "TEST_PLUGINS leaves it out",
    )


def test_json_says_what_the_documentation_says_it_says(run_ok: Run) -> None:
    """The members of the objects are those of the tables in docs/operators.md."""
    text = pathlib.Path(__file__).parent.parent.joinpath("docs/operators.md").read_text(encoding="utf-8")
    tables = text.partition("## JSON")[2].split("| member | value |")[1:]
    documented = [
        {
            name.strip("` ")
            for line in each.splitlines()
            if line.startswith("| `")
            for name in line.split("|")[1].split(",")
        }
        for each in tables
    ]
    variables, plugins = (json.loads(run_ok(command, "--json")) for command in ("list", "plugins"))
    assert documented == [set(variables[0]), set(plugins[0])]


def test_json_has_a_form_for_every_value(run_ok: Run, site: Site, shown: Callable[[str], str]) -> None:
    """What JSON cannot say is the text that stands for it."""
    number = "Variable('A_LIMIT', Number(), default=float('inf'), help='The limit.')"
    size = "Variable('A_RANGE', Range(), default=range(2), help='The range.')"
    kind = """
from envatlas import Number, Computed
class Range:
    name = expected = "range"
    empty_is_unset = False
    def parse(self, text): return range(int(text))
    def render(self, value): return str(len(value))
    def schema(self): return {}
"""
    site.add_plugin("acme", kind + site.declaring(number, size))
    objects = _objects(run_ok(shown("{'A_RANGE': '3'}"), "list", "--json"))
    assert (objects["A_LIMIT"]["value"], objects["A_RANGE"]["value"], objects["A_RANGE"]["default"]) == (
        "inf",
        "3",
        "2",
    )


def test_a_computed_default_is_in_the_json_as_a_value_and_in_words(
    run_ok: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default is what the variable would be if it were unset."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    monkeypatch.setenv("VLLM_CACHE_ROOT", "/elsewhere")
    root = _objects(run_ok("list", "--json"))["VLLM_CACHE_ROOT"]
    assert (root["value"], root["default"]) == ("/elsewhere", "/var/cache/vllm")
    assert root["default_text"] == "~/.cache/vllm, or $XDG_CACHE_HOME/vllm"


def test_a_very_long_value_is_cut_in_the_table_and_whole_in_the_json(
    run_ok: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cut says how long the value is."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "x" * 5000)
    assert "x... (5002 characters)" in run_ok("list")
    assert _objects(run_ok("list", "--json"))["LD_LIBRARY_PATH"]["value"] == "x" * 5000


def test_control_characters_and_undecodable_bytes_reach_no_terminal(
    run_ok: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An escape sequence, a right-to-left mark and a lone surrogate are shown as Python writes them."""
    monkeypatch.setenv("VLLM_LOGGING_PREFIX", "\x1b[31m\u202e\udcff")
    shown = run_ok("list", "LOGGING_PREFIX")
    assert r"'\x1b[31m\u202e\udcff'" in shown
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    monkeypatch.setenv("VLLM_PORT", "\x1b[31m")
    assert "\x1b" not in run_ok("list", "VLLM_PORT")


def test_plugins_shows_every_plugin_and_what_became_of_it(run_ok: Run, site: Site, shown: Callable[[str], str]) -> None:
    """Active, excluded, failed, duplicate and incompatible plugins each have their row, and their reason."""
    site.add_plugin("active", site.declaring("A_PORT"))
    site.add_plugin("broken", "import no_such_module_at_all")
    site.add_plugin("excluded", site.declaring("B_PORT"))
    site.add_plugin("newer", "ENVATLAS_API = 2")
    site.add("zz-copy", plugins={"active": "zz_copy"}, modules={"zz_copy": ""})
    option = shown("{'TEST_PLUGINS': 'active,broken,newer,nobody'}")
    listed = run_ok(option, "plugins")
    assert _row(listed, "active")[1:5] == ["active", "active-vllm", "1.2", "1"]
    assert "importing broken_vllm raised ModuleNotFoundError" in " ".join(_row(listed, "broken"))
    assert "! TEST_PLUGINS names 'nobody', and no installed plugin is called that" in listed
    assert "Nothing is wrong" not in listed
    objects = json.loads(run_ok(option, "plugins", "--json"))
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


def test_plugins_says_that_nothing_is_wrong(run_ok: Run) -> None:
    """With the bundled plugins alone, nothing is."""
    assert run_ok("plugins").endswith("\n\nNothing is wrong.\n")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("nothing", "'nothing' is not of the form module:attribute"),
        ("no_such_module:registry", "cannot be imported: ModuleNotFoundError"),
        ("envatlas.vllm:nothing", "cannot be imported: AttributeError"),
        ("envatlas.vllm:envs", "is of type Environment, and not a Registry"),
    ],
)
def test_a_registry_that_cannot_be_had_is_refused(capsys: pytest.CaptureFixture[str], option: str, said: str) -> None:
    """The message says what is wrong with the option."""
    assert run(["--registry", option, "list"]) == 2
    assert said in capsys.readouterr().err


def test_a_registry_can_be_chosen_before_and_behind_the_command(
    run_ok: Run, site: Site, shown: Callable[[str], str]
) -> None:
    """The option belongs to the group and to each command."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = shown("{}")
    assert run_ok(option, "list", "--json") == run_ok("list", option, "--json")
    assert "A_PORT" in run_ok("list", option)


def test_what_envatlas_refuses_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that runs into an error of envatlas's own ends in no traceback."""
    command = click.Command("fails", callback=lambda: registry["VLLM_PROT"])
    monkeypatch.setitem(app.commands, "fails", command)
    assert run(["fails"]) == 2
    assert capsys.readouterr().err == f"Error: {registry.unknown('VLLM_PROT')}\n"


def test_help_and_version_are_there(run_ok: Run) -> None:
    """Both print, and end well."""
    assert "Commands:" in run_ok("--help")
    assert "PATTERN" in run_ok("list", "-h")
    assert run_ok("--version") == "envatlas, version 0.1.0\n"


def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with status 130, and no traceback."""
    import envatlas.cli.plugins

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(envatlas.cli.plugins, "show_json", interrupt)
    assert run(["plugins", "--json"]) == 130
    assert capsys.readouterr().err.strip() == ""


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["plugins"]])
def test_a_closed_pipe_is_quiet(arguments: list[str]) -> None:
    """Where nobody reads any more, a command ends without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run([BIN / "envatlas", *arguments], stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_pipe_that_closes_while_output_waits_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last flush finds the pipe closed, and what is left goes nowhere."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as closing:
        monkeypatch.setattr(sys, "stdout", closing)
        os.close(reading)
        assert run(["plugins", "--json"]) == 1
        closing.write("more")


def test_a_stream_that_cannot_be_reconfigured_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may have put anything in the place of standard output."""

    class Stream:
        def __init__(self) -> None:
            self.written = ""

        def write(self, text: str) -> None:
            self.written += text

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return False

    stream = Stream()
    monkeypatch.setattr(sys, "stdout", stream)
    assert run(["--version"]) == 0
    assert stream.written == "envatlas, version 0.1.0\n"


def test_a_wide_terminal_shows_the_whole_table() -> None:
    """At 120 columns each variable is one row with its plugin, and one that is set stands out."""
    shown = _on_terminal(120, "list", "rpc", VLLM_RPC_TIMEOUT="1")
    assert "PLUGIN" in shown
    assert "\x1b[1;32mVLLM_RPC_TIMEOUT" in shown


def test_a_narrow_terminal_names_each_plugin_once_and_breaks_no_name() -> None:
    """At 80 columns the variables stand below their plugins; no line is wider than the terminal."""
    shown = _on_terminal(80, "list", NO_COLOR="1")
    lines = shown.splitlines()
    assert all(len(line.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[1;4m", "")) <= 80 for line in lines)
    assert sum(variable.name in shown for variable in registry) == len(registry)
    assert sum("usage_stats" in line for line in lines) == 2


def test_a_narrow_terminal_shows_plugins_without_the_column_of_reasons() -> None:
    """The reason that all excluded plugins share is said once."""
    shown = _on_terminal(80, "plugins", VLLM_PLUGINS="cuda,cdua")
    assert "REASON" not in shown
    assert shown.count("leaves it out") == 1
    assert "did you mean cuda?" in " ".join(shown.split())


def test_no_color_is_honoured() -> None:
    """No colour is written where NO_COLOR is set."""
    assert "\x1b[32m" in _on_terminal(120, "plugins")
    assert "\x1b[32m" not in _on_terminal(120, "plugins", NO_COLOR="1")


def test_the_module_is_the_same_as_the_command() -> None:
    """``python -m envatlas`` prints what ``envatlas`` prints."""
    module = subprocess.run([sys.executable, "-m", "envatlas", "plugins"], capture_output=True, check=True)
    command = subprocess.run([BIN / "envatlas", "plugins"], capture_output=True, check=True)
    assert module.stdout == command.stdout


def test_running_the_module_ends_with_the_status_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The status is the process's."""
    monkeypatch.setattr(sys, "argv", ["envatlas", "--version"])
    monkeypatch.delitem(sys.modules, "envatlas.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("envatlas", run_name="__main__")
    assert ended.value.code == 0


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_its_extra_the_command_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library that is not there is named, and so is the extra that brings it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == missing or "envatlas.cli" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert main() == 1
    said = capsys.readouterr().err
    assert f"needs {missing}" in said
    assert "pip install 'envatlas[cli]'" in said


def test_another_missing_module_is_not_blamed_on_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of envatlas itself is shown as what it is."""
    monkeypatch.delitem(sys.modules, "envatlas.cli")
    monkeypatch.delitem(sys.modules, "envatlas.cli.app")
    monkeypatch.setitem(sys.modules, "envatlas.cli.app", None)
    with pytest.raises(ModuleNotFoundError):
        main()


def test_a_failed_plugin_whose_row_says_why_is_not_reported_twice(
    run_ok: Run, site: Site, shown: Callable[[str], str]
) -> None:
    """Below a table with the column of reasons stands only what is not in it."""
    site.add_plugin("broken", "import no_such_module_at_all")
    listed = run_ok(shown("{}"), "plugins")
    assert listed.count("ModuleNotFoundError") == 1
    assert "!" not in listed
