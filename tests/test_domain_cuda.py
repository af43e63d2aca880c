"""What the plugin cuda finds: a toolkit that is incomplete, files that are no libraries, GPUs that there are not."""

from __future__ import annotations

import pathlib
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Final, cast

import attrs
import pytest

from envatlas.checks import check
from envatlas.findings import Finding, Severity
from envatlas.hosts import Host, ThisHost, ToldHost, file_type, shared_object_error
from envatlas.vllm import registry
from envatlas_vllm_cuda.devices import Devices, Kind
from envatlas_vllm_cuda.gpus import Gpu, gpus

VISIBLE: Final = "CUDA_VISIBLE_DEVICES"
TWO: Final = ToldHost(
    {gpus: (Gpu("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", ("MIG-c6d4f1ef", "MIG-cba663e8")), Gpu("GPU-89a1"))}
)


def found(environ: Mapping[str, str], host: Host | None = None) -> list[Finding]:
    """Return what the plugin finds."""
    return [each for each in check(registry, environ, host or ToldHost()) if each.code.startswith("cuda-")]


def codes(text: str, host: Host | None = None) -> list[str]:
    """Return the codes of what is found of the visible devices; that a UUID is one is left out."""
    return [each.code for each in found({VISIBLE: text}, host) if each.code != "cuda-devices-by-uuid"]


@pytest.mark.parametrize(
    "text", ["0", "0,1", "1,0", " 0 , 1 ", "GPU-8932f937", "GPU-8932f937-d72c,GPU-89a1", "MIG-c6d4f1ef", "0,1,"]
)
def test_devices_as_nvidia_documents_them_are_right(text: str) -> None:
    """Indices, UUIDs, and as much of a UUID as tells the GPU from others."""
    assert codes(text, TWO) == []


@pytest.mark.parametrize("text", ["", " ", "-1", "NoDevFiles", "-1,0", ",0"])
def test_that_all_gpus_are_hidden_is_found(text: str) -> None:
    """Each documented way to hide them is a warning, since vLLM then has none."""
    (finding,) = found({VISIBLE: text}, TWO)
    assert (finding.code, finding.severity) == ("cuda-devices-hidden", Severity.WARNING)
    assert finding.remedy == f"unset {VISIBLE}"


@pytest.mark.parametrize(
    ("text", "visible", "behind"), [("0,-1,1", "0", "1"), ("0,1,-1,2,3", "0,1", "2,3"), ("0,,1", "0", "1")]
)
def test_that_a_list_ends_early_is_found(text: str, visible: str, behind: str) -> None:
    """What is behind the end is named, and what is before it is the remedy."""
    (finding,) = found({VISIBLE: text}, None)
    assert (finding.code, finding.remedy) == ("cuda-devices-cut", f"export {VISIBLE}={visible}")
    assert repr(behind) in finding.found


def test_an_end_with_nothing_behind_it_is_right() -> None:
    """It ends what ends anyway."""
    assert codes("0,1,-1", TWO) == []


@pytest.mark.parametrize(
    "text", ["all", "0;1", "0,one", "0x1", "1gpu", "cuda:0", "0,GPU-8932f937", "GPU-8932f937,0", "gpu-8932f937", "GPU-"]
)
def test_an_entry_that_is_no_device_is_found(text: str) -> None:
    """So is one of another kind than the first."""
    assert codes(text, TWO) == ["cuda-devices-malformed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("any", "'any' is neither an index nor a UUID"),
        ("1,x", "'x' is no index, as the first entry is"),
        ("GPU-89a1,0", "'0' is no UUID of a GPU, as the first entry is"),
        ("MIG-c6d4f1ef,0", "'0' is no UUID of a MIG device, as the first entry is"),
        ("3-0", "'3-0' is neither an index nor a UUID"),
    ],
)
def test_an_entry_that_is_no_device_is_compared_with_the_first(text: str, message: str) -> None:
    """All entries are of one kind; which GPU is meant, only a list of them can tell."""
    finding = next(each for each in found({VISIBLE: text}) if each.code == "cuda-devices-malformed")
    assert finding.found == message
    assert finding.remedy.startswith("nvidia-smi -L ")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("0-3", "0,1,2,3"), ("0 1", "0,1"), ('"0,1"', "0,1"), ("0;2", "0,2"), ("0,2-3, 3", "0,2,3"), ("'0','1'", "")],
)
def test_a_list_that_is_written_otherwise_keeps_all_of_its_devices(text: str, meant: str) -> None:
    """Where it is plain which they are; a range, spaces and quotes are other programs'."""
    finding = next(each for each in found({VISIBLE: text}) if each.code == "cuda-devices-malformed")
    assert finding.remedy.startswith(f"export {VISIBLE}={meant}" if meant else "nvidia-smi -L ")


