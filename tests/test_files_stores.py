"""ConfigMaps and Secrets: what containers get of them, by Kubernetes' rules."""

from __future__ import annotations

import base64
import pathlib
import textwrap
from typing import Final

import pytest

from envatlas.environs import UnreadableFileError, Via
from envatlas.files import read_manifests
from tests.pods import POD, found, read, variables, write

CONFIG: Final = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  A: "1"
  B: two
  NUMBER: 8000
  FLAG: yes
  NOTHING:
  LIST: [1]
  1st: x
  a.b-c: dots
"""

SECRET: Final = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: hidden}}
data:
  TOKEN: {base64.b64encode(b"hush").decode()}
  BOTH: {base64.b64encode(b"data").decode()}
  BROKEN: "%%%"
  BYTES: {base64.b64encode(bytes([255])).decode()}
  NUMBER: 12345678
  UMLAUT: "ü"
stringData:
  BOTH: stringData
  PLAIN: text
"""


def test_all_of_a_config_map_is_set(tmp_path: pathlib.Path) -> None:
    """With a prefix, where there is one; what is no text there is a defect, and what cannot be a name is skipped."""
    environ = read(tmp_path, "envFrom:\n- configMapRef: {name: settings}", CONFIG)
    assert dict(environ.texts) == {"A": "1", "B": "two", "NOTHING": "", "a.b-c": "dots"}
    assert {*environ.untold} == {"NUMBER", "FLAG", "LIST"}
    assert [(defect.name, defect.what.split(" where")[0]) for defect in environ.defects] == [
        ("NUMBER", "a number stands"),
        ("FLAG", "a boolean stands"),
        ("LIST", "more than a text stands"),
        ("", "ConfigMap settings has the key '1st', which is skipped: it cannot be a variable's name"),
    ]
    place = environ.place_of("B")
    assert (place.line, place.document, place.via) == (15, 2, Via.CONFIG_MAP)
    assert place.container == "Pod vllm, container engine"


@pytest.mark.parametrize(
    ("prefix", "names"), [("MY_", ["MY_A", "MY_1st"]), ("1", []), (".", [".A", ".1st"]), ("'..'", [])]
)
def test_a_prefix_makes_the_names(tmp_path: pathlib.Path, prefix: str, names: list[str]) -> None:
    """Whether they can be names is seen with it."""
    settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {A: "1", 1st: x}\n'
    environ = read(tmp_path, f"envFrom:\n- prefix: {prefix}\n  configMapRef: {{name: settings}}", settings)
    assert [*environ] == names


def test_env_counts_before_env_from_and_later_before_earlier(tmp_path: pathlib.Path) -> None:
    """Wherever they stand."""
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {B: other, C: other}\n"
    container = """
    env:
    - {name: C, value: "$(B)"}
    envFrom:
    - configMapRef: {name: settings}
    - configMapRef: {name: other}
    """
    environ = read(tmp_path, container, f"{CONFIG}---\n{other}")
    assert [environ[name] for name in "ABC"] == ["1", "other", "other"]


def test_what_replaces_an_unknown_text_is_known(tmp_path: pathlib.Path) -> None:
    """And the other way round."""
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {NUMBER: x, B: 1}\n"
    container = "envFrom:\n- configMapRef: {name: settings}\n- configMapRef: {name: other}"
    environ = read(tmp_path, container, f"{CONFIG}---\n{other}")
    assert environ["NUMBER"] == "x"
    assert "B" in environ.untold
    assert "B" not in environ.texts


def test_the_texts_of_a_secret_are_decoded(tmp_path: pathlib.Path) -> None:
    """What is in stringData counts before what is in data."""
    environ = read(tmp_path, "envFrom:\n- secretRef: {name: hidden}", SECRET)
    assert dict(environ.texts) == {"TOKEN": "hush", "BOTH": "stringData", "PLAIN": "text"}
    assert environ.place_of("TOKEN").via is Via.SECRET
    assert [(defect.name, defect.what.split(",")[0]) for defect in environ.defects] == [
        ("BROKEN", "it is not base64"),
        ("BYTES", "its text is not UTF-8"),
        ("NUMBER", "a number stands where text must"),
        ("UMLAUT", "it is not base64"),
    ]


def test_base64_may_be_folded(tmp_path: pathlib.Path) -> None:
    """As the tool of that name does."""
    encoded = base64.encodebytes(b"x" * 100).decode()
    secret = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: hidden}}\ndata:\n  A: |\n{textwrap.indent(encoded, '    ')}"
    )
    assert read(tmp_path, "envFrom:\n- secretRef: {name: hidden}", secret)["A"] == "x" * 100


