"""The built-in model's own process: guarded by a key, and gone when its parent is."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatbox.providers.local_server import KEY_VARIABLE

pytest_plugins = ("tests.support.local_model",)

SOURCES = Path(__file__).parents[2] / "src"


@contextmanager
def bare_process(model: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The model's process without its owner, and its URL."""
    command = [sys.executable, "-P", "-m", "chatbox.providers.local_server", str(model)]
    command += ["--slots", "1", "--slot-tokens", "256", "--threads", "1"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), KEY_VARIABLE: "a-key"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["url"]


def test_the_process_ends_with_its_parent(small_model: Path) -> None:
    with bare_process(small_model) as (process, _):
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(5) == 0


def test_nobody_without_the_key_is_served(small_model: Path) -> None:
    with bare_process(small_model) as (_, url), pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}/v1/models", timeout=5)
    caught.value.close()

    assert caught.value.code == 401
