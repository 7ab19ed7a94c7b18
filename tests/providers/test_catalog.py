"""What is known of models without asking: found by address and name, and unknown rather than guessed."""

from pathlib import Path

import pytest

from chatbox.providers import catalog
from chatbox.providers.adapters import build_adapters
from chatbox.providers.catalog import KINDS, PRESETS, Facts, Price
from chatbox.providers.http import ProviderHttp
from chatbox.providers.port import ModelInfo

DATA = Path(catalog.__file__).parent / "data" / "models.json"


def test_a_well_known_model_has_sizes_abilities_and_a_price() -> None:
    known = catalog.facts("openai", "https://api.openai.com/v1", "gpt-4o")
    assert known == Facts(128_000, 16_384, True, False, True, Price(2.5, 10.0, 1.25))


@pytest.mark.parametrize(
    ("kind", "base_url", "model"),
    [
        ("openai", "https://api.openai.com/v1", "gpt-5-2025-08-07"),
        ("openai", "https://my-resource.openai.azure.com/openai/v1", "gpt-5"),
        ("anthropic", "https://api.anthropic.com", "claude-sonnet-4-5-20250929"),
        ("gemini", "https://generativelanguage.googleapis.com", "models/gemini-2.5-pro"),
        ("gemini", "", "gemini-2.5-flash"),
        ("openai", "https://openrouter.ai/api/v1", "openai/gpt-5"),
        ("openai", "https://api.deepseek.com", "deepseek-chat"),
    ],
)
def test_a_release_or_another_house_of_a_known_model_has_a_price(kind: str, base_url: str, model: str) -> None:
    known = catalog.facts(kind, base_url, model)
    assert known is not None
    assert known.price is not None
    assert known.price.output >= known.price.input > 0


@pytest.mark.parametrize(
    ("kind", "base_url", "model"),
    [
        ("openai", "https://api.openai.com/v1", "gpt-of-the-future"),
        ("openai", "http://localhost:8000/v1", "gpt-5"),
        ("openai", "https://evilopenai.com/v1", "gpt-5"),
        ("openai", "https://api.openai.com.evil.example/v1", "gpt-5"),
        ("ollama", "", "llama3"),
        ("openai", "http://[bad", "gpt-5"),
        ("no-kind", "", "gpt-5"),
    ],
)
def test_what_is_not_known_is_none(kind: str, base_url: str, model: str) -> None:
    assert catalog.facts(kind, base_url, model) is None


def test_a_providers_own_word_comes_before_what_is_known() -> None:
    said = ModelInfo("m", context_window=1000, sees_images=False)
    known = Facts(context_window=2000, max_output=500, sees_images=True, reasons=True)
    assert catalog.completed(said, known) == ModelInfo("m", None, 1000, 500, False, True, None)


def test_what_is_not_known_changes_nothing() -> None:
    assert catalog.completed(ModelInfo("m", context_window=1), None) == ModelInfo("m", context_window=1)


def test_the_snapshot_stays_small_and_dated() -> None:
    assert DATA.stat().st_size < 100_000
    assert catalog.snapshot_date() >= "2026-11-22"


def test_every_kind_has_an_adapter_and_every_preset_a_kind(http: ProviderHttp) -> None:
    assert set(build_adapters(http)) == set(KINDS)
    assert {preset.kind for preset in PRESETS} <= set(KINDS)
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