def test_one_entry_of_a_store_is_set(tmp_path: pathlib.Path) -> None:
    """Under a name of its own, with the place of the entry."""
    environ = variables(tmp_path, "{name: X, valueFrom: {configMapKeyRef: {name: settings, key: B}}}", others=CONFIG)
    assert (environ["X"], environ.place_of("X").line) == ("two", 15)


def test_an_entry_that_is_not_there_is_a_defect(tmp_path: pathlib.Path) -> None:
    """An optional one is unset, and leaves what was set before."""
    key = "valueFrom: {configMapKeyRef: {name: settings, key: missing"
    environ = variables(
        tmp_path,
        f"{{name: X, {key}}}}}}}",
        f"{{name: W, {key}, optional: true}}}}}}",
        f"{{name: Z, {key}, optional: false}}}}}}",
        others=CONFIG,
    )
    assert [*environ] == ["X", "Z"]
    assert found(environ) == [("X", 8, "ConfigMap settings has no"), ("Z", 10, "ConfigMap settings has no")]


@pytest.mark.parametrize(
    ("optional", "words"), [("", "it comes from the Secret"), (", optional: true", "optional Secret")]
)
def test_what_sets_names_that_nobody_knows_is_kept(tmp_path: pathlib.Path, optional: str, words: str) -> None:
    """What refers to one of them is not known either."""
    container = f"""
    envFrom:
    - secretRef: {{name: elsewhere{optional}}}
    env:
    - {{name: A, value: "$(B)"}}
    - {{name: C, value: x}}
    """
    environ = read(tmp_path, container)
    (open_end,) = environ.open_ended
    assert words in open_end.why
    assert (open_end.place.line, open_end.place.via) == (8, Via.SECRET)
    assert ([*environ.untold], environ["C"]) == (["A"], "x")


@pytest.mark.parametrize(
    ("workload", "stores", "text"),
    [
        ("", ["", "b"], "in "),
        ("a", ["", "a", "b"], "in a"),
        ("a", ["", "b"], "in "),
        ("", ["a"], "in a"),
        ("", ["a", "b"], None),
        ("a", ["b"], None),
    ],
)
def test_an_object_without_a_namespace_is_in_the_one_of_the_others(
    tmp_path: pathlib.Path, workload: str, stores: list[str], text: str | None
) -> None:
    """One that is in the same namespace counts before it; of several others, nobody knows which."""
    pod = (
        POD.replace("name: vllm}", f"name: vllm, namespace: '{workload}'}}")
        + "    envFrom: [configMapRef: {name: x}]\n"
    )
    maps = [
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, namespace: '{store}'}}\ndata: {{A: 'in {store}'}}\n"
        for store in stores
    ]
    environ, *_ = read_manifests([write(tmp_path, "---\n".join([pod, *maps]))])
    assert (environ.texts.get("A"), len(environ.open_ended)) == (text, 0 if text else 1)


def test_several_files_count_together(tmp_path: pathlib.Path) -> None:
    """In any order; of two objects that are called the same, the later one counts."""
    pod = write(tmp_path, f"{POD}    envFrom: [configMapRef: {{name: settings}}]\n")
    first = write(tmp_path, CONFIG, "first.yaml")
    second = write(tmp_path, CONFIG.replace("two", "three"), "second.yaml")
    (environ,) = read_manifests([first, pod, second])
    assert (environ["B"], environ.place_of("B").file) == ("three", second)


def test_a_key_that_is_there_twice_is_a_defect(tmp_path: pathlib.Path) -> None:
    """In the document of the workload, and in those of what it refers to; once each."""
    container = """
    env: [{name: A, value: x}]
    env: [{name: B, value: $(C)}]
    envFrom: [configMapRef: {name: settings}, configMapRef: {name: settings}]
    """
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  C: x\n  C: z\n"
    environ = read(tmp_path, container, settings)
    assert found(environ) == [("", 8, "a mapping has the"), ("", 16, "a mapping has the")]
    assert environ["B"] == "z"


@pytest.mark.parametrize("count", [30, 3000])
def test_containers_that_share_much_are_refused_soon(tmp_path: pathlib.Path, count: int) -> None:
    """A thousand containers with a thousand names each are a small file."""
    data = ", ".join(f"K{number}: x" for number in range(9000))
    container = "{envFrom: [configMapRef: {name: m}]}"
    pod = f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{', '.join([container] * count)}]}}\n"
    path = write(tmp_path, f"{pod}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{{data}}}\n")
    with pytest.raises(UnreadableFileError, match="set more than 100000 names"):
        read_manifests([path])
