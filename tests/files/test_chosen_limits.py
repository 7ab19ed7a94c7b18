"""How large files may be is chosen by an admin while the server runs, and holds at once on every instance."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.files import tus
from tests.files.sending import send
from tests.support.app import Person, RunningApp, app_settings, problem_of, running

MEGABYTE = 2**20
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def here(fresh_database: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    """An instance that was started with 1 MB for a file and 3 MB for a person."""
    settings = app_settings(tmp_path / "here", fresh_database, upload_limit_mb=1, file_quota_mb=3)
    async with running(settings) as app:
        yield app


@pytest.fixture
async def admin(here: RunningApp) -> AsyncIterator[Person]:
    async with here.person() as first:
        yield first


async def choose(admin: Person, **limits: int | None) -> None:
    answer = await admin.http.patch("/admin/settings", json=limits)
    assert answer.is_success, answer.text


async def try_to_send(person: Person, size: int) -> httpx2.Response:
    return await person.http.post("/files/upload", files={"file": ("a.png", PNG + bytes(size))})


async def test_a_raised_limit_holds_at_once_on_every_instance(
    here: RunningApp, admin: Person, fresh_database: str, tmp_path: Path
) -> None:
    same = app_settings(tmp_path / "there", fresh_database, upload_limit_mb=1, file_quota_mb=3)
    async with running(same) as there, there.again(admin) as elsewhere:
        before = await try_to_send(elsewhere, 2 * MEGABYTE)

        await choose(admin, upload_limit_mb=3, file_quota_mb=4)

        assert problem_of(before) == (413, "file_too_large")
        assert before.json()["params"] == {"megabytes": 1}
        assert (await try_to_send(elsewhere, 2 * MEGABYTE)).status_code == 201
        usage = (await elsewhere.http.get("/files/usage")).json()
        assert (usage["upload_limit"], usage["quota"]) == (3 * MEGABYTE, 4 * MEGABYTE)
        described = await elsewhere.http.options("/files/uploads")
        assert described.headers["tus-max-size"] == str(3 * MEGABYTE)


async def test_a_lowered_limit_ends_what_is_on_its_way_and_leaves_what_is_there(admin: Person) -> None:
    await choose(admin, upload_limit_mb=3, file_quota_mb=5)
    kept = await send(admin, PNG + bytes(2 * MEGABYTE), "large.png")
    upload = await tus.begin(admin, MEGABYTE + 10)
    await tus.append(admin, upload, 0, bytes(10))

    await choose(admin, upload_limit_mb=None)

    assert problem_of(await tus.append(admin, upload, 10, bytes(MEGABYTE))) == (413, "file_too_large")
    assert (await admin.http.get(f"/files/{kept['id']}/content")).status_code == 200


async def test_a_quota_below_what_is_there_refuses_only_what_comes(admin: Person) -> None:
    kept = await send(admin, PNG + bytes(MEGABYTE // 2), "a.png")
    await choose(admin, upload_limit_mb=1, file_quota_mb=1)

    refused = await try_to_send(admin, 3 * MEGABYTE // 4)

    assert problem_of(refused) == (413, "file_quota_reached")
    assert refused.json()["params"] == {"megabytes": 1}
    assert (await admin.http.get(f"/files/{kept['id']}")).status_code == 200
