"""Serving the bytes: ranges, validators, careful headers, signed addresses."""

import base64
from io import BytesIO
from urllib.parse import urlsplit

import httpx2
import pytest
from PIL import Image
from tests.files.sending import read, send
from tests.support.app import Person, problem_of

from chatbox.files.content import plan_reply

TEN = b"\x7fELF456789"  # nobody reads a program, which saves the tests a process each
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-3", 206, TEN[:4], "bytes 0-3/10"),
        ("bytes=4-", 206, TEN[4:], "bytes 4-9/10"),
        ("bytes=-3", 206, TEN[7:], "bytes 7-9/10"),
        ("bytes=-30", 206, TEN, "bytes 0-9/10"),
        ("bytes=8-100", 206, TEN[8:], "bytes 8-9/10"),
        ("BYTES=0-0", 206, TEN[:1], "bytes 0-0/10"),
        ("bytes=0-1,3-4", 200, TEN, None),
        ("bytes=5-2", 200, TEN, None),
        ("lines=1-2", 200, TEN, None),
        ("bytes=-", 200, TEN, None),
        ("bytes=" + "9" * 40 + "-", 200, TEN, None),
    ],
)
async def test_one_range_is_given_and_what_is_none_is_ignored(
    ann: Person, asked: str, status: int, body: bytes, content_range: str | None
) -> None:
    file = await send(ann, TEN)

    answer = await ann.http.get(f"/files/{file['id']}/content", headers={"range": asked})

    assert (answer.status_code, answer.content) == (status, body)
    assert answer.headers.get("content-range") == content_range
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0"])
async def test_a_range_beyond_the_end_is_told_the_size(ann: Person, asked: str) -> None:
    file = await send(ann, TEN)

    answer = await ann.http.get(f"/files/{file['id']}/content", headers={"range": asked})

    assert problem_of(answer) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */10"


