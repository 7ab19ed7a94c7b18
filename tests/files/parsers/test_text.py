"""Text, Markdown and code in whatever encoding."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.parsers.reading import read

from chatbox.files.parsers.document import FileEmpty
from chatbox.files.parsers.encoding import decode
from chatbox.files.parsers.text import parse_code, parse_markdown, parse_text

_SIMPLIFIED = "这是一个测试文件，用来检查编码识别是否正确。"
_TRADITIONAL = "這是一個測試檔案，用來檢查編碼識別是否正確。"
_JAPANESE = "これはテストファイルです。文字コードの判定を確認します。"
_KOREAN = "이것은 인코딩 감지를 확인하기 위한 테스트 파일입니다."
_RUSSIAN = "Это тестовый файл для проверки кодировки."
_GERMAN = "Größe, Überprüfung und Straße müssen stimmen."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_SIMPLIFIED, "utf-8"),
        (_SIMPLIFIED, "utf-8-sig"),
        (_SIMPLIFIED, "utf-16"),
        (_SIMPLIFIED, "utf-32"),
        (_SIMPLIFIED, "gbk"),
        (_TRADITIONAL, "big5"),
        (_JAPANESE, "shift_jis"),
        (_JAPANESE, "euc_jp"),
        (_JAPANESE, "iso2022_jp"),
        (_KOREAN, "euc_kr"),
        (_RUSSIAN, "cp1251"),
        (_RUSSIAN, "koi8-r"),
        (_RUSSIAN, "cp866"),
        (_GERMAN, "cp1252"),
        (_GERMAN, "utf-16-le"),
        (_GERMAN, "utf-16-be"),
        ("Zażółć gęślą jaźń, proszę państwa, oto źródło.", "cp1250"),
        ("你好", "gb18030"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_what_the_file_says_of_its_encoding_is_tried_before_statistics() -> None:
    assert decode("Łódź".encode("iso8859-2"), "iso-8859-2") == "Łódź"


def test_a_wrong_word_about_the_encoding_does_no_harm() -> None:
    assert decode(_SIMPLIFIED.encode("gbk"), "no-such-encoding") == _SIMPLIFIED


def test_a_character_that_is_cut_off_spoils_nothing() -> None:
    assert decode(_SIMPLIFIED.encode()[:-1]) == _SIMPLIFIED[:-1]


@given(st.binary())
def test_any_bytes_give_some_text(content: bytes) -> None:
    assert isinstance(decode(content), str)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\x00\x1b")))
def test_utf_8_is_never_mistaken(text: str) -> None:
    assert decode(text.encode()) == text


def test_plain_text_stays_as_it_is(tmp_path: Path) -> None:
    assert read(parse_text, b"one\r\n\r\n\r\n  two\r\n", tmp_path).text == "one\n\n\n  two"


def test_code_is_fenced_in_its_language(tmp_path: Path) -> None:
    parser = partial(parse_code, language="python")
    assert read(parser, b"def f():\n    pass\n", tmp_path).text == "```python\ndef f():\n    pass\n```"


def test_markdown_has_a_mark_at_each_heading(tmp_path: Path) -> None:
    source = "before\n\n# One #\n\ntext\n\n```sh\n# no heading\n```\n\n## Two\n\n中文\n"
    found = read(parse_markdown, source.encode(), tmp_path)
    assert (found.text, found.meta.title) == (source.strip(), "One")
    assert [(mark.kind, mark.number, mark.label) for mark in found.marks] == [
        ("section", 1, "One"),
        ("section", 2, "Two"),
    ]
    assert found.between_marks()[1] == ("Two", "## Two\n\n中文")


def test_a_file_of_blanks_is_empty(tmp_path: Path) -> None:
    with pytest.raises(FileEmpty):
        read(parse_text, b" \n\t\n", tmp_path)
