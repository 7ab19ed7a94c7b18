"""Uploads in pieces, by tus 1.0.0: they go on where they broke off."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from itertools import pairwise
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files import tus
from tests.files.sending import begun_request, get
from tests.support.app import Person, ServerThread, problem_of

CONTENT = b"\x7fELF" + os.urandom(11_996)


async def test_a_file_in_pieces_is_one_file_with_the_id_of_its_upload(ann: Person) -> None:
    path = await tus.begin(ann, len(CONTENT), filename="图片.bin")

    first = await tus.append(ann, path, 0, CONTENT[:5000])
    last = await tus.append(ann, path, 5000, CONTENT[5000:])

    assert (first.status_code, first.headers["upload-offset"]) == (204, "5000")
    assert (last.status_code, last.headers["upload-offset"]) == (204, "12000")
    file = await get(ann, {"id": path.rsplit("/", 1)[1]})
    assert (file["filename"], file["size"]) == ("图片.bin", 12_000)
    assert (await ann.http.get(f"/files/{file['id']}/content")).content == CONTENT


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=4).map(sorted))
def test_any_split_into_pieces_makes_the_same_file(server: ServerThread, cuts: list[int]) -> None:
    async def send() -> bytes:
        async with server.resident("ann") as ann:
            path = await tus.begin(ann, len(CONTENT))
            for start, end in pairwise([0, *cuts, len(CONTENT)]):
                assert (await tus.append(ann, path, start, CONTENT[start:end])).status_code == 204
            return (await ann.http.get(f"/files/{path.rsplit('/', 1)[1]}/content")).content

    assert asyncio.run(send()) == CONTENT


async def test_what_arrived_before_a_break_is_kept(ann: Person) -> None:
    content = os.urandom(7 * 2**20)
    path = await tus.begin(ann, len(content))

    headers = {**tus.PIECE, "upload-offset": "0", "content-length": str(len(content))}
    async with begun_request(ann, "PATCH", path, headers, content[: 6 * 2**20]), asyncio.timeout(10):
        while (offset := await tus.offset_of(ann, path)) == 0:
            await asyncio.sleep(0.02)

    assert offset == 5 * 2**20
    while (answer := await tus.append(ann, path, offset, content[offset:])).status_code == 409:
        offset = await tus.offset_of(ann, path)  # the end of what had arrived was stored only now
    assert answer.status_code == 204
    assert (await ann.http.get(f"/files/{path.rsplit('/', 1)[1]}/content")).content == content


async def test_who_missed_the_last_answer_hears_that_the_upload_is_complete(ann: Person) -> None:
    path = await tus.begin(ann, 3)
    await tus.append(ann, path, 0, b"abc")

    assert await tus.offset_of(ann, path) == 3


async def test_a_piece_that_does_not_fit_is_refused(ann: Person) -> None:
    path = await tus.begin(ann, 10)
    await tus.append(ann, path, 0, b"abcde")

    assert problem_of(await tus.append(ann, path, 3, b"xyz")) == (409, "upload_offset_wrong")
    assert await tus.offset_of(ann, path) == 5


async def test_two_who_send_the_same_piece_at_once_do_not_mix(ann: Person) -> None:
    path = await tus.begin(ann, 10)

    answers = await asyncio.gather(*(tus.append(ann, path, 0, bytes([65 + n]) * 6) for n in range(2)))

    assert {answer.status_code for answer in answers} <= {204, 409}
    assert await tus.offset_of(ann, path) == 6
    await tus.append(ann, path, 6, b"rest")
    content = (await ann.http.get(f"/files/{path.rsplit('/', 1)[1]}/content")).content
    assert content in {b"A" * 6 + b"rest", b"B" * 6 + b"rest"}


async def test_an_upload_can_be_given_up(ann: Person) -> None:
    path = await tus.begin(ann, 10)
    await tus.append(ann, path, 0, b"abc")

    assert (await ann.http.delete(path, headers=tus.VERSION)).status_code == 204
    assert (await ann.http.head(path, headers=tus.VERSION)).status_code == 404


async def test_an_empty_file_is_there_at_once(ann: Person) -> None:
    path = await tus.begin(ann, 0, filename="empty.txt")

    assert (await get(ann, {"id": path.rsplit("/", 1)[1]}))["size"] == 0


async def test_the_server_says_what_it_speaks_to_anybody(server: ServerThread) -> None:
    async with server.browser() as http:
        answer = await http.options("/files/uploads")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "expiration", "termination"}
    assert int(answer.headers["tus-max-size"]) == 10 * 2**20


async def test_an_upload_says_when_it_expires_and_what_it_was_told(ann: Person) -> None:
    answer = await tus.announce(ann, 10, filename="a b.txt", mood="calm")
    head = await ann.http.head(answer.headers["location"].removeprefix("/api/v1"), headers=tus.VERSION)

    assert answer.headers["upload-expires"].endswith("GMT")
    assert head.headers["upload-metadata"] == tus.metadata(filename="a b.txt", mood="calm")["upload-metadata"]
    assert head.headers["upload-length"] == "10"
    assert head.headers["cache-control"] == "no-store"


async def test_another_version_is_refused_and_ours_is_named(ann: Person) -> None:
    answer = await ann.http.post("/files/uploads", headers={"tus-resumable": "0.2.2", "upload-length": "1"})

    assert problem_of(answer) == (412, "tus_version_unsupported")
    assert answer.headers["tus-version"] == "1.0.0"


async def test_refusals_name_the_version_too(ann: Person) -> None:
    answer = await tus.announce(ann, 11 * 2**20)

    assert problem_of(answer) == (413, "file_too_large")
    assert answer.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize("length", ["", "-1", "1.5", "x", "9" * 30])
async def test_a_length_that_is_none_is_refused(ann: Person, length: str) -> None:
    answer = await ann.http.post("/files/uploads", headers={**tus.VERSION, "upload-length": length})

    assert problem_of(answer) == (400, "upload_header_wrong")


async def test_pieces_have_a_type_of_their_own(ann: Person) -> None:
    path = await tus.begin(ann, 10)

    answer = await tus.append(ann, path, 0, b"x", **{"content-type": "application/octet-stream"})

    assert problem_of(answer) == (415, "upload_type_wrong")


async def test_more_than_was_announced_is_left_out(ann: Person) -> None:
    path = await tus.begin(ann, 4)

    async def too_much() -> AsyncIterator[bytes]:
        yield b"abcdefgh"

    assert (await tus.append(ann, path, 0, too_much())).headers["upload-offset"] == "4"
    assert (await ann.http.get(f"/files/{path.rsplit('/', 1)[1]}/content")).content == b"abcd"


async def test_where_only_post_passes_the_method_stands_in_a_header(ann: Person) -> None:
    path = await tus.begin(ann, 3)

    headers = {**tus.PIECE, "upload-offset": "0", "x-http-method-override": "PATCH"}
    assert (await ann.http.post(path, content=b"abc", headers=headers)).status_code == 204


@pytest.mark.parametrize("verb", ["HEAD", "PATCH", "DELETE"])
async def test_another_person_s_upload_is_not_there(ann: Person, bob: Person, verb: str) -> None:
    path = await tus.begin(ann, 3)

    answer = await bob.http.request(verb, path, headers={**tus.PIECE, "upload-offset": "0"})

    assert answer.status_code == 404
    assert await tus.offset_of(ann, path) == 0


@pytest.mark.parametrize("said", ["filename not-base64!", "x" * 9000])
async def test_metadata_that_cannot_be_read_is_refused(ann: Person, said: str) -> None:
    headers = {**tus.VERSION, "upload-length": "1", "upload-metadata": said}

    assert problem_of(await ann.http.post("/files/uploads", headers=headers)) == (400, "upload_header_wrong")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("DELETE", 204), ("GET", 400), ("", 400)])
async def test_any_verb_may_stand_in_a_header(ann: Person, method: str, status: int) -> None:
    path = await tus.begin(ann, 3)

    answer = await ann.http.post(path, headers={**tus.VERSION, "x-http-method-override": method})

    assert answer.status_code == status


async def test_an_upload_in_crumbs_is_given_up(ann: Person, server: ServerThread) -> None:
    path = await tus.begin(ann, 3000)
    connection = await asyncpg.connect(server.database_url)
    crumbs = """
    UPDATE uploads SET received = 2000, parts =
      (SELECT jsonb_agg(jsonb_build_object('key', 'uploads/none/' || n, 'size', 1)) FROM generate_series(1, 2000) n)
    WHERE id = $1
    """
    await connection.execute(crumbs, UUID(path.rsplit("/", 1)[1]))
    await connection.close()

    assert problem_of(await tus.append(ann, path, 2000, b"x")) == (409, "upload_in_too_many_parts")


async def test_an_upload_whose_parts_were_lost_begins_anew(ann: Person, server: ServerThread) -> None:
    path = await tus.begin(ann, 10)
    await tus.append(ann, path, 0, b"12345")
    shutil.rmtree(server.data_dir / "files" / path.removeprefix("/files/"))

    assert problem_of(await tus.append(ann, path, 5, b"67890")) == (404, "upload_not_found")


async def test_a_person_has_so_many_uploads_open(newcomer: Person, server: ServerThread) -> None:
    await tus.begin(newcomer, 1)
    connection = await asyncpg.connect(server.database_url)
    more = """
    INSERT INTO uploads (id, owner_id, kind, filename, purpose, mime_type, metadata_header, size, expires_at)
    SELECT gen_random_uuid(), owner_id, kind, filename, purpose, mime_type, metadata_header, size, expires_at
    FROM uploads, generate_series(1, 99) WHERE owner_id = $1
    """
    await connection.execute(more, UUID(newcomer.id))
    await connection.close()

    assert problem_of(await tus.announce(newcomer, 1)) == (429, "too_many_uploads")
