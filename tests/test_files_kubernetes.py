"""Kubernetes manifests: the environment of each container, by Kubernetes' rules."""

from __future__ import annotations

import pathlib
from typing import Final

import pytest

from envatlas.environs import UnreadableFileError, UntoldTextError, Via
from envatlas.files import read_manifests
from tests.pods import POD, found, read, variables, write


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
        ("true", "a boolean stands where", 'value: "..."'),
        ("Yes", "a boolean stands where", 'value: "..."'),
        ("[x]", "more than a text", 'value: "..."'),
        ("{x: y}", "more than a text", 'value: "..."'),
    ],
)
def test_a_value_that_is_no_text_is_a_defect(tmp_path: pathlib.Path, value: str, what: str, remedy: str) -> None:
    """Kubernetes refuses it, so there is no text; what is written is not repeated, because it may be a secret."""
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


def test_a_text_that_is_a_reference_alone_stands_where_that_is(tmp_path: pathlib.Path) -> None:
    """However many references lie between; what is set anew stands where that is done."""
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  KEY: hush\n"
    environ = variables(
        tmp_path,
        "{name: A, valueFrom: {secretKeyRef: {name: s, key: KEY}}}",
        "{name: B, value: $(A)}",
        "{name: C, value: $(B)}",
        "{name: D, value: x$(C)}",
        "{name: E, value: $(C)}",
        "{name: E, value: x}",
        "{name: F, value: $(C)}",
        "{name: F, value: 1}",
        others=secret,
    )
    origins = {name: environ.origin_of(name) for name in environ}
    assert [origins[name].via for name in "ABCDEF"] == [*[Via.SECRET] * 3, *[Via.MANIFEST] * 3]
    assert environ.place_of("C").via is Via.MANIFEST


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


@pytest.mark.parametrize(
    ("workload", "services", "told"),
    [
        ("", [("", "vllm")], [8]),
        ("default", [("", "vllm")], [8]),
        ("", [("default", "vllm")], [8]),
        ("default", [("default", "vllm"), ("", "vllm")], [8]),
        ("", [("a", "vllm"), ("b", "vllm")], []),
        ("a", [("b", "vllm")], []),
    ],
)
def test_an_object_without_a_namespace_is_told_the_services_of_the_others(
    tmp_path: pathlib.Path, workload: str, services: list[tuple[str, str]], told: list[int]
) -> None:
    """The other way round as well; of two that are called the same, nobody knows which."""
    pod = POD.replace("name: vllm}", f"name: vllm, namespace: '{workload}'}}")
    others = [
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n"
        for namespace, name in services
    ]
    (environ,) = read_manifests([write(tmp_path, "---\n".join([pod, *others]))])
    assert [place.line for place in environ.services.values()] == told


@pytest.mark.parametrize(("links", "count"), [("false", 0), ("no", 0), ("true", 1), ("'false'", 1), ("", 1)])
def test_services_may_be_left_out(tmp_path: pathlib.Path, links: str, count: int) -> None:
    """With the boolean, and not with its text."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: vllm}\n"
    pod = POD.replace("spec:", f"spec:\n  enableServiceLinks: {links}")
    (environ,) = read_manifests([write(tmp_path, f"{pod}---\n{service}")])
    assert len(environ.services) == count


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


_ENV: Final = "env: [{name: A, value: x}]"


@pytest.mark.parametrize(
    ("text", "containers"),
    [
        (f"spec: {{predictor: {{model: {{{_ENV}}}}}}}", ["Custom x, predictor.model"]),
        (f"spec: {{vllmConfig: {{{_ENV}, v1: true}}}}", ["Custom x, vllmConfig"]),
        (f"spec: {{{_ENV}}}", ["Custom x"]),
        ("spec: {model: {envFrom: [{secretRef: {name: s}}]}}", ["Custom x, model"]),
        (f"spec: {{steps: [{{{_ENV}}}, {{}}]}}", ["Custom x, steps[0]"]),
        (
            f"spec: {{model: {{{_ENV}}}, containers: [{{name: c, {_ENV}}}]}}",
            ["Custom x, container c", "Custom x, model"],
        ),
    ],
)
def test_what_sets_variables_outside_of_a_pod_is_read_as_a_container(
    tmp_path: pathlib.Path, text: str, containers: list[str]
) -> None:
    """The controller of its kind makes a container of it."""
    text = f"apiVersion: example.com/v1\nkind: Custom\nmetadata: {{name: x}}\n{text}\n"
    environs = read_manifests([write(tmp_path, text)])
    assert [environ.place.container for environ in environs] == containers
    assert all("A" in environ or environ.open_ended for environ in environs)


def test_what_lies_around_it_says_whether_it_is_told_of_services(tmp_path: pathlib.Path) -> None:
    """As a pod does, which some kinds are but for their containers."""
    text = (
        "apiVersion: example.com/v1\nkind: Custom\n"
        f"spec: {{predictor: {{enableServiceLinks: false, model: {{{_ENV}}}}}, other: {{{_ENV}}}}}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: vllm}\n"
    )
    assert [len(environ.services) for environ in read_manifests([write(tmp_path, text)])] == [0, 1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {env: [{name: A, value: x}]}\n",
        "apiVersion: example.com/v1\nkind: Custom\nspec: {env: [{key: A}], envFrom: []}\n",
        "apiVersion: example.com/v1\nkind: Custom\nspec: {envFrom: [{key: A}]}\n",
        "apiVersion: example.com/v1\nkind: Custom\nspec: {env: production}\n",
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


def test_more_containers_than_anybody_has_are_refused(tmp_path: pathlib.Path) -> None:
    """Nobody reads the findings of so many."""
    items = ", ".join(["{}"] * 5001)
    path = write(tmp_path, f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{items}]}}\n")
    with pytest.raises(UnreadableFileError, match="there are more than 5000 containers"):
        read_manifests([path])


def test_a_reference_of_any_length_is_looked_up_soon(tmp_path: pathlib.Path) -> None:
    """It is none to a service."""
    name = "_SERVICE_PORT_" * 9000
    environ = variables(tmp_path, f'{{name: A, value: "$({name}\\n)"}}')
    assert environ["A"] == f"$({name}\n)"
