"""Texts in the caller's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.kernel.i18n import LANGUAGES, Texts, negotiate

_TEXTS = Texts({"en": {"hi": "Hi {name}", "only": "Only here"}, "zh-CN": {"hi": "你好 {name}"}})


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("ZH-hant-TW", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("de,zh;q=0.8,en;q=0.7", "zh-CN"),
        ("de,zh;q=0.7,en;q=0.8", "en"),
        ("en;q=0.1, zh-CN;q=0.1", "en"),
        ("zh;q=0", "en"),
        ("en;q=0, zh", "zh-CN"),
        ("fr, de", "en"),
        ("*", "en"),
        ("zhx, enx", "en"),
        ("zh;level=1", "zh-CN"),
        ("zh;q=much, en;q=0.2", "en"),
        (";;;,,,=", "en"),
    ],
)
def test_the_best_of_our_languages_is_found(header: str | None, language: str) -> None:
    assert negotiate(header) == language


@given(st.text())
def test_any_header_leads_to_a_language_of_ours(header: str) -> None:
    assert negotiate(header) in LANGUAGES


def test_an_endless_header_is_not_read_to_its_end() -> None:
    assert negotiate("de," * 10_000 + "zh") == "en"


@pytest.mark.parametrize(
    ("key", "language", "said"),
    [
        ("hi", "en", "Hi Ann"),
        ("hi", "zh-CN", "你好 Ann"),
        ("hi", "fr", "Hi Ann"),
        ("only", "zh-CN", "Only here"),
        ("nowhere", "en", "nowhere"),
    ],
)
def test_a_text_is_said_in_a_language_that_has_it(key: str, language: str, said: str) -> None:
    assert _TEXTS.say(key, language, {"name": "Ann"}) == said


def test_a_place_without_a_value_stays_and_harms_nothing() -> None:
    assert _TEXTS.say("hi", "en") == "Hi {name}"
    assert _TEXTS.say("hi", "en", {"name": "{__class__} %s", "other": 1}) == "Hi {__class__} %s"
