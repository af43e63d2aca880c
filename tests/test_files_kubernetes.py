"""Kubernetes manifests: the environment of each container, by Kubernetes' rules."""

from __future__ import annotations

import base64
import pathlib
import textwrap
from typing import Final

import pytest

from envatlas.environs import Environ, UnreadableFileError, UntoldTextError, Via
from envatlas.files import read_manifests

POD: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  containers:
  - name: engine
"""
"""Five lines, and a container; what is appended starts at line 7."""


def write(tmp_path: pathlib.Path, text: str, name: str = "pod.yaml") -> str:
    """Write a file, and return its path."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def read(tmp_path: pathlib.Path, container: str, others: str = "") -> Environ:
    """Return the environment of the one container of a pod; other documents may stand behind it."""
    body = textwrap.indent(textwrap.dedent(container).strip("\n"), "    ")
    behind = f"\n---\n{textwrap.dedent(others)}" if others else "\n"
    (environ,) = read_manifests([write(tmp_path, POD + body + behind)])
    return environ


def variables(tmp_path: pathlib.Path, *items: str, others: str = "") -> Environ:
    """Return the environment of a container with these items in ``env``, the first of them at line 8."""
    return read(tmp_path, "env:\n" + "".join(f"- {item}\n" for item in items), others)


def found(environ: Environ) -> list[tuple[str, int | None, str]]:
    """Return the defects: the name, the line, and the first words."""
    return [(defect.name, defect.place.line, " ".join(defect.what.split()[:4])) for defect in environ.defects]


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


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ('{name: A, value: "1"}', "1"),
        ("{name: A, value: text}", "text"),
        ("{name: A, value: ''}", ""),
        ("{name: A, value: }", ""),
        ("{name: A, value: null}", ""),
        ("{name: A}", ""),
        ("{name: A, value: 12:30}", "12:30"),
        ("{name: A, value: !!str 1}", "1"),
        ("{name: A, value: '{{ message }}'}", "{{ message }}"),
        ("{name: A, value: $$(B)}", "$(B)"),
        ("{name: A, value: $(B)}", "$(B)"),
        ("{name: A, value: $(B_PORT)}", "$(B_PORT)"),
    ],
)
def test_a_value_is_a_text(tmp_path: pathlib.Path, item: str, text: str) -> None:
    """Where nothing stands, it is the empty one."""
    environ = variables(tmp_path, item)
    assert (environ["A"], environ.defects) == (text, ())


def test_a_text_has_the_place_of_its_key(tmp_path: pathlib.Path) -> None:
    """With the container, and without a document where there is only one."""
    place = read(tmp_path, "env:\n- name: A\n  value: x").place_of("A")
    assert (place.line, place.document, place.container, place.via) == (
        9,
        None,
        "Pod vllm, container engine",
        Via.MANIFEST,
    )


@pytest.mark.parametrize(
    ("value", "what", "remedy"),
    [
        ("1", "a number stands where", 'value: "..."'),
        ("1e3", "a number stands where", 'value: "..."'),
        ("true", "a boolean stands where", 'value: "true"'),
        ("Yes", "a boolean stands where", 'value: "yes"'),
        ("[x]", "more than a text", 'value: "..."'),
        ("{x: y}", "more than a text", 'value: "..."'),
    ],
)
def test_a_value_that_is_no_text_is_a_defect(tmp_path: pathlib.Path, value: str, what: str, remedy: str) -> None:
    """Kubernetes refuses it, so there is no text; a number is not repeated, because it may be a secret."""
    environ = variables(tmp_path, f"{{name: A, value: {value}}}", '{name: B, value: "2"}')
    assert (found(environ), environ.defects[0].remedy) == ([("A", 8, what)], remedy)
    assert environ["B"] == "2"
    with pytest.raises(UntoldTextError):
        environ["A"]


