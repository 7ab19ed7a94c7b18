"""Sending files in one go, to a folder and to a bucket."""

import asyncio
import os
from collections.abc import AsyncIterator

import httpx2
import pytest
from tests.files import tus
from tests.files.sending import begun_request, get, send
from tests.support.app import Person, ServerThread, problem_of

MEGABYTE = 2**20
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def test_a_file_comes_back_as_it_was_sent(cat: Person) -> None:
    content = os.urandom(700_000)

    file = await send(cat, content, "data.bin")

    assert (file["filename"], file["size"], file["mime_type"]) == ("data.bin", 700_000, "application/octet-stream")
    assert file["storage_key"].startswith(f"users/{cat.id}/message_attachment/")
    assert file["storage_key"].endswith(".bin")
    found = await cat.http.get(f"/files/{file['id']}/content", follow_redirects=True)
    assert found.content == content


async def test_its_address_needs_no_sign_in(cat: Person) -> None:
    file = await send(cat, b"shared with whoever has the address")

    async with httpx2.AsyncClient(base_url=cat.place.url, verify=False) as nobody:
        assert (await nobody.get(file["url"])).content == b"shared with whoever has the address"


@pytest.mark.parametrize("where", ["before", "behind"])
async def test_the_purpose_may_stand_on_either_side_of_the_file(cat: Person, where: str) -> None:
    field = '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nknowledge\r\n'
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n'
    form = (field + part if where == "before" else part + field) + "--b--\r\n"

    answer = await post_form(cat, form.encode())

    file = answer.json()
    assert file["purpose"] == "knowledge"
    assert file["storage_key"].startswith(f"users/{cat.id}/knowledge/")
    assert (await cat.http.get(f"/files/{file['id']}/content?inline=1")).content == b"hello"


async def test_the_same_bytes_of_one_person_are_stored_once(cat: Person, dan: Person) -> None:
    content = os.urandom(1000)
    before = await used(cat)

    one, two = await send(cat, content, "one.bin"), await send(cat, content, "two.bin")
    others = await send(dan, content, "one.bin")

    assert one["id"] != two["id"]
    assert (one["filename"], two["filename"]) == ("one.bin", "two.bin")
    assert one["storage_key"] == two["storage_key"] != others["storage_key"]
    assert await used(cat) == before + 1000


async def test_the_same_bytes_at_the_same_time_are_stored_once(cat: Person) -> None:
    content = os.urandom(1000)

    files = await asyncio.gather(*(send(cat, content, f"{number}.bin") for number in range(6)))

    assert len({file["id"] for file in files}) == 6
    assert len({file["storage_key"] for file in files}) == 1


