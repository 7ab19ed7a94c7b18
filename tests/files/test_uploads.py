"""Sending files in one go, and having them back."""

import os

from tests.support.app import Person, problem_of


async def test_a_file_comes_back_as_it_was_sent(ann: Person) -> None:
    content = os.urandom(300_000)
    response = await ann.http.post("/files/upload", files={"file": ("data.bin", content)})
    assert response.status_code == 201, response.text
    file = response.json()
    assert (file["filename"], file["size"], file["mime_type"]) == ("data.bin", 300_000, "application/octet-stream")
    assert file["storage_key"].startswith(f"users/{ann.id}/message_attachment/")
    assert file["storage_key"].endswith(".bin")

    assert (await ann.http.get(f"/files/{file['id']}/content")).content == content
    assert (await ann.http.get(file["url"].removeprefix("/api/v1"))).content == content

    assert (await ann.http.delete(f"/files/{file['id']}")).status_code == 204
    assert problem_of(await ann.http.get(f"/files/{file['id']}")) == (404, "file_not_found")