def test_all_devices_are_visible_while_nothing_is_said() -> None:
    """There is no word for them."""
    (finding,) = found({VISIBLE: "all"})
    assert finding.remedy == f"unset {VISIBLE}"


@pytest.mark.parametrize(
    ("text", "remedy"), [("0,0", "0"), ("0,1,0", "0,1"), ("1,01", "1"), ("GPU-89a1,GPU-89a1", "GPU-89a1")]
)
def test_an_entry_that_comes_twice_is_found(text: str, remedy: str) -> None:
    """It hides all GPUs; an index is the same with zeros before it."""
    assert codes(text, TWO) == ["cuda-devices-repeated"]
    assert found({VISIBLE: text}, TWO)[0].remedy == f"export {VISIBLE}={remedy}"


@pytest.mark.parametrize("text", ["", '"0,1"'])
def test_what_is_wrong_with_the_whole_text_is_one_finding(text: str) -> None:
    """The plugin knows more of it than that it is empty, or has quotes around it."""
    assert [each.code for each in check(registry, {VISIBLE: text}, ToldHost()) if each.variable == VISIBLE] == [
        "cuda-devices-malformed" if text else "cuda-devices-hidden"
    ]


@pytest.mark.parametrize("text", ["GPU-8932f937", "MIG-c6d4f1ef", "MIG-GPU-8932f937-d72c-4106-c12f-20bd9faed9f6/1/2"])
def test_a_uuid_is_found(text: str) -> None:
    """CUDA reads it, and vLLM does not."""
    assert [each.code for each in found({VISIBLE: text}, TWO)] == ["cuda-devices-by-uuid"]


def test_several_mig_devices_are_found() -> None:
    """A process uses one."""
    finding = next(each for each in found({VISIBLE: "MIG-c6d4f1ef,MIG-cba663e8"}, TWO) if "mig" in each.code)
    assert (finding.code, finding.severity) == ("cuda-devices-several-mig", Severity.WARNING)
    assert finding.remedy == f"export {VISIBLE}=MIG-c6d4f1ef"


@pytest.mark.parametrize(
    "text", ["2", "0,7", "99999999999999999999", "GPU-0", "MIG-0", "MIG-GPU-0000/1/2", "MIG-GPU-8932f937/1/2"]
)
def test_a_gpu_that_there_is_not_is_found(text: str) -> None:
    """By its index, by its UUID, or by that of the GPU that it is a part of."""
    assert codes(text, TWO) == ["cuda-no-such-gpu"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7", "'7' names a GPU that there is not: the driver knows of 2"),
        ("0,7,8", "'7', '8' name GPUs that there is not: the driver knows of 2"),
    ],
)
def test_gpus_that_there_are_not_are_one_finding(text: str, message: str) -> None:
    """It names them all, and how many there are."""
    (finding,) = found({VISIBLE: text}, TWO)
    assert (finding.found, finding.severity) == (message, Severity.ERROR)


