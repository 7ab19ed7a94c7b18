"""Text in pictures, read with what is installed and nothing else."""

import shutil
import socket
from difflib import SequenceMatcher
from io import BytesIO
from pathlib import Path

import pytest
from tests.files.parsers.apart import read_apart
from tests.files.parsers.pdfs import keep
from tests.files.parsers.pictures import draw_lines

from chatbox.files.parsers.document import OcrMissing
from chatbox.files.parsers.job import OcrOptions
from chatbox.files.parsers.ocr import (
    LONGEST_SIDE,
    Line,
    Ocr,
    PictureReader,
    RapidOcr,
    Tesseract,
    cut_long,
    join_lines,
    open_ocr,
)
from chatbox.files.parsers.sandbox import ReadOptions

_ENGLISH = ["The report was written in March", "and costs went down by 12 percent"]
_CHINESE = ["第三季度销售额增长了百分之十二", "数据库系统支持全文检索"]


@pytest.fixture(scope="module")
def ocr() -> Ocr:
    return RapidOcr()


def _accuracy(found: str, drawn: list[str]) -> float:
    return SequenceMatcher(None, found, "\n".join(drawn), autojunk=False).ratio()


@pytest.mark.parametrize("lines", [_ENGLISH, _CHINESE])
def test_the_models_in_the_package_read_english_and_chinese(
    ocr: Ocr, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    assert _accuracy(ocr.read(draw_lines(lines)), lines) > 0.95


def test_a_picture_without_text_gives_none(ocr: Ocr) -> None:
    assert ocr.read(draw_lines([], width=200)) == ""


async def test_a_scanned_file_is_read_page_by_page_up_to_its_limit(tmp_path: Path) -> None:
    out = BytesIO()
    pages = [
        draw_lines([words], size=22, width=280) for words in ("First scanned page", "第二页的文字内容", "too many")
    ]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    steps: list[tuple[int, int]] = []
    found = await read_apart(
        keep(tmp_path, out.getvalue()),
        options=ReadOptions(ocr=OcrOptions(most_pages=2)),
        on_progress=lambda done, of: steps.append((done, of)),
    )
    second, third = found.marks[1].start, found.marks[2].start
    assert found.text[:second].strip() == "First scanned page"
    assert found.text[second:third].strip() == "第二页的文字内容"
    assert found.meta.notes == ("pages_without_text",)
    assert (steps[0], steps[-1]) == ((1, 3), (3, 3))


async def test_a_picture_is_read_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    draw_lines(_ENGLISH, size=20, width=360).save(path)
    found = await read_apart(path, options=ReadOptions(folder=tmp_path))
    assert _accuracy(found.text, _ENGLISH) > 0.95
    assert found.view == tmp_path / "view.png"


async def test_a_scanned_file_says_that_the_chosen_program_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    out = BytesIO()
    draw_lines(["Scanned"]).save(out, "PDF")
    with pytest.raises(OcrMissing):
        await read_apart(keep(tmp_path, out.getvalue()), options=ReadOptions(ocr=OcrOptions("tesseract")))


async def test_a_picture_is_shown_even_if_nothing_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    draw_lines(["Words"]).save(path)
    found = await read_apart(path, options=ReadOptions(folder=tmp_path, ocr=OcrOptions("off")))
    assert (found.text, found.meta.notes, found.view) == ("", ("picture_not_read",), tmp_path / "view.png")


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed here")
@pytest.mark.parametrize("lines", [_ENGLISH, _CHINESE])
async def test_an_installed_tesseract_reads_in_the_confined_process_too(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "x.png"
    draw_lines(lines).save(path)
    found = await read_apart(path, options=ReadOptions(ocr=OcrOptions("tesseract")))
    assert _accuracy(found.text, lines) > 0.9


def test_tesseract_is_asked_in_the_languages_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text(
        '#!/bin/sh\nif [ "$1" = --list-langs ]; then echo "List"; echo eng; echo chi_sim; else echo "$@"; fi\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert Tesseract().read(draw_lines([])) == "stdin stdout -l chi_sim+eng"


def test_a_tesseract_that_fails_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(OcrMissing):
        Tesseract()


def test_no_ocr_is_a_choice() -> None:
    with pytest.raises(OcrMissing):
        open_ocr("off")


def test_the_seconds_for_ocr_run_out() -> None:
    assert PictureReader(OcrOptions(most_seconds=-1)).is_spent


def test_pieces_beside_each_other_are_one_line_and_gaps_end_paragraphs() -> None:
    pieces = [
        Line("right", left=50, top=1, bottom=11),
        Line("left", left=0, top=0, bottom=10),
        Line("below", left=0, top=14, bottom=24),
        Line("far below", left=0, top=60, bottom=70),
    ]
    assert join_lines(pieces) == "left  right\nbelow\n\nfar below"


def test_a_long_screenshot_is_cut_between_its_lines() -> None:
    picture = draw_lines(["MMMMMMMMMM"] * 90)
    pieces = list(cut_long(picture))
    assert sum(piece.height for piece in pieces) == picture.height
    assert len(pieces) > 2
    assert all(piece.height <= LONGEST_SIDE for piece in pieces)
    for piece in pieces[:-1]:
        last_row = piece.crop((0, piece.height - 1, piece.width, piece.height))
        assert last_row.getcolors() == [(piece.width, (255, 255, 255))]


def test_a_picture_that_is_not_long_stays_whole() -> None:
    assert [piece.size for piece in cut_long(draw_lines(["x"] * 20))] == [draw_lines(["x"] * 20).size]


def _refuse(*_: object) -> None:
    raise AssertionError("nothing may be fetched")
