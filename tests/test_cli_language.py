"""The command line in Chinese: which language it speaks, what it says, and what stays as it is."""

from __future__ import annotations

import json
import pathlib
import re
from typing import TYPE_CHECKING, Final

import click
import pytest
from rich.cells import cell_len

from envatlas import ToldHost
from envatlas.checks import check
from envatlas.cli import run
from envatlas.cli.app import app
from envatlas.cli.check import FindingWords, show_findings
from envatlas.cli.commands import OWN
from envatlas.cli.environments import complete_environments
from envatlas.cli.help import wrap
from envatlas.cli.names import complete_plugins, complete_variables
from envatlas.environs import Place
from envatlas.files import read_manifests
from envatlas.findings import Finding, Severity
from envatlas.languages import Words
from envatlas.messages import Message, message_of
from envatlas.vllm import registry
from tests.test_cli import in_process_of_its_own, is_printable, printed, registry_of, row
from tests.test_cli_terminal import on_terminal, plain
from tests.test_languages import package, write_catalogue

if TYPE_CHECKING:
    from tests.conftest import Site


def test_list_is_in_the_language_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Headings, origins and the summary are; names, values and plugins are what they are."""
    shown = printed(capsys, "list", "--language", "zh", "VLLM_RPC_TIMEOUT")
    assert shown.splitlines()[0].split() == ["名称", "值", "来源", "插件"]
    assert row(shown, "VLLM_RPC_TIMEOUT") == ["VLLM_RPC_TIMEOUT", "10000", "默认值", "engine"]
    assert "共 94 个变量，列出 1 个；已设置 0 个。" in shown
    assert shown.endswith("没有发现问题。\n")


def test_the_locale_chooses_the_language(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an option; and with one, it does not count."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "没有匹配的变量。" in printed(capsys, "list", "no such name")
    assert "No variable matches." in printed(capsys, "list", "--language", "en", "no such name")


def test_the_commands_option_counts_more_than_the_groups(capsys: pytest.CaptureFixture[str]) -> None:
    """As it does for the registry."""
    assert "没有匹配的变量。" in printed(capsys, "--language", "zh", "list", "no such name")
    assert "No variable matches." in printed(capsys, "--language", "zh", "list", "--language", "en", "no such name")


def test_a_language_without_words_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """English in its place would look like a fault; where nothing is said in it, it is one as well."""
    for command in (["list"], ["check", "--json"], ["explain", "--json", "VLLM_PORT"], ["plugins", "--json"]):
        assert run([*command, "--language", "cn"]) == 2
        assert "there are no words in 'cn'; there are: en, zh_CN." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("check --json --sarif", "--json and --sarif exclude each other"),
        ("docs --format nope", "'nope' is not one of"),
        ("explain", "Missing argument 'NAME...'"),
        ("list --registry nope:x", "'nope:x' cannot be imported"),
        ("export --format env", "'env' is not one of"),
        ("adopt text", "'text' does not exist"),
        ("nope", "No such command 'nope'"),
    ],
)
def test_a_language_without_words_hides_no_other_fault(
    capsys: pytest.CaptureFixture[str], command: str, said: str
) -> None:
    """Usage and errors are English in any language, so none has to be found for them."""
    name, *rest = command.split()
    for arguments in (["--language", "cn", name, *rest], [name, "--language", "cn", *rest]):
        assert run(arguments) == 2
        shown = capsys.readouterr().err
        assert shown.startswith("Usage: envatlas")
        assert said in shown


def test_the_help_in_a_language_without_words_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """As everything else that would be said in it."""
    assert run(["list", "--language", "cn", "--help"]) == 2
    assert "there are no words in 'cn'; there are: en, zh_CN." in capsys.readouterr().err


def test_in_chinese_a_text_that_cannot_be_read_says_what_was_expected(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error itself, which is for logs and searches as well, stays English."""
    monkeypatch.setenv("VLLM_PORT", "five")
    shown = printed(capsys, "list", "--language", "zh", "VLLM_PORT")
    assert "'five'：应为整数" in shown
    assert "! VLLM_PORT='five': expected a whole number" in shown