def test_a_machine_without_gpus_has_none_to_name() -> None:
    """A driver that answers with none is not one that does not answer."""
    assert codes("0", ToldHost({gpus: ()})) == ["cuda-no-such-gpu"]


@pytest.mark.parametrize("text", ["GPU-89", "MIG-c"])
def test_too_little_of_a_uuid_is_found(text: str) -> None:
    """It may mean several GPUs."""
    assert codes(text, TWO) == ["cuda-gpu-ambiguous"]


@pytest.mark.parametrize("text", ["99", "GPU-0", "MIG-0"])
def test_gpus_that_are_not_known_are_not_missed(text: str) -> None:
    """Without a driver that answers, nothing is said of what exists."""
    assert codes(text, ToldHost()) == []


def test_a_text_without_a_device_has_no_kind() -> None:
    """All of it is behind its end."""
    assert Devices.parse("x,0") == Devices(None, [], "x", ["0"])


def test_a_kind_reads_only_its_own() -> None:
    """No entry is of two kinds."""
    entries = ["0", "GPU-0", "MIG-0"]
    assert [[kind.reads(entry) for entry in entries] for kind in Kind] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


@attrs.frozen
class FakeNvml:
    """A driver as ``pynvml`` tells of it: GPUs, each None or with the MIG devices at its places, None for a gap."""

    places: Sequence[Sequence[str | None] | None]
    calls: list[str] = attrs.field(factory=list[str])

    NVMLError = LookupError

    def nvmlInit(self) -> None:  # noqa: N802  NVIDIA's name, as below
        """Note that it was called."""
        self.calls.append("init")

    def nvmlShutdown(self) -> None:  # noqa: N802
        """Note that it was called."""
        self.calls.append("shutdown")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        """Return how many GPUs there are."""
        return len(self.places)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        """Return what stands for a GPU: its index."""
        return index

    def nvmlDeviceGetUUID(self, handle: int | str) -> str:  # noqa: N802
        """Return the UUID of a GPU, or of a MIG device, which stands for itself."""
        return f"GPU-{handle}" if isinstance(handle, int) else handle

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: int) -> int:  # noqa: N802
        """Return how many places a GPU has; one that cannot be divided has no answer."""
        places = self.places[handle]
        if places is None:
            raise LookupError
        return len(places)

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: int, index: int) -> str:  # noqa: N802
        """Return the MIG device at a place, if there is one."""
        instance = (self.places[handle] or [])[index]
        if instance is None:
            raise LookupError
        return instance


def install(monkeypatch: pytest.MonkeyPatch, module: FakeNvml | None) -> None:
    """Let a module be what ``import pynvml`` finds; None lets it find nothing."""
    monkeypatch.setitem(sys.modules, "pynvml", cast("types.ModuleType", module))


def test_the_driver_tells_gpus_and_what_they_are_divided_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """GPUs that cannot be divided, and places without a MIG device, are no errors."""
    install(monkeypatch, FakeNvml([None, [], ["MIG-a", None, "MIG-b"]]))
    assert ThisHost().ask(gpus) == (Gpu("GPU-0"), Gpu("GPU-1"), Gpu("GPU-2", ("MIG-a", "MIG-b")))


def test_the_driver_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """NVML is shut down after it was asked."""
    fake = FakeNvml([[]])
    install(monkeypatch, fake)
    assert (gpus(), fake.calls) == ((Gpu("GPU-0"),), ["init", "shutdown"])


def test_without_the_extra_nothing_is_known_of_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no error that nvidia-ml-py is not installed."""
    install(monkeypatch, None)
    assert ThisHost().ask(gpus) is None
    assert found({VISIBLE: "0"}, ThisHost()) == []


def test_a_driver_of_this_machine_tells_uuids() -> None:
    """The real module is asked, with the real driver where there is one."""
    known = ThisHost().ask(gpus)
    if known is None:
        pytest.skip("no NVIDIA driver answers on this machine")
    assert all(Kind.GPU.reads(gpu.uuid) and all(map(Kind.INSTANCE.reads, gpu.instances)) for gpu in known)


def toolkit(folder: pathlib.Path, *names: str) -> dict[str, str]:
    """Make a toolkit's folder with some parts, and return the environment that names it."""
    for name in names:
        (folder / name).mkdir()
    return {"CUDA_HOME": str(folder)}


