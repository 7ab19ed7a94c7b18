"""What a file is, is decided by its bytes."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.files.parsers.pdfs import keep

from chatbox.files.parsers.document import FileDamaged
from chatbox.files.parsers.kinds import look, sniff
from chatbox.files.parsers.languages import LANGUAGES, language_of

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_EXCEL_BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
_EXCEL_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_POINT = "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIL = b"Received: from a\r\n by b\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: Hi\r\n\r\nHello"


def _zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return out.getvalue()


def _office(main_type: str, folder: str) -> bytes:
    types = f'<Types><Override PartName="/{folder}/x.xml" ContentType="{main_type}"/></Types>'
    return _zip_of({"[Content_Types].xml": types.encode(), f"{folder}/x.xml": b"<x/>"})


def ole_of(*streams: str) -> bytes:
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))
    return _OLE.ljust(512, b"\0") + entries


@pytest.mark.parametrize(
    ("head", "filename", "kind", "mime_type"),
    [
        (b"", "x.pdf", "empty", "application/x-empty"),
        (b"%PDF-1.7\n", "x.txt", "pdf", "application/pdf"),
        (b"\n\n%PDF-1.4\n", "x", "pdf", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.jpg", "image", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "x.png", "image", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "x", "image", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "x", "audio", "audio/wav"),
        (b"{\\rtf1 hello}", "x.txt", "rtf", "application/rtf"),
        (b"\x7fELF\2\1\1\0", "x.py", "binary", "application/x-executable"),
        (b"\0\1\2\3", "x.txt", "binary", "application/octet-stream"),
        (b"MZ\x90\0\3\0\0\0", "x.csv", "binary", "application/octet-stream"),
        (b"BM is a good name", "x", "text", "text/plain"),
        (b"plain words", "notes", "text", "text/plain"),
        ("只有中文".encode("gb18030"), "x.txt", "text", "text/plain"),
        ("文".encode("utf-16"), "x.txt", "text", "text/plain"),
        ("plain words".encode("utf-16-le"), "x.txt", "text", "text/plain"),
        (b"# Title", "README.md", "markdown", "text/markdown"),
        (b"a,b\n1,2\n", "t.CSV", "csv", "text/csv"),
        (b"a\tb\n", "t.tsv", "csv", "text/csv"),
        (b"<!DOCTYPE html><html>", "page.txt", "html", "text/html"),
        (b"<!-- x --> <?xml version='1.0'?><html xmlns='x'>", "page", "html", "text/html"),
        (b"<html><?php ?></html>", "page.php", "code", "text/plain"),
        (b"<?xml version='1.0'?><!-- x --><svg onload='x()'>", "x.png", "code", "image/svg+xml"),
        (b"<svg xmlns='x'/>", "x.html", "code", "image/svg+xml"),
        (_MAIL, "message", "eml", "message/rfc822"),
        (b"Note: this\nis: no\nmail: at all\n", "x.txt", "text", "text/plain"),
        (b'{"cells": [{"cell_type": "code"}]}', "x", "notebook", "application/x-ipynb+json"),
        (b'{"a": 1}', "x.json", "code", "application/json"),
        (b"#!/usr/bin/env python3\n", "run", "code", "text/plain"),
        (b"\x1f\x8b\x08", "x.txt", "archive", "application/gzip"),
    ],
)
def test_the_first_bytes_decide(head: bytes, filename: str, kind: str, mime_type: str) -> None:
    found = sniff(head, filename)
    assert (found.name, found.mime_type) == (kind, mime_type)


@pytest.mark.parametrize(
    ("polyglot", "kind"),
    [
        (b"GIF89a/*%PDF-1.7*/=1;<script>alert(1)</script>", "image"),
        (b"<html><!--%PDF-1.7-->", "html"),
        (b"#!/bin/sh\n%PDF-1.7", "code"),
        (b"<script>\n%PDF-1.7", "text"),
        (b"PK\3\4%PDF-1.7", "archive"),
        (b"\xff\xd8\xff<?php system('x'); ?>", "image"),
    ],
)
def test_what_could_be_two_things_is_the_one_it_begins_as(polyglot: bytes, kind: str) -> None:
    assert sniff(polyglot, "x").name == kind


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_pictures_are_known_whatever_they_are_called(form: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (3, 3)).save(out, form)
    kind = sniff(out.getvalue(), "x.txt")
    assert (kind.is_picture, kind.mime_type) == (True, f"image/{form.lower()}")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (_office(_WORD, "word"), "docx"),
        (_office(_EXCEL, "xl"), "xlsx"),
        (_office(_EXCEL_BINARY, "xl"), "xlsx"),
        (_office(_EXCEL_MACROS, "xl"), "xlsx"),
        (_office(_POINT, "ppt"), "pptx"),
        (_zip_of({"mimetype": b"application/epub+zip", "a": b"x"}), "epub"),
        (_zip_of({"mimetype": b"application/vnd.oasis.opendocument.text", "a": b"x"}), "odt"),
        (_zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "ods"),
        (_zip_of({"mimetype": b"application/vnd.oasis.opendocument.presentation-template"}), "odp"),
        (_zip_of({"mimetype": b"text/plain"}), "archive"),
        (_zip_of({"a.txt": b"x"}), "archive"),
        (ole_of("WordDocument"), "doc"),
        (ole_of("Workbook"), "xls"),
        (ole_of("Book"), "xls"),
        (ole_of("PowerPoint Document"), "ppt"),
        (ole_of("EncryptionInfo", "EncryptedPackage"), "encrypted_office"),
        (ole_of("Bookmarks"), "binary"),
    ],
)
def test_containers_are_looked_into(tmp_path: Path, content: bytes, kind: str) -> None:
    assert look(keep(tmp_path, content, "x.docx"), "x.docx").name == kind
    # The first bytes of so small a file say it all; of larger ones they are a guess that `look` corrects.
    assert sniff(content, "file").name == kind


def test_a_sheet_inside_a_text_does_not_make_it_a_sheet(tmp_path: Path) -> None:
    path = keep(tmp_path, ole_of("WordDocument", "Workbook"), "x")
    assert (look(path, "x.doc").name, look(path, "x.xls").name, look(path, "x").name) == ("doc", "xls", "doc")


def test_an_archive_without_its_directory_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged):
        look(keep(tmp_path, _office(_WORD, "word")[:-30], "x.docx"), "x.docx")


def test_a_document_without_its_parts_is_damaged(tmp_path: Path) -> None:
    path = keep(tmp_path, _zip_of({"[Content_Types].xml": _WORD.encode()}), "x.docx")
    with pytest.raises(FileDamaged):
        look(path, "x.docx")


@pytest.mark.parametrize(
    ("filename", "first_line", "language"),
    [
        ("Makefile", "", "makefile"),
        ("src\\main.RS", "", "rust"),
        (".env", "", "dotenv"),
        ("a/b/App.tsx", "", "typescript"),
        ("run", "#!/usr/bin/env -S python3.12 -u", "python"),
        ("run", "#!/bin/sh -e", "bash"),
        ("run", "#!", ""),
        ("notes.txt", "#!/bin/sh", "bash"),
        ("notes.txt", "", ""),
    ],
)
def test_code_says_its_language(filename: str, first_line: str, language: str) -> None:
    assert language_of(filename, first_line) == language


def test_some_ninety_kinds_of_source_code_are_known() -> None:
    assert len(LANGUAGES) >= 90


@given(st.binary(max_size=2000), st.text(max_size=20))
def test_any_bytes_are_something(head: bytes, filename: str) -> None:
    assert sniff(head, filename).mime_type