def test_in_chinese_a_default_that_cannot_be_computed_is_named(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """There is no text to blame."""
    declaration = "Variable('A_PATH', Text(), default=Computed(lambda environ: environ['B'], '$B'), help='A path.')"
    site.add_plugin("acme", "from envatlas import Computed\n" + site.declaring(declaration))
    assert "无法计算默认值" in printed(capsys, registry_of(site), "list", "--language", "zh")


def test_in_chinese_inactive_variables_are_named_as_such(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """In their rows, in the summary, and below it."""
    computed = "Variable('A_' + 'SIZE', Integer(), default=None, help='The size.')"
    site.add_plugin("acme", site.declaring("A_PORT", computed))
    option = registry_of(site, "{'TEST_PLUGINS': '', 'A_PORT': '1'}")
    shown = printed(capsys, option, "list", "--all", "--language", "zh")
    assert row(shown, "A_PORT") == ["A_PORT", "（已设置）", "未启用", "acme"]
    assert "另有 1 个未启用；已设置 2 个。" in shown
    assert "被排除的插件（1）：acme。" in shown
    assert "其中，无法从源代码得知全部变量的有：acme。" in shown
    assert "! A_PORT 已设置，但声明它的插件 'acme' 未启用" in shown


def test_plugins_is_in_the_language_that_is_asked_for(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Headings, states, and why the selection leaves a plugin out."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("other", site.declaring("B_PORT"))
    shown = printed(capsys, registry_of(site, "{'TEST_PLUGINS': 'acme'}"), "plugins", "--language", "zh")
    assert shown.splitlines()[0].split() == ["名称", "状态", "发行包", "版本", "变量数", "原因"]
    assert row(shown, "acme")[1] == "已启用"
    assert row(shown, "other")[-2:] == ["TEST_PLUGINS", "未选择它"]
    assert shown.endswith("没有发现问题。\n")


def test_where_no_plugin_is_installed_it_says_so_in_chinese(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The group is named."""
    shown = printed(capsys, registry_of(site), "plugins", "--language", "zh")
    assert "! 没有安装在入口点组 envatlas.test 中提供入口点的插件" in shown


def test_explain_is_in_the_language_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The help and what the declaration says are from the plugin's catalogue, and the rest from envatlas's."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    shown = printed(capsys, "explain", "--language", "zh", "VLLM_DO_NOT_TRACK", "VLLM_CACHE_ROOT", "VLLM_DP_SIZE")
    lines = [line.strip() for line in shown.splitlines()]
    assert "文本恰好为 1 时不收集使用统计；它为空或未设置时，以 DO_NOT_TRACK 为准。" in lines
    assert "文本    '1'，读取自 DO_NOT_TRACK" in lines
    assert "类型    one-flag：任意文本；1 为真" in lines
    assert any(line.endswith("：~/.cache/vllm，或者 $XDG_CACHE_HOME/vllm") for line in lines)
    assert "要求    不小于 1" in lines
    assert "单位    个 rank" in lines
    assert "作用域  集群：所有节点上的所有进程必须使用相同的值" in lines


def test_explain_says_in_chinese_what_cannot_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And keeps the error, which is for logs and searches as well."""
    monkeypatch.setenv("VLLM_PORT", "five")
    shown = printed(capsys, "explain", "--language", "zh", "VLLM_PORT")
    assert shown.startswith("VLLM_PORT 无法读取\n")
    assert "  错误    VLLM_PORT='five': expected a whole number" in shown


def test_explain_says_in_chinese_what_is_not_active(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The plugin's catalogue is found without importing the plugin."""
    package(site, "raise RuntimeError\n" + site.declaring("A_PORT"))
    write_catalogue(site, {"The number.": "数。"})
    shown = printed(capsys, registry_of(site, "{'TEST_PLUGINS': ''}"), "explain", "--language", "zh", "A_PORT")
    assert shown.startswith("A_PORT 未启用\n  数。\n  文本    未设置\n")
    assert "  原因    TEST_PLUGINS 未选择它\n" in shown


def test_on_a_narrow_terminal_an_explanation_in_chinese_is_wrapped() -> None:
    """A line is filled as far as it goes, and none is wider than the terminal."""
    shown = plain(on_terminal(60, "explain", "--language", "zh", "VLLM_PORT", NO_COLOR="1"))
    lines = shown.splitlines()
    assert all(cell_len(line) <= 60 for line in lines)
    assert cell_len(lines[1].rstrip()) > 54


def test_check_is_in_the_language_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands around the findings, and how many there are."""
    monkeypatch.setenv("VLLM_PORT", "five")
    assert run(["check", "--language", "zh", "--severity", "error"]) == 2
    shown = capsys.readouterr().out
    assert shown.startswith("错误     VLLM_PORT='five'")
    assert "\n  原因   " in shown
    assert "\n  解决   unset VLLM_PORT\n" in shown
    assert re.search(r"\n1 个环境中：1 个错误、\d+ 个警告、\d+ 个提示；另有 \d+ 项未显示\n$", shown)


def test_what_check_finds_is_said_in_chinese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what a kind reads and what the documentation allows, from envatlas's catalogue or the plugin's."""
    monkeypatch.setenv("VLLM_PORT", '"five"')
    monkeypatch.setenv("VLLM_DP_SIZE", "0")
    monkeypatch.setenv("VLLM_TORCH_PROFILER_DIR", "traces")
    monkeypatch.setenv("VLLM_DP_RNK", "1")
    run(["check", "--language", "zh"])
    shown = capsys.readouterr().out
    assert "VLLM_PORT='\"five\"' 无法读取：应为整数；它的前后有引号 [invalid-value]" in shown
    assert "VLLM_DP_SIZE='0' 不符合文档的要求：不小于 1 [unexpected-value]" in shown
    assert "VLLM_TORCH_PROFILER_DIR='traces' 不符合文档的要求：绝对路径 [unexpected-value]" in shown
    assert "没有任何插件声明 VLLM_DP_RNK；您是否想写 VLLM_DP_RANK？ [unknown-variable]" in shown


_CODE: Final = re.compile(r"""'[^']*'|"[^"]*"|# .*""")
_ENGLISH: Final = re.compile(r"(?<![\w.$/=:-])[a-z]{2,}(?![\w.(/=:-])")
_OF_FILES: Final = {"env", "false", "rank", "spec", "true", "vllm"}
"""What stands in the files as it is, and is no English in a sentence."""
_MANIFESTS: Final = pathlib.Path(__file__).parent / "data" / "manifests"


@pytest.mark.parametrize(
    "names",
    [
        *(path.name for path in sorted(_MANIFESTS.glob("*.yaml")) if not path.name.startswith("prefill")),
        "prefill-decode.yaml",
        "prefill-decode.yaml prefill-decode-config.yaml",
        "compose/compose.yaml",
        "compose/common.yaml",
    ],
)
def test_whatever_is_found_in_a_manifest_is_said_in_chinese(names: str) -> None:
    """What was found, why it matters, what to do, where it is, and why a text is not known; not a word in English."""
    words = Words("zh_CN")
    for environ in read_manifests([str(_MANIFESTS / name) for name in names.split()]):
        checked = registry.with_environ(environ)
        say = FindingWords.of([checked], words)
        said = [words(message_of(each.why)) for each in (*environ.untold.values(), *environ.open_ended)]
        for finding in check(checked, host=ToldHost()):
            said += [say.headline(finding), say.say(finding, finding.why), say.say(finding, finding.remedy)]
            said.append(
                words(finding.place.message).replace(finding.place.container, "").replace(finding.place.file, "")
            )
        found = {word for text in said for word in _ENGLISH.findall(_CODE.sub("", text))}
        assert found <= _OF_FILES


def test_what_is_wrong_with_what_is_installed_is_said_in_chinese(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """By all commands that say it; who is at fault as well, and what the plugin did."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("broken", "raise RuntimeError('no')")
    site.add_plugin("other", site.declaring(site.declare("A_PORT", default=1)))
    option = registry_of(site, "{'TEST_PLUGINS': 'acme,broken,other,acne'}")
    problems = (
        "插件 'broken'（broken-vllm 1.2）未启用：导入 broken_vllm 时引发了 RuntimeError: no",
        "A_PORT 有两处声明：保留插件 'acme'（acme-vllm 1.2）的声明，拒绝插件 'other'（other-vllm 1.2）的声明",
        "TEST_PLUGINS 指定了 'acne'，但没有已安装的插件使用该名称；您是否想写 acme？",
    )
    run([option, "check", "--language", "zh"])
    checked = capsys.readouterr().out
    assert all(each in checked for each in problems)
    listed = printed(capsys, option, "list", "--language", "zh")
    assert all(f"! {each}\n" in listed for each in problems)
    assert f"! {problems[-1]}\n" in printed(capsys, option, "plugins", "--language", "zh")


def test_the_document_of_a_place_is_counted_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    """Above a listing and beside a text; the container is called as it is on the command line."""
    path = _MANIFESTS / "raycluster.yaml"
    shown = printed(capsys, "explain", "VLLM_PORT", "--language", "zh", "--manifest", str(path))
    assert f"{path}:13，RayCluster vllm-ray, headGroupSpec, container vllm-ray-head\n" in shown
    path = _MANIFESTS / "production-stack.yaml"
    shown = printed(capsys, "list", "--set", "--language", "zh", "--manifest", str(path))
    assert f"{path}:78，第 6 个文档，Deployment vllm-deployment-router, container router-container\n" in shown


def test_a_file_that_is_called_like_a_word_keeps_its_name(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above a listing, and wherever else a place is said."""
    monkeypatch.chdir(tmp_path)
    pathlib.Path("text").write_text("VLLM_PORT=5000\n")
    assert printed(capsys, "list", "--set", "--language", "zh", "--env-file", "text").startswith("text\n")
    assert Words("zh_CN")(Place("text").message) == "text"


def test_diff_says_in_chinese_what_is_wrong_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """Where it is, what it is, and what to do."""
    file = tmp_path / "pod.yaml"
    container = "{name: a, env: [{name: A, value: '1'}], env: [{name: A, value: '2'}]}"
    file.write_text(f"{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{container}]}}}}\n")
    run(["diff", "--language", "zh", str(file), str(file)])
    said = f"! {file}:1：同一个映射中第二次出现键 'env'，只有后者有效；只保留其中一个\n"
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("command", ["docs", "schema"])
def test_what_is_wrong_is_said_in_chinese_beside_a_document(
    capsys: pytest.CaptureFixture[str], site: Site, command: str
) -> None:
    """The document is on standard output, and the warnings are not."""
    site.add_plugin("broken", "raise RuntimeError('no')")
    assert run([registry_of(site), "--language", "zh", command]) == 0
    assert "! 插件 'broken'（broken-vllm 1.2）未启用：" in capsys.readouterr().err


def test_a_plugins_catalogue_says_why_a_variable_is_deprecated_or_gone(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """With its full stop in the catalogue, and in a finding without."""
    gone = "\n@hookimpl\ndef envatlas_removed():\n    return [Removed('A_V0', '2', 'V0 is gone.', remedy='Set B.')]\n"
    late = "Variable('A_PORT', Integer(), default=None, help='P.', deprecated=Deprecated('1', 'It is late.'))"
    package(site, "from envatlas import Deprecated, Removed\n" + site.declaring(late) + gone)
    write_catalogue(site, {"It is late.": "已经晚了。", "V0 is gone.": "V0 已移除。", "Set B.": "请设置 B。"})
    run([registry_of(site, "{'A_PORT': '1', 'A_V0': '1'}"), "check", "--language", "zh"])
    shown = capsys.readouterr().out
    assert all(f"{each}\n" in shown for each in ("已经晚了", "V0 已移除", "请设置 B"))


def test_stubs_says_in_chinese_what_it_wrote(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """And that there was nothing to write."""
    folder = tmp_path / "typings"
    paths = f"{folder}/envatlas/__init__.pyi, {folder}/envatlas/vllm.pyi"
    arguments = ("stubs", "--language", "zh", "--output", str(folder))
    assert printed(capsys, *arguments) == f"已写入 {paths}。\n"
    assert printed(capsys, *arguments) == f"与已启用的插件一致：{paths}。\n"


def test_fingerprint_explains_itself_in_chinese(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """Its headings, what does not count, and that nothing changed."""
    shown = printed(capsys, "fingerprint", "--explain", "--language", "zh")
    assert ["名称", "值", "插件"] in [line.split() for line in shown.splitlines()]
    assert "CUDA_HOME" not in shown or "CUDA_HOME 不计入：它是路径\n" in shown
    earlier = tmp_path / "before.json"
    earlier.write_text(printed(capsys, "fingerprint", "--json"))
    assert printed(capsys, "fingerprint", "--against", str(earlier), "--language", "zh").endswith("\n没有变化。\n")


def test_a_shell_completes_in_the_language_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands beside commands, variables, plugins and environments."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    context = click.Context(app)
    commands = {item.value: item.help for item in app.shell_complete(context, "")}
    assert commands["list"] == "列出变量及其值。"
    argument = click.Argument(["name"])
    (variable,) = complete_variables(context, argument, "VLLM_ROCM_FP8")
    assert variable.help == "将 FP8 权重填充到 256 字节；未设置时填充。"
    assert [str(each.help).rpartition(", ")[2] for each in complete_plugins(click.Context(app), argument, "rocm")] == [
        "已启用"
    ]
    assert [each.help for each in complete_environments(context, argument, "li")] == ["本进程的环境"]


def test_a_shell_completes_what_is_not_active_in_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin's catalogue is found without the plugin."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("VLLM_PLUGINS", "cuda")
    context = click.Context(app, obj=registry.with_environ({"VLLM_PLUGINS": "cuda"}))
    (variable,) = complete_variables(context, click.Argument(["name"]), "VLLM_ROCM_FP8")
    assert variable.help == "将 FP8 权重填充到 256 字节；未设置时填充。"


def test_a_language_that_only_a_plugin_has_can_be_asked_for(
    capsys: pytest.CaptureFixture[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option, wherever the registry is named, and by the locale; what no catalogue has is English."""
    package(site, site.declaring("A_PORT"))
    write_catalogue(site, {"The number.": "Die Zahl."}, language="de")
    option = registry_of(site)
    for arguments in (
        ["explain", "--language", "de", "A_PORT", option],
        [option, "--language=de_AT", "explain", "A_PORT"],
    ):
        assert printed(capsys, *arguments).startswith("A_PORT = None\n  Die Zahl.\n")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert "\n  Die Zahl.\n" in printed(capsys, option, "explain", "A_PORT")
    assert run([option, "list", "--language", "fr"]) == 2
    assert "there are no words in 'fr'; there are: de, en, zh_CN." in capsys.readouterr().err
    page = printed(capsys, option, "docs", "--format", "html")
    assert all(name in page for name in (">de</option>", ">English</option>", ">简体中文</option>"))


def test_a_plugins_languages_count_only_where_envatlas_has_not_the_one(
    capsys: pytest.CaptureFixture[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several that are wanted, the first that envatlas has is taken: nothing of a plugin is looked at."""
    package(site, site.declaring("A_PORT"))
    write_catalogue(site, {"The number.": "Die Zahl."}, language="de")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de:zh")
    assert printed(capsys, registry_of(site), "explain", "A_PORT").startswith("A_PORT = None\n  The number.\n  文本 ")


def test_a_finding_of_a_plugin_is_said_with_its_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    """A message in it is translated; a text that nobody translates has the variable's name before it."""
    message = Message("{variable} is out", variable="VLLM_PORT")
    remedy = Message("set {variable}", variable="VLLM_PORT")
    made = Finding("a", Severity.NOTE, "VLLM_PORT", message, "The port.", remedy)
    show_findings([made], [made], 1, FindingWords(_Told("zh_CN"), {"VLLM_PORT": "acme_vllm"}))
    assert capsys.readouterr().out.splitlines()[:3] == [
        "提示     VLLM_PORT：没有名称 [a]",
        "  原因   端口。",
        "  解决   设置 VLLM_PORT",
    ]


class _Told(Words):
    """Chinese words of a plugin that a test tells."""

    def of_plugin(self, module: str, text: str, /) -> str:
        assert module == "acme_vllm"
        template = text.template if isinstance(text, Message) else text
        return {
            "{variable} is out": "没有名称",
            "The port.": "端口。",
            "set {variable}": "设置 VLLM_PORT",
        }[template]


def test_a_check_of_a_plugin_is_in_the_language_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is to be typed is as it was."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,0")
    run(["check", "--language", "zh"])
    assert capsys.readouterr().out.splitlines()[:3] == [
        "错误     CUDA_VISIBLE_DEVICES：'0' 出现了不止一次 [cuda-devices-repeated]",
        "  原因   重复出现的条目会隐藏全部 GPU",
        "  解决   export CUDA_VISIBLE_DEVICES=0",
    ]


def test_the_json_is_the_same_in_all_languages(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs read it."""
    for command in ("list", "plugins"):
        english = printed(capsys, command, "--json")
        assert printed(capsys, command, "--json", "--language", "zh") == english
        assert json.loads(english)


def test_on_a_narrow_terminal_chinese_is_twice_as_wide() -> None:
    """No line is wider than the terminal, and the columns stand below each other."""
    shown = plain(on_terminal(80, "list", "--language", "zh", NO_COLOR="1"))
    lines = shown.splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    columns = {cell_len(line.partition("默认值")[0]) for line in lines if " 默认值" in line}
    assert len(columns) == 1


def test_the_help_is_in_the_language_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The list of commands, and each command's own; the usage is a synopsis, and the same everywhere."""
    shown = printed(capsys, "--language", "zh", "--help")
    assert shown.startswith("Usage: envatlas [OPTIONS]")
    assert "\n命令:\n" in shown
    assert "列出变量及其值。" in shown
    shown = printed(capsys, "list", "--language", "zh", "--help")
    assert "  只列出已设置的变量。\n" in shown
    assert "列出变量：名称、值、值的来源，以及声明它的插件。" in shown
    assert "显示本帮助，然后结束。" in shown


@pytest.mark.parametrize("command", ["", *OWN])
def test_the_help_in_chinese_is_no_wider_than_the_terminal(command: str) -> None:
    """And says nothing in English but its synopsis."""
    shown = on_terminal(80, "--language", "zh", *command.split(), "--help")
    synopsis, *rest = shown.splitlines()
    assert synopsis.startswith("Usage: ")
    assert all(cell_len(line) <= 80 for line in rest)
    assert "the " not in "".join(rest)


def test_the_help_of_an_option_says_its_default_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    """Behind its own help, where click says it in English."""
    assert "要写出的格式。 [默认值：dotenv]" in " ".join(
        printed(capsys, "--language", "zh", "export", "--help").split()
    )


def test_what_keeps_its_lines_keeps_them_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    """A list of names has each on a line of its own."""
    shown = printed(capsys, "--language", "zh", "diff", "--help")
    assert "\n  A 和 B 各为以下之一\n  live                   本进程的环境\n" in shown


def test_lines_are_as_wide_as_they_may_be() -> None:
    """A wide letter may stand on a line of its own, but closing punctuation stays behind it."""
    assert [*wrap("", 10)] == [""]
    assert [*wrap("变量，值", 4)] == ["变", "量，", "值"]
    assert [*wrap("a very-long-word", 4)] == ["a", "very-long-word"]


def test_a_hostile_catalogue_changes_nothing_but_its_own_text(
    capsys: pytest.CaptureFixture[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Markup is text, control characters are escaped, and places that are not there are not filled."""
    kind = "class Own(Integer):\n    name = 'own'\n    expected = 'a port'\n"
    declared = site.declaring("Variable('A_PORT', Own(), default=None, help='The port.')")
    package(site, declared.replace("@hookimpl", kind + "\n@hookimpl"))
    write_catalogue(site, {"a port": "[bold]端口[/]\x1b[31m\u202e{text}", "NAME": "X", "Nothing is wrong.": "X"})
    option = registry_of(site, "{'A_PORT': 'five'}")
    shown = printed(capsys, option, "list", "--language", "zh")
    assert r"'five'：应为[bold]端口[/]\x1b[31m\u202e{text}" in shown
    assert shown.splitlines()[0].split() == ["名称", "值", "来源", "插件"]
    assert is_printable(shown)


def test_a_damaged_catalogue_breaks_no_command(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """What it would have translated is English."""
    package(site, site.declaring("A_PORT"))
    write_catalogue(site, {}).write_bytes(b"\xde\x12\x04\x95")
    shown = printed(capsys, registry_of(site, "{'A_PORT': 'five'}"), "list", "--language", "zh")
    assert "'five'：应为整数" in shown


def test_a_process_follows_its_locale() -> None:
    """From the environment to the terminal."""
    done = in_process_of_its_own("list", "VLLM_PORT", LANG="zh_CN.UTF-8")
    assert "没有发现问题。" in done.stdout
    assert done.stderr == ""
    assert "Nothing is wrong." in in_process_of_its_own("list", LANG="zh_CN.UTF-8", LC_ALL="C").stdout
