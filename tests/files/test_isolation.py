"""Another person's file answers as one that does not exist, in every route."""

import pytest
from tests.files import tus
from tests.files.sending import File, send
from tests.support.app import NOBODY, Person, problem_of

ROUTES = [
    ("GET", "/files/{id}"),
    ("GET", "/files/{id}/content"),
    ("HEAD", "/files/{id}/content"),
    ("GET", "/files/{id}/content?inline=1&view=1&download=1"),
    ("GET", "/files/{id}/text"),
    ("GET", "/files/{id}/uses"),
    ("POST", "/files/{id}/read"),
    ("POST", "/files/{id}/cancel"),
    ("DELETE", "/files/{id}"),
]
UPLOADS = [("HEAD", "/files/uploads/{id}"), ("PATCH", "/files/uploads/{id}"), ("DELETE", "/files/uploads/{id}")]


@pytest.fixture
async def file(ann: Person) -> File:
    return await send(ann, b"\x7fELF secret", "secret.bin")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_another_s_file_is_not_found(ann: Person, bob: Person, file: File, method: str, path: str) -> None:
    theirs = await bob.http.request(method, path.format(id=file["id"]))
    nobodys = await bob.http.request(method, path.format(id=NOBODY))

    assert theirs.status_code == 404
    assert theirs.content == nobodys.content
    assert (await ann.http.get(f"/files/{file['id']}")).status_code == 200


@pytest.mark.parametrize(("method", "path"), UPLOADS)
async def test_another_s_upload_is_not_found(ann: Person, bob: Person, method: str, path: str) -> None:
    upload = await tus.begin(ann, 3)
    headers = {**tus.PIECE, "upload-offset": "0"}

    theirs = await bob.http.request(method, path.format(id=upload.rsplit("/", 1)[1]), headers=headers)
    nobodys = await bob.http.request(method, path.format(id=NOBODY), headers=headers)

    assert theirs.status_code == 404
    assert theirs.content == nobodys.content
    assert await tus.offset_of(ann, upload) == 0


async def test_a_finished_upload_does_not_tell_others_that_it_was(ann: Person, bob: Person) -> None:
    upload = await tus.begin(ann, 0)

    assert (await bob.http.head(upload, headers=tus.VERSION)).status_code == 404


async def test_lists_and_sums_are_of_one_s_own(newcomer: Person, file: File) -> None:
    assert (await newcomer.http.get("/files")).json() == {"items": [], "next_cursor": None}
    assert (await newcomer.http.get("/files/usage")).json()["used"] == 0


async def test_the_admin_does_not_see_what_is_not_theirs(admin: Person, file: File) -> None:
    assert problem_of(await admin.http.get(f"/files/{file['id']}")) == (404, "file_not_found")


async def test_a_key_that_may_only_look_cannot_upload(ann: Person) -> None:
    made = (await ann.http.post("/auth/api-keys", json={"name": "look", "scopes": ["read"]})).json()
    async with ann.place.browser(authorization=f"Bearer {made['key']}") as http:
        assert (await http.get("/files")).status_code == 200
        answer = await http.post("/files/upload", files={"file": ("a", b"x")})

    assert problem_of(answer) == (403, "scope_missing")