@pytest.mark.parametrize(
    ("content", "name", "said", "found"),
    [
        (PNG, "page.html", "text/html", "image/png"),
        (b"<html><body>hi", "photo.png", "image/png", "text/html"),
        (b"%PDF-1.7\n", "x.exe", "application/x-msdownload", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.jpg", "image/jpeg", "image/svg+xml"),
        (b"MZ\x90\x00" + bytes(60), "holiday.jpg", "image/jpeg", "application/octet-stream"),
    ],
)
async def test_what_a_file_is_decides_its_content(
    ann: Person, content: bytes, name: str, said: str, found: str
) -> None:
    answer = await ann.http.post("/files/upload", files={"file": (name, content, said)})

    assert answer.json()["mime_type"] == found


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/shadow", "shadow"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("..", "file"),
        ("a\x00b.txt", "ab.txt"),
        ("nul.txt", "_nul.txt"),
        ("COM1", "_COM1"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("报告 终稿.pdf", "报告 终稿.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("trailing. . .", "trailing"),
        ("a\r\nSet-Cookie: x=y.txt", "aSet-Cookie_ x=y.txt"),
    ],
)
async def test_no_name_leads_anywhere(ann: Person, given: str, kept: str) -> None:
    answer = await tus.announce(ann, 0, filename=given)
    file = await get(ann, {"id": answer.headers["location"].rsplit("/", 1)[1]})

    assert file["filename"] == kept
    disposition = (await ann.http.get(f"/files/{file['id']}/content")).headers["content-disposition"]
    assert "\r" not in disposition
    assert "/" not in disposition


async def test_a_file_at_the_limit_passes_and_one_byte_more_does_not(squeezed: Person) -> None:
    assert (await send(squeezed, bytes(MEGABYTE)))["size"] == MEGABYTE

    answer = await squeezed.http.post("/files/upload", files={"file": ("a.bin", os.urandom(MEGABYTE + 1))})

    assert problem_of(answer) == (413, "file_too_large")
    assert await used(squeezed) == MEGABYTE


async def test_a_false_length_does_not_pass_the_limit(squeezed: Person) -> None:
    async def form() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield os.urandom(100_000)
        yield b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = await squeezed.http.post("/files/upload", content=form(), headers=headers)

    assert problem_of(answer) == (413, "file_too_large")
    assert await used(squeezed) == 0


async def test_a_person_has_so_much_room(squeezed: Person) -> None:
    for _ in range(2):
        await send(squeezed, os.urandom(MEGABYTE - 100_000))

    answer = await squeezed.http.post("/files/upload", files={"file": ("a.bin", os.urandom(300_000))})

    assert problem_of(answer) == (413, "file_quota_reached")


async def test_uploads_at_the_same_time_share_the_room(squeezed: Person) -> None:
    async def one() -> int:
        answer = await squeezed.http.post("/files/upload", files={"file": ("a.bin", os.urandom(900_000))})
        return answer.status_code

    codes = await asyncio.gather(*(one() for _ in range(4)))

    assert sorted(codes) == [201, 201, 413, 413]
    assert await used(squeezed) == 1_800_000


async def test_promised_uploads_count_as_used_room(squeezed: Person) -> None:
    paths = [await tus.begin(squeezed, MEGABYTE) for _ in range(2)]

    assert problem_of(await tus.announce(squeezed, 1)) == (413, "file_quota_reached")
    assert (await squeezed.http.delete(paths[0], headers=tus.VERSION)).status_code == 204
    assert (await tus.announce(squeezed, 1)).status_code == 201


async def test_a_broken_upload_leaves_nothing(ann: Person) -> None:
    before = await used(ann)
    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": "500000"}
    begin = b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.bin"\r\n\r\n' + os.urandom(200_000)

    async with begun_request(ann, "POST", "/files/upload", headers, begin):
        pass

    assert await used(ann) == before
    assert not [file for file in (await ann.http.get("/files")).json()["items"] if file["filename"] == "half.bin"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"", "bad_form"),
        (b"nonsense", "bad_form"),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf', "bad_form"),
        (b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n', "file_part_missing"),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n', "file_part_missing"),
        (b"--b\r\nContent-Disposition: x\r\n\r\nx\r\n" * 30 + b"--b--\r\n", "bad_form"),
        (b"--b\r\nX: " + b"y" * 20_000 + b"\r\n\r\n--b--\r\n", "bad_form"),
    ],
)
async def test_a_form_that_is_none_is_refused(ann: Person, form: bytes, code: str) -> None:
    assert problem_of(await post_form(ann, form)) == (422, code)


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data", "text/plain", "multipart/mixed; boundary=b"]
)
async def test_a_body_that_is_no_form_is_refused(ann: Person, kind: str) -> None:
    answer = await ann.http.post("/files/upload", content=b"{}", headers={"content-type": kind})

    assert problem_of(answer) == (422, "bad_form")


@pytest.mark.parametrize("purpose", ["../up", "a/b", "UPPER", "x" * 41, "1a", "a\x00"])
async def test_a_purpose_is_a_plain_word(ann: Person, purpose: str) -> None:
    answer = await ann.http.post("/files/upload", files={"file": ("a", b"x")}, data={"purpose": purpose})

    assert problem_of(answer) == (422, "invalid_request")


async def test_nobody_uploads_without_signing_in(server: ServerThread) -> None:
    async with server.browser() as http:
        assert problem_of(await http.post("/files/upload", files={"file": ("a", b"x")})) == (401, "not_signed_in")


async def post_form(person: Person, form: bytes) -> httpx2.Response:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    return await person.http.post("/files/upload", content=form, headers=headers)


async def used(person: Person) -> int:
    return int((await person.http.get("/files/usage")).json()["used"])


async def test_an_upload_by_somebody_who_is_deleted_meanwhile_leaves_nothing(
    server: ServerThread, admin: Person
) -> None:
    async with server.person() as leaver:

        async def form() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf'
            await get(leaver, {"id": leaver.id})  # by now the server has begun to take it in
            assert (await admin.http.delete(f"/admin/users/{leaver.id}")).status_code == 204
            yield b"whole\r\n--b--\r\n"

        headers = {"content-type": "multipart/form-data; boundary=b"}
        answer = await leaver.http.post("/files/upload", content=form(), headers=headers)

    assert problem_of(answer) == (401, "not_signed_in")
