"""When the last use of a file goes, by whatever path, its object goes; and nothing else does."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx2
import pytest
from tests.files import tus
from tests.files.sending import File, send
from tests.support.app import DEADLINE_SECONDS, Person, RunningApp, ServerThread, problem_of
from tests.support.objects import keys_of, put

from chatbox.files import garbage_store
from chatbox.files.service import Files
from chatbox.files.sweeper import Sweeper
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.supervisor import Supervisor


def part(file: File) -> dict[str, str]:
    return {"type": "file", "fileId": file["id"], "filename": file["filename"]}


async def some_file(person: Person, name: str = "a.bin", **fields: str) -> File:
    return await send(person, b"\x7fELF" + os.urandom(100), name, **fields)


async def attached(person: Person, *files: File) -> tuple[str, str]:
    """A session with a message that carries the files; the ids of both."""
    session = await person.session()
    sent = await person.send(session["id"], "Look", content_parts=[part(file) for file in files])
    await person.ended(session["id"], sent)
    return session["id"], sent["message"]["id"]


async def bytes_are_gone(person: Person, file: File) -> None:
    """Wait until the sweeper has removed the object: its address, which needs nobody's leave, opens nothing any more.

    Another deletion by `person` makes the sweeper look at once.
    """
    await person.http.delete(f"/files/{(await some_file(person))['id']}")
    async with httpx2.AsyncClient(base_url=person.place.url, verify=False) as nobody, asyncio.timeout(DEADLINE_SECONDS):
        while (answer := await nobody.get(file["url"])).status_code == 200:
            await asyncio.sleep(0.05)
    assert answer.status_code == 404


async def is_there(person: Person, file: File) -> bool:
    return (await person.http.get(f"/files/{file['id']}")).status_code == 200


async def test_a_deleted_file_leaves_the_storage(cat: Person) -> None:
    file = await some_file(cat)

    assert (await cat.http.delete(f"/files/{file['id']}")).status_code == 204

    assert problem_of(await cat.http.delete(f"/files/{file['id']}")) == (404, "file_not_found")
    await bytes_are_gone(cat, file)


async def test_the_other_name_of_the_same_bytes_keeps_them(ann: Person) -> None:
    content = b"\x7fELF" + os.urandom(50)
    one, two = await send(ann, content, "one"), await send(ann, content, "two")

    await ann.http.delete(f"/files/{one['id']}")

    assert (await ann.http.get(f"/files/{two['id']}/content")).content == content


async def test_uses_are_counted_and_told(ann: Person) -> None:
    file = await some_file(ann)
    session_id, message_id = await attached(ann, file)

    uses = (await ann.http.get(f"/files/{file['id']}/uses")).json()

    assert (await ann.http.get(f"/files/{file['id']}")).json()["uses"] == 1
    assert [(use["session_id"], use["message_id"]) for use in uses["items"]] == [(session_id, message_id)]
    assert uses["items"][0]["session_name"]


async def test_an_attachment_goes_with_the_last_message_that_carries_it(ann: Person) -> None:
    file = await some_file(ann)
    first, second = await attached(ann, file), await attached(ann, file)

    await ann.http.delete(f"/sessions/{first[0]}/messages/{first[1]}")
    assert (await ann.http.get(f"/files/{file['id']}")).json()["uses"] == 1
    await ann.http.delete(f"/sessions/{second[0]}/messages/{second[1]}")

    assert not await is_there(ann, file)
    await bytes_are_gone(ann, file)


async def test_an_attachment_goes_with_its_session(ann: Person) -> None:
    files = [await some_file(ann) for _ in range(3)]
    session_id, _ = await attached(ann, *files)

    await ann.http.delete(f"/sessions/{session_id}")

    assert not any([await is_there(ann, file) for file in files])


async def test_a_file_for_something_else_outlives_its_messages(ann: Person) -> None:
    file = await some_file(ann, purpose="knowledge")
    session_id, _ = await attached(ann, file)

    await ann.http.delete(f"/sessions/{session_id}")

    assert (await ann.http.get(f"/files/{file['id']}")).json()["uses"] == 0


async def test_a_message_stays_when_its_file_is_deleted(ann: Person) -> None:
    file = await some_file(ann)
    session_id, message_id = await attached(ann, file)

    assert (await ann.http.delete(f"/files/{file['id']}")).status_code == 204

    assert await ann.message(session_id, message_id)
    await bytes_are_gone(ann, file)


async def test_an_account_takes_its_files_and_uploads_along(place: ServerThread) -> None:
    async with place.resident("admin") as admin, place.person() as leaver:
        file = await some_file(leaver)
        await attached(leaver, file, await some_file(leaver))
        upload = await tus.begin(leaver, 6 * 2**20)
        await tus.append(leaver, upload, 0, b"x" * 100)

        assert (await admin.http.delete(f"/admin/users/{leaver.id}")).status_code == 204

        await bytes_are_gone(admin, file)


async def test_a_file_that_is_attached_while_its_last_message_goes_is_kept_or_refused(ann: Person) -> None:
    for _ in range(5):
        file = await some_file(ann)
        session_id, message_id = await attached(ann, file)
        other = await ann.session()
        body = {"message": "again", "content_parts": [part(file)]}
        sent, _deleted = await asyncio.gather(
            ann.http.post(f"/sessions/{other['id']}/messages", json=body),
            ann.http.delete(f"/sessions/{session_id}/messages/{message_id}"),
        )
        if sent.is_success:
            assert (await ann.http.get(f"/files/{file['id']}")).json()["uses"] == 1
        else:
            assert problem_of(sent) == (404, "file_not_found")


# What only the sweeper sees.


@pytest.fixture
async def storage(running_app: RunningApp) -> Storage:
    return running_app.part(Files).storage


@pytest.fixture
async def sweeper(fresh_database: str, running_app: RunningApp, storage: Storage) -> AsyncIterator[Sweeper]:
    """One that sweeps when it is told to, beside a server with a database of its own."""
    db, supervisor = Database(fresh_database, pool_size=2), Supervisor()
    yield Sweeper(db, storage, supervisor)
    await supervisor.close()
    await db.close()


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(fresh_database)
    yield opened
    await opened.close()


async def test_orphans_are_found_and_nothing_else(running_app: RunningApp, sweeper: Sweeper, storage: Storage) -> None:
    async with running_app.person() as person:
        file = await some_file(person)
        upload = await tus.begin(person, 6 * 2**20)
        await tus.append(person, upload, 0, bytes(100))
        named = await keys_of(storage)
        await put(storage, "users/nobody/message_attachment/left.bin")
        await put(storage, "uploads/nobody/1")

        assert await sweeper.find_orphans(timedelta()) == 2
        await sweeper.sweep()

        assert await keys_of(storage) == named
        assert file["storage_key"] in named
        assert len(named) == 2


async def test_a_young_object_is_no_orphan(sweeper: Sweeper, storage: Storage) -> None:
    await put(storage, "users/nobody/message_attachment/coming.bin")

    assert await sweeper.find_orphans(timedelta(days=1)) == 0


async def test_uploads_expire_with_their_parts(
    running_app: RunningApp,
    sweeper: Sweeper,
    storage: Storage,
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    async with running_app.person() as person:
        upload = await tus.begin(person, 1000)
        await tus.append(person, upload, 0, bytes(10))
        await connection.execute("UPDATE uploads SET expires_at = now() - interval '1 s'")

        assert (await person.http.head(upload, headers=tus.VERSION)).status_code == 404
        await sweeper.sweep()

        assert await keys_of(storage) == []
        assert (await person.http.get("/files/usage")).json()["used"] == 0


async def test_an_upload_that_took_too_long_fails_and_leaves_nothing(
    running_app: RunningApp,
    sweeper: Sweeper,
    storage: Storage,
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    async with running_app.person() as person:
        path = await tus.begin(person, 10)
        # The sweeper took the key while its object was being written.
        await connection.execute(
            """
            CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN NEW.is_doomed := true; NEW.not_before := now(); RETURN NEW; END $$;
            CREATE TRIGGER late BEFORE INSERT ON storage_garbage FOR EACH ROW EXECUTE FUNCTION late();
            """
        )

        assert problem_of(await tus.append(person, path, 0, bytes(10))) == (503, "storage_unavailable")
        await sweeper.sweep()

        assert await keys_of(storage) == []
        assert (await person.http.get("/files")).json()["items"] == []


class Away(LocalStorage):
    """A storage that does not delete for now."""

    is_away = True

    async def delete(self, keys: object) -> None:
        if self.is_away:
            raise StorageUnavailable
        await super().delete(keys)  # type: ignore[arg-type]  # passed on as it is


async def test_what_could_not_be_deleted_is_deleted_later(
    fresh_database: str, connection: "asyncpg.Connection[asyncpg.Record]", tmp_path_factory: pytest.TempPathFactory
) -> None:
    storage = Away(tmp_path_factory.mktemp("away"))
    await put(storage, "users/1/a/b.bin")
    await connection.execute("INSERT INTO storage_garbage (storage_key, not_before) VALUES ('users/1/a/b.bin', now())")
    db = Database(fresh_database, pool_size=2)
    sweeper = Sweeper(db, storage, Supervisor())

    with pytest.raises(StorageUnavailable):
        await sweeper.sweep()
    storage.is_away = False
    await sweeper.sweep()

    assert await keys_of(storage) == []
    assert await connection.fetchval("SELECT count(*) FROM storage_garbage") == 0
    await db.close()


async def test_one_instance_a_day_compares_the_storage(fresh_database: str) -> None:
    db = Database(fresh_database, pool_size=4)

    async def begin() -> bool:
        async with db.begin() as tx:
            return await garbage_store.begin_comparison(tx, "orphans", timedelta(days=1))

    assert sorted(await asyncio.gather(*(begin() for _ in range(4)))) == [False, False, False, True]
    await db.close()
