"""The catalogue of built-in models, and which files count as installed."""

import hashlib
import os
from pathlib import Path

from chatbox.providers.weights import CATALOGUE, DEFAULT_MODEL, SMALL_MODEL, Weights, installed, is_whole

pytest_plugins = ("tests.support.local_model",)

CONTENT = b"the bytes of a model"


def a_model(content: bytes = CONTENT) -> Weights:
    return Weights("tiny", "Tiny", "tiny.gguf", len(content), hashlib.sha256(content).hexdigest(), "MIT", (), 512, ())


def test_the_catalogue_is_keyed_by_name_and_has_the_default() -> None:
    assert all(name == model.name for name, model in CATALOGUE.items())
    assert {DEFAULT_MODEL, SMALL_MODEL} <= set(CATALOGUE)


def test_every_model_of_the_catalogue_is_apache_licensed_and_pinned() -> None:
    assert {model.licence for model in CATALOGUE.values()} == {"Apache-2.0"}
    assert all(len(model.sha256) == 64 and model.sources for model in CATALOGUE.values())


def test_the_fetched_small_model_is_installed(small_model: Path) -> None:
    found = {model.name: model for model in installed(small_model.parent)}

    assert found[SMALL_MODEL].path == small_model


def test_a_folder_that_does_not_exist_has_no_models(tmp_path: Path) -> None:
    assert installed(tmp_path / "nowhere") == []


def test_a_file_of_ones_own_is_named_after_itself(tmp_path: Path) -> None:
    (tmp_path / "my-model.gguf").write_bytes(b"GGUF")

    assert [(model.name, model.context_window) for model in installed(tmp_path)] == [("my-model", None)]


def test_a_catalogue_file_with_other_bytes_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / CATALOGUE[SMALL_MODEL].file).write_bytes(b"GGUF")

    assert installed(tmp_path) == []


def test_a_file_copied_by_hand_is_recognised_by_its_hash(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)

    assert is_whole(a_model(), tmp_path)


def test_a_file_of_the_right_size_and_wrong_bytes_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT[::-1])

    assert not is_whole(a_model(), tmp_path)


def test_a_file_changed_after_its_check_is_checked_again(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    assert is_whole(a_model(), tmp_path)

    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(1, 1))

    assert not is_whole(a_model(), tmp_path)


def test_a_checked_file_is_not_hashed_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    assert is_whole(a_model(), tmp_path)
    path = tmp_path / "tiny.gguf"
    before = path.stat()

    path.write_bytes(CONTENT[::-1])  # the same size and time: only a hash could tell
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert is_whole(a_model(), tmp_path)