@pytest.mark.parametrize("libraries", ["lib", "lib64"])
def test_a_complete_toolkit_is_right(tmp_path: pathlib.Path, libraries: str) -> None:
    """Its libraries lie in either folder."""
    assert found(toolkit(tmp_path, "bin", "include", libraries), ThisHost()) == []


@pytest.mark.parametrize(
    ("names", "lacks"),
    [
        (["bin", "include"], "lib or lib64"),
        (["bin", "lib64"], "include"),
        (["lib"], "bin, no include"),
        ([], "bin, no include, no lib or lib64"),
    ],
)
def test_an_incomplete_toolkit_is_found(tmp_path: pathlib.Path, names: list[str], lacks: str) -> None:
    """The finding names the parts that are missing."""
    (finding,) = found(toolkit(tmp_path, *names), ThisHost())
    assert (finding.code, finding.severity) == ("cuda-home-incomplete", Severity.WARNING)
    assert finding.found == f"{str(tmp_path)!r} has no {lacks}"


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_a_toolkit_that_is_no_folder_is_found(tmp_path: pathlib.Path, name: str) -> None:
    """Neither a file is one, nor what is not there."""
    (tmp_path / "file").touch()
    (finding,) = found({"CUDA_HOME": str(tmp_path / name)}, ThisHost())
    assert (finding.code, finding.remedy) == ("cuda-home-missing", "unset CUDA_HOME")


@pytest.mark.parametrize(
    ("home", "host"),
    [("/opt/cuda", ToldHost()), ("/opt/cuda", ToldHost({(file_type, "/opt/cuda"): "folder"})), ("", ThisHost())],
    ids=["nothing is told", "its parts are not told", "empty"],
)
def test_a_toolkit_of_which_nothing_is_known_is_not_missed(home: str, host: Host) -> None:
    """Nor one that is empty, which counts as unset."""
    assert found({"CUDA_HOME": home}, host) == []


@pytest.mark.parametrize("name", ["VLLM_NCCL_SO_PATH", "VLLM_CUDART_SO_PATH"])
def test_a_file_that_is_no_library_is_found(tmp_path: pathlib.Path, name: str) -> None:
    """The reason is in the finding."""
    path = str(tmp_path / "libnone.so")
    (finding,) = found({name: path}, ThisHost())
    assert (finding.code, finding.variable, finding.remedy) == ("cuda-library-unusable", name, f"unset {name}")
    assert finding.found == f"{path!r} cannot be loaded: there is no such file"


@pytest.mark.parametrize("path", ["", "libnccl.so.2"])
def test_a_library_that_the_loader_searches_for_is_not_missed(path: str) -> None:
    """What has no slash is no path."""
    assert found({"VLLM_NCCL_SO_PATH": path}, ThisHost()) == []


def test_a_library_is_right() -> None:
    """The probe has nothing against it."""
    host = ToldHost({(shared_object_error, "/opt/libnccl.so.2"): ""})
    assert found({"VLLM_NCCL_SO_PATH": "/opt/libnccl.so.2"}, host) == []


def test_no_code_of_a_library_runs(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check of a file that somebody wrote loads nothing of theirs."""
    loaded: list[str] = []
    monkeypatch.setattr("ctypes.CDLL", loaded.append)
    library = tmp_path / "libhostile.so"
    library.write_bytes(pathlib.Path(sys.executable).read_bytes()[:64])
    found({"VLLM_NCCL_SO_PATH": str(library), "VLLM_CUDART_SO_PATH": str(library)}, ThisHost())
    assert loaded == []