async def test_a_range_of_something_else_by_now_is_all_of_it(ann: Person) -> None:
    path = f"/files/{(await send(ann, TEN))['id']}/content"
    etag = (await ann.http.head(path)).headers["etag"]

    same = await ann.http.get(path, headers={"range": "bytes=0-1", "if-range": etag})
    other = await ann.http.get(path, headers={"range": "bytes=0-1", "if-range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)


async def test_who_has_it_already_is_told_so(ann: Person) -> None:
    path = f"/files/{(await send(ann, TEN))['id']}/content"
    etag = (await ann.http.get(path)).headers["etag"]

    answer = await ann.http.get(path, headers={"if-none-match": f'"x", W/{etag}'})

    assert (answer.status_code, answer.content) == (304, b"")


async def test_head_tells_without_giving(ann: Person) -> None:
    answer = await ann.http.head(f"/files/{(await send(ann, TEN))['id']}/content")

    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "10", b"")


@pytest.mark.parametrize(
    ("content", "name", "disposition"),
    [
        (PNG, "a.png", "inline"),
        (b"\xff\xd8\xff\xe0" + bytes(32), "a.jpg", "inline"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.svg", "attachment"),
        (b"<!doctype html><script>alert(1)</script>", "a.html", "attachment"),
        (b"%PDF-1.7\n", "a.pdf", "attachment"),
        (b"GIF89a/*<script>alert(1)</script>*/", "a.html", "inline"),
        (b"<!-- GIF89a --><script>alert(1)</script>", "a.gif", "attachment"),
        (b"Content-Type: text/html\r\n\r\n<script>", "a.mht", "attachment"),
    ],
)
@pytest.mark.parametrize("way", ["signed in", "signed address"])
async def test_no_file_can_act_as_a_page(ann: Person, content: bytes, name: str, disposition: str, way: str) -> None:
    file = await send(ann, content, name)
    path = f"/files/{file['id']}/content" if way == "signed in" else file["url"].removeprefix("/api/v1")

    headers = (await ann.http.get(path)).headers

    assert headers["content-disposition"].partition(";")[0] == disposition
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-type"].partition(";")[0] == file["mime_type"]
    assert disposition == "attachment" or file["mime_type"].startswith("image/")


async def test_a_picture_can_be_saved(ann: Person) -> None:
    file = await send(ann, PNG, "图 1.png")

    disposition = (await ann.http.get(f"/files/{file['id']}/content?download=1")).headers["content-disposition"]

    assert disposition == "attachment; filename=\"_ 1.png\"; filename*=UTF-8''%E5%9B%BE%201.png"


async def test_a_bucket_gives_its_files_out_itself(s3_cat: Person) -> None:
    file = await send(s3_cat, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg")

    answer = await s3_cat.http.get(f"/files/{file['id']}/content")

    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    async with httpx2.AsyncClient(verify=False) as nobody:
        for url in (answer.headers["location"], file["url"]):
            given = await nobody.get(url)
            assert given.content.startswith(b"<svg")
            assert given.headers["content-disposition"].startswith("attachment")
            bare = urlsplit(url)._replace(query="").geturl()
            assert (await nobody.get(bare)).status_code == 403


async def test_the_page_may_load_from_the_bucket_and_nowhere_else(s3_cat: Person, ann: Person) -> None:
    url = urlsplit((await send(s3_cat, b"x"))["url"])
    theirs = (await s3_cat.http.get("/files/usage")).headers["content-security-policy"]
    ours = (await ann.http.get("/files/usage")).headers["content-security-policy"]

    origin = f"{url.scheme}://{url.netloc}"
    assert f"img-src 'self' data: blob: {origin};" in theirs
    assert f"connect-src 'self' ws: wss: {origin};" in theirs
    assert theirs.replace(f" {origin}", "") == ours


async def test_with_inline_the_server_itself_gives_what_is_in_a_bucket(s3_cat: Person) -> None:
    file = await send(s3_cat, TEN)

    answer = await s3_cat.http.get(f"/files/{file['id']}/content?inline=1", headers={"range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, TEN[2:5])


async def test_a_changed_address_opens_nothing(ann: Person) -> None:
    first, second = [(await send(ann, content, "a.txt"))["url"] for content in (TEN + b"1", TEN + b"2")]
    forged = base64.urlsafe_b64encode(token_of(first)[:32] + token_of(second)[32:]).decode().rstrip("=")

    for token in (forged, token_text(first)[:-2], token_text(first) + "AA", "x", "%00", "A" * 5000):
        answer = await ann.http.get(f"/files/s/{token}/a.txt")
        assert problem_of(answer) == (403, "link_expired"), token


async def test_an_address_with_more_time_than_it_was_given_opens_nothing(ann: Person) -> None:
    url = (await send(ann, b"old"))["url"]
    raw = token_of(url)
    longer = base64.urlsafe_b64encode(raw[:32] + raw[32:].replace(b"]", b"0]")).decode().rstrip("=")

    assert (await ann.http.get(f"/files/s/{longer}/file.bin")).status_code == 403


async def test_the_view_of_a_picture_is_small_and_has_an_address(reader: Person) -> None:
    paper = BytesIO()
    Image.new("RGB", (3000, 200), "teal").save(paper, "PNG")
    file = await read(reader, await send(reader, paper.getvalue(), "large.png"))

    assert file["preview_url"]
    view = await reader.http.get(f"/files/{file['id']}/content", params={"view": True, "inline": True})
    assert max(Image.open(BytesIO(view.content)).size) <= 1568
    assert view.headers["content-disposition"].startswith("inline")
    async with httpx2.AsyncClient(base_url=reader.place.url, verify=False) as nobody:
        assert (await nobody.get(file["preview_url"])).content == view.content


async def test_the_view_of_what_has_none_is_the_file(ann: Person) -> None:
    file = await send(ann, TEN)

    assert (await ann.http.get(f"/files/{file['id']}/content?view=1")).content == TEN


def test_an_empty_file_has_no_ranges() -> None:
    asked = {"range": "bytes=0-"}
    reply = plan_reply(asked, storage_key="k", size=0, mime_type="text/plain", kind="attachment", filename="a")

    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */0")


def token_text(url: str) -> str:
    return url.split("/")[-2]


def token_of(url: str) -> bytes:
    text = token_text(url)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
