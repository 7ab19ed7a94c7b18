"""Uploads straight to a bucket: checked when they are complete, and out of reach from then on."""

import hashlib
import os
from typing import Any

import httpx2
import pytest
from tests.files.sending import File, send
from tests.support.app import NOBODY, Person, ServerThread, problem_of

CONTENT = b"\x7fELF" + os.urandom(5000)


def announcement(content: bytes = CONTENT, **said: Any) -> dict[str, Any]:
    return {
        "filename": "straight.bin",
        "size": len(content),
        "mime_type": "application/octet-stream",
        "sha256": hashlib.sha256(content).hexdigest(),
        **said,
    }


async def begin(person: Person, content: bytes = CONTENT, **said: Any) -> File:
    answer = await person.http.post("/files/direct", json=announcement(content, **said))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def post(form: File, content: bytes = CONTENT) -> int:
    """Send the bytes as a browser would; the bucket's status."""
    async with httpx2.AsyncClient(verify=False) as http:
        return (await http.post(form["url"], data=form["fields"], files={"file": ("x", content)})).status_code


async def complete(person: Person, form: File) -> httpx2.Response:
    return await person.http.post(f"/files/direct/{form['id']}/complete")


async def test_a_file_goes_straight_to_the_bucket(s3_cat: Person) -> None:
    form = await begin(s3_cat)
    assert await post(form) == 204

    answer = await complete(s3_cat, form)

    file = answer.json()
    assert (answer.status_code, file["id"], file["size"]) == (201, form["id"], len(CONTENT))
    assert file["storage_key"].startswith(f"users/{s3_cat.id}/message_attachment/")
    assert (await s3_cat.http.get(f"/files/{file['id']}/content?inline=1")).content == CONTENT


async def test_the_form_changes_nothing_once_the_upload_is_complete(s3_cat: Person) -> None:
    content = b"\x7fELF" + os.urandom(500)
    form = await begin(s3_cat, content)
    await post(form, content)
    await complete(s3_cat, form)

    await post(form, b"\x7fELF" + os.urandom(500))

    assert (await s3_cat.http.get(f"/files/{form['id']}/content?inline=1")).content == content
    assert problem_of(await complete(s3_cat, form)) == (404, "upload_not_found")


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"sha256": "0" * 64}, CONTENT),
        ({}, CONTENT[:-1] + b"!"),
        ({"mime_type": "image/png"}, CONTENT),
        ({"mime_type": "application/pdf"}, CONTENT),
    ],
)
async def test_what_is_not_as_announced_is_deleted(s3_cat: Person, said: dict[str, Any], sent: bytes) -> None:
    form = await begin(s3_cat, **said)
    assert await post(form, sent) == 204

    assert problem_of(await complete(s3_cat, form)) == (422, "upload_not_as_declared")

    assert problem_of(await s3_cat.http.get(f"/files/{form['id']}")) == (404, "file_not_found")
    assert problem_of(await complete(s3_cat, form)) == (404, "upload_not_found")


@pytest.mark.parametrize("sent", [CONTENT + b"x", CONTENT[:-1]])
async def test_another_size_is_refused_by_the_bucket(s3_cat: Person, sent: bytes) -> None:
    form = await begin(s3_cat)

    assert await post(form, sent) in {400, 403}
    assert problem_of(await complete(s3_cat, form)) == (409, "upload_not_arrived")


async def test_a_form_is_good_for_one_place_only(s3_cat: Person) -> None:
    form = await begin(s3_cat)
    fields = form["fields"] | {"key": f"users/{NOBODY}/message_attachment/x.bin"}

    assert await post({**form, "fields": fields}) == 403


async def test_what_is_too_large_is_not_begun(s3_cat: Person) -> None:
    answer = await s3_cat.http.post("/files/direct", json=announcement(size=11 * 2**20))

    assert problem_of(answer) == (413, "file_too_large")


@pytest.mark.parametrize("wrong", [{"sha256": "xyz"}, {"size": 0}, {"filename": ""}, {"purpose": "../x"}, {"extra": 1}])
async def test_an_announcement_must_be_whole(s3_cat: Person, wrong: dict[str, Any]) -> None:
    answer = await s3_cat.http.post("/files/direct", json=announcement(**wrong))

    assert problem_of(answer) == (422, "invalid_request")


async def test_another_s_upload_is_not_there(s3_cat: Person, s3_files_server: ServerThread) -> None:
    form = await begin(s3_cat)
    await post(form)

    async with s3_files_server.resident("dan") as dan:
        assert problem_of(await complete(dan, form)) == (404, "upload_not_found")
    assert (await complete(s3_cat, form)).status_code == 201


async def test_the_same_bytes_are_stored_once_whichever_way_they_come(s3_cat: Person) -> None:
    content = b"\x7fELF" + os.urandom(100)
    file = await send(s3_cat, content)
    form = await begin(s3_cat, content)
    await post(form, content)

    assert (await complete(s3_cat, form)).json()["storage_key"] == file["storage_key"]


async def test_a_folder_has_no_way_past_the_server(ann: Person) -> None:
    assert problem_of(await ann.http.post("/files/direct", json=announcement())) == (409, "direct_upload_not_offered")
