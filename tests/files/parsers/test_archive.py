"""Zip files that mean harm are refused before anything opens them."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from tests.files.parsers.pdfs import keep

from chatbox.files.parsers.archive import MOST_MEMBERS, check_archive, open_archive
from chatbox.files.parsers.document import FileDamaged, FileEncrypted, FileTooComplex


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def lying_zip(name: str, content: bytes, claimed: int) -> bytes:
    """A zip file whose one member inflates to `content` while all headers say that it has `claimed` bytes."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(content) + packer.flush()
    sizes = struct.pack("<LLL", zlib.crc32(content[:claimed]), len(packed), claimed)
    path = name.encode()
    local = b"PK\3\4\x14\0\0\0\x08\0\0\0\0\0" + sizes + struct.pack("<HH", len(path), 0) + path + packed
    entry = (
        b"PK\1\2\x14\0\x14\0\0\0\x08\0\0\0\0\0" + sizes + struct.pack("<HHHHHLL", len(path), 0, 0, 0, 0, 0, 0) + path
    )
    return local + entry + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)


def test_an_honest_archive_passes(tmp_path: Path) -> None:
    path = keep(tmp_path, zip_of({"a.txt": b"hello", "b/c.txt": b"x" * 100_000}), "x.zip")
    check_archive(path)
    with open_archive(path) as archive:
        assert archive.names() == ["a.txt", "b/c.txt"]
        assert "a.txt" in archive
        assert archive.read("a.txt") == b"hello"


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = keep(tmp_path, zip_of({"a": bytes(5 << 20)}), "x.zip")
    with pytest.raises(FileTooComplex):
        check_archive(path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = keep(tmp_path, zip_of({str(number): b"" for number in range(MOST_MEMBERS + 1)}), "x.zip")
    with pytest.raises(FileTooComplex), open_archive(path):
        pass


def test_a_member_that_is_longer_than_it_says_is_found_out(tmp_path: Path) -> None:
    path = keep(tmp_path, lying_zip("a", bytes(50 << 20), claimed=100), "x.zip")
    with pytest.raises(FileTooComplex):
        check_archive(path)
    with open_archive(path) as archive:
        assert len(archive.read("a")) == 100


def test_a_member_is_read_up_to_its_limit_only(tmp_path: Path) -> None:
    path = keep(tmp_path, zip_of({"a": b"12345"}), "x.zip")
    with open_archive(path) as archive, pytest.raises(FileTooComplex):
        archive.read("a", limit=4)


def test_all_members_together_have_a_limit(tmp_path: Path) -> None:
    path = keep(tmp_path, zip_of({"a": b"12345", "b": b"12345"}), "x.zip")
    with open_archive(path) as archive:
        archive._left = 7
        archive.read("a")
        with pytest.raises(FileTooComplex):
            archive.read("b")


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    path = keep(folder, zip_of({"../escaped.txt": b"x", "/etc/escaped": b"y", "..\\escaped": b"z"}), "x.zip")
    check_archive(path)
    with open_archive(path) as archive:
        assert archive.read("../escaped.txt") == b"x"
    assert [entry.name for entry in tmp_path.rglob("*")] == ["inside", "x.zip"]


def test_a_member_that_is_not_there_means_damage(tmp_path: Path) -> None:
    with open_archive(keep(tmp_path, zip_of({"a": b""}), "x.zip")) as archive, pytest.raises(FileDamaged):
        archive.read("b")


def test_a_protected_archive_is_told_apart(tmp_path: Path) -> None:
    content = bytearray(zip_of({"a": b"secret"}))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(FileEncrypted):
        check_archive(keep(tmp_path, bytes(content), "x.zip"))


@pytest.mark.parametrize("spoil", [slice(0, 40), slice(10, None)])
def test_a_damaged_archive_is_told_apart(tmp_path: Path, spoil: slice) -> None:
    content = zip_of({"a": b"hello" * 100, "b": b"x"})
    with pytest.raises(FileDamaged):
        check_archive(keep(tmp_path, content[spoil], "x.zip"))


def test_wrong_bytes_inside_are_damage(tmp_path: Path) -> None:
    content = bytearray(zip_of({"a": b"hello world, hello world"}))
    content[35] ^= 0xFF
    with pytest.raises(FileDamaged):
        check_archive(keep(tmp_path, bytes(content), "x.zip"))