def test_a_text_refers_to_what_stands_before_it(tmp_path: pathlib.Path) -> None:
    """What comes later stays as it is written."""
    environ = variables(
        tmp_path,
        "{name: A, value: $(LATER)}",
        "{name: LATER, value: x}",
        "{name: B, value: $(LATER)-$(A)}",
        "{name: C, value: $(C)}",
    )
    assert [environ[name] for name in "ABC"] == ["$(LATER)", "x-$(LATER)", "$(C)"]


@pytest.mark.parametrize(
    "reference",
    ["UNKNOWN", "VLLM_SERVICE_HOST", "VLLM_SERVICE_PORT_HTTP", "VLLM_PORT_8000_TCP_ADDR", "MY_ROUTER_PORT"],
)
def test_a_reference_to_what_is_not_known_is_untold(tmp_path: pathlib.Path, reference: str) -> None:
    """What the cluster fills in, and the addresses of services, are in no file."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: my-router}\n"
    unknown = "{name: UNKNOWN, valueFrom: {fieldRef: {fieldPath: status.podIP}}}"
    environ = variables(tmp_path, unknown, f"{{name: A, value: x$({reference})}}", others=service)
    assert reference in environ.untold["A"].why
    assert environ.defects == ()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{fieldRef: {fieldPath: status.podIP}}", "it is status.podIP of the pod, which the cluster fills in"),
        ("{resourceFieldRef: {resource: limits.cpu}}", "it is limits.cpu of the container, which the cluster fills in"),
        ("{fileKeyRef: {path: x, key: y}}", "it is in a file that another container writes"),
        ("{configMapKeyRef: {name: m, key: k}}", "it is in the ConfigMap 'm', which no file here has"),
        (
            "{secretKeyRef: {name: s, key: k, optional: true}}",
            "it is in the Secret 's', which no file here has, and it is unset where the cluster has none",
        ),
    ],
)
def test_a_text_that_no_file_has_is_untold(tmp_path: pathlib.Path, source: str, why: str) -> None:
    """It is set, and says why nobody here knows to what."""
    environ = variables(tmp_path, f"{{name: A, valueFrom: {source}}}")
    assert (environ.untold["A"].why, environ.untold["A"].place.line, environ.defects) == (why, 8, ())


@pytest.mark.parametrize(("kind", "via"), [("configMap", Via.CONFIG_MAP), ("secret", Via.SECRET)])
def test_what_is_untold_says_by_what_it_comes(tmp_path: pathlib.Path, kind: str, via: Via) -> None:
    """So that a check can tell a secret that is where it belongs."""
    environ = variables(tmp_path, f"{{name: A, valueFrom: {{{kind}KeyRef: {{name: x, key: k}}}}}}")
    assert environ.place_of("A").via is via


@pytest.mark.parametrize("source", ["{}", "x", "{other: {}}", "{fieldRef: {}}"])
def test_a_source_that_says_nothing_is_a_defect(tmp_path: pathlib.Path, source: str) -> None:
    """Kubernetes refuses it."""
    environ = variables(tmp_path, f"{{name: A, valueFrom: {source}}}")
    assert (found(environ), [*environ.untold]) == ([("A", 8, "its valueFrom says nothing")], ["A"])


def test_a_value_beside_a_source_is_a_defect(tmp_path: pathlib.Path) -> None:
    """An empty one is none."""
    source = "valueFrom: {fieldRef: {fieldPath: status.podIP}}"
    environ = variables(tmp_path, f"{{name: A, value: x, {source}}}", f"{{name: B, value: '', {source}}}")
    assert (found(environ), environ["A"], [*environ.untold]) == ([("A", 8, "it has both a")], "x", ["B"])


def test_a_name_that_is_set_twice_is_a_defect(tmp_path: pathlib.Path) -> None:
    """The later one counts, and may refer to the earlier one."""
    environ = variables(tmp_path, "{name: A, value: x}", "{name: A, value: $(A)y}")
    assert (found(environ), environ["A"]) == ([("A", 9, "env sets it a")], "xy")


@pytest.mark.parametrize("name", ["", "1", "yes", "null", "'A=B'", "ü", "[x]", '"a\\tb"'])
def test_a_name_that_kubernetes_refuses_is_a_defect(tmp_path: pathlib.Path, name: str) -> None:
    """It is left out."""
    environ = variables(tmp_path, f"{{name: {name}, value: x}}", "{value: x}", "{name: a.b-1, value: x}")
    assert [*environ] == ["a.b-1"]
    assert found(environ) == [("", 8, "an item of env"), ("", 9, "an item of env")]


@pytest.mark.parametrize(
    ("container", "defects"),
    [
        ("env: {A: x}", [("", 7, "env is no list")]),
        ("env: x", [("", 7, "env is no list")]),
        ("env: [x]", [("", 7, "env is no list")]),
        ("env:", []),
        ("env: []", []),
        ("envFrom: {A: x}", [("", 7, "envFrom is no list")]),
        ("envFrom: [{}]", [("", 7, "an item of envFrom")]),
    ],
)
def test_a_list_that_is_none_is_a_defect(
    tmp_path: pathlib.Path, container: str, defects: list[tuple[str, int, str]]
) -> None:
    """An empty one is none."""
    environ = read(tmp_path, container)
    assert ([*environ], found(environ)) == ([], defects)


def test_a_text_that_no_environment_can_hold_is_a_defect(tmp_path: pathlib.Path) -> None:
    """YAML can write a NUL character."""
    environ = variables(tmp_path, r'{name: A, value: "x\0"}')
    assert (found(environ), [*environ.untold]) == ([("A", 8, "its text holds a")], ["A"])


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
    ("workload", "store", "known"), [("", "", True), ("a", "a", True), ("a", "", False), ("", "default", False)]
)
def test_objects_match_within_a_namespace(tmp_path: pathlib.Path, workload: str, store: str, known: bool) -> None:
    """None is a namespace as well, and nobody knows which."""
    pod = (
        POD.replace("name: vllm}", f"name: vllm, namespace: '{workload}'}}")
        + "    envFrom: [configMapRef: {name: x}]\n"
    )
    data = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, namespace: '{store}'}}\ndata: {{A: x}}\n"
    (environ,) = read_manifests([write(tmp_path, f"{pod}---\n{data}")])
    assert ("A" in environ, len(environ.open_ended)) == (known, 0 if known else 1)


def test_several_files_count_together(tmp_path: pathlib.Path) -> None:
    """In any order; of two objects that are called the same, the later one counts."""
    pod = write(tmp_path, f"{POD}    envFrom: [configMapRef: {{name: settings}}]\n")
    first = write(tmp_path, CONFIG, "first.yaml")
    second = write(tmp_path, CONFIG.replace("two", "three"), "second.yaml")
    (environ,) = read_manifests([first, pod, second])
    assert (environ["B"], environ.place_of("B").file) == ("three", second)


def test_services_of_the_namespace_are_told(tmp_path: pathlib.Path) -> None:
    """Those that have an address, which the cluster adds as variables."""
    services = "---\n".join(
        f"apiVersion: {version}\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
        for name, spec, version in [
            ("vllm", "ports: [{port: 8000}]", "v1"),
            ("headless", "clusterIP: None", "v1"),
            ("outside", "type: ExternalName", "v1"),
            ("knative", "", "serving.knative.dev/v1"),
        ]
    )
    environ = read(tmp_path, "env: []", services)
    assert {name: (place.line, place.document) for name, place in environ.services.items()} == {"vllm": (9, 2)}


@pytest.mark.parametrize(("links", "count"), [("false", 0), ("no", 0), ("true", 1), ("'false'", 1), ("", 1)])
def test_services_may_be_left_out(tmp_path: pathlib.Path, links: str, count: int) -> None:
    """With the boolean, and not with its text."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: vllm}\n"
    pod = POD.replace("spec:", f"spec:\n  enableServiceLinks: {links}")
    (environ,) = read_manifests([write(tmp_path, f"{pod}---\n{service}")])
    assert len(environ.services) == count


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


@pytest.mark.parametrize("item", ['{name: A, value: "{{ .Values.a }}"}', '{name: "{{ .Release.Name }}"}'])
def test_a_template_that_was_not_rendered_is_refused(tmp_path: pathlib.Path, item: str) -> None:
    """It is YAML by chance; its texts are not those that the container gets."""
    with pytest.raises(UnreadableFileError, match=r"pod\.yaml:8.*helm template"):
        variables(tmp_path, item)


_CONTAINER: Final = "containers: [{name: c, env: [{name: A, value: x}]}]"


@pytest.mark.parametrize(
    ("text", "containers"),
    [
        ("{kind: Pod, spec: {C}}", ["Pod x, container c"]),
        ("{kind: Deployment, spec: {template: {spec: {C}}}}", ["Deployment x, container c"]),
        ("{kind: ReplicationController, spec: {template: {spec: {C}}}}", ["ReplicationController x, container c"]),
        ("{kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {C}}}}}}", ["CronJob x, container c"]),
        ("{kind: PodTemplate, template: {spec: {C}}}", ["PodTemplate x, container c"]),
        (
            "{kind: JobSet, spec: {replicatedJobs: [{template: {spec: {C}}}, {template: {spec: {C}}}]}}",
            ["JobSet x, replicatedJobs[0], container c", "JobSet x, replicatedJobs[1], container c"],
        ),
        ("{kind: InferenceService, spec: {predictor: {C}}}", ["InferenceService x, container c"]),
        ("{kind: Odd, template: {C}, spec: {C}}", ["Odd x, container c", "Odd x, container c"]),
        ("{kind: Pod, spec: {containers: [{}]}}", ["Pod x, container 1"]),
        ("{kind: Pod, spec: {containers: [{}], initContainers: [x]}}", ["Pod x, container 1"]),
    ],
)
def test_the_containers_of_any_workload_are_found_by_their_shape(
    tmp_path: pathlib.Path, text: str, containers: list[str]
) -> None:
    """A kind that nobody has heard of yet is read as well."""
    text = text.replace("{C}", f"{{{_CONTAINER}}}").replace("{kind", "{apiVersion: v1, metadata: {name: x}, kind")
    assert [environ.place.container for environ in read_manifests([write(tmp_path, text)])] == containers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a: 1\n",
        "[1]\n",
        "text\n",
        "services: [1]\n",
        "services: {}\n",
        "kind: Pod\n",
        "apiVersion: v1\nkind: Pod\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [x]}\n",
        "apiVersion: v1\nkind: ConfigMap\ndata: {containers: [{name: x}]}\n",
        "apiVersion: v1\nkind: List\nitems: [1, {}]\n",
        "apiVersion: v1\nkind: List\nitems: 1\n",
    ],
)
def test_a_file_without_a_container_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    """Nothing was checked, and that must not look as if all were well."""
    path = write(tmp_path, text)
    with pytest.raises(UnreadableFileError) as caught:
        read_manifests([path])
    assert (caught.value.place.file, caught.value.problem.partition(":")[0]) == (path, "there is no container in it")


def test_a_file_that_is_no_manifest_is_named_among_others(tmp_path: pathlib.Path) -> None:
    """The others are not."""
    paths = [write(tmp_path, POD), write(tmp_path, "replicas: 1\n", "values.yaml")]
    with pytest.raises(UnreadableFileError) as caught:
        read_manifests(paths)
    assert caught.value.place.file == paths[1]


def test_no_files_have_no_containers() -> None:
    """There is nothing to refuse."""
    assert read_manifests([]) == ()


@pytest.mark.parametrize("count", [30, 3000])
def test_containers_that_share_much_are_refused_soon(tmp_path: pathlib.Path, count: int) -> None:
    """A thousand containers with a thousand names each are a small file."""
    data = ", ".join(f"K{number}: x" for number in range(9000))
    container = "{envFrom: [configMapRef: {name: m}]}"
    pod = f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{', '.join([container] * count)}]}}\n"
    path = write(tmp_path, f"{pod}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{{data}}}\n")
    with pytest.raises(UnreadableFileError, match="set more than 100000 names"):
        read_manifests([path])
