"""Answers wait for the files that they need, and say so."""

from base64 import b64encode

from sqlalchemy import text
from tests.support.app import Person
from tests.support.attached_files import PNG, Made, picture
from tests.support.chats import OfferModels, PutFile, asked, file_part, image_part, notes_of
from tests.support.upstreams.server import Upstream
from tests.support.upstreams.turns import PLAIN

from chatbox.kernel.db import Database

_URL = f"data:image/png;base64,{b64encode(PNG).decode()}"


async def test_an_answer_waits_for_files_that_are_being_read_and_says_so(
    admin: Person, upstream: Upstream, provider: str, put: PutFile, server_db: Database
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    file_id = await put(admin, Made("slow.pdf", pages=["At last."], state="stuck"))
    await _set_state(server_db, file_id, "reading")
    sent = await admin.send(session["id"], "Hm?", content_parts=[file_part(file_id)])
    async with admin.socket(session["id"], after=sent["seq"]) as stream:
        waiting = (await stream.until("stream_start"))[-1]

        await _set_state(server_db, file_id, "ready")
        begun = (await stream.until("stream_start"))[-1]
        await stream.until_end_of(sent["answer"]["id"])

    assert [part["code"] for part in waiting["data"]["content_parts"]] == ["files_being_read"]
    assert [part["code"] for part in begun["data"]["content_parts"]] == ["files_whole"]
    assert "At last." in asked(upstream)["messages"][-1]["content"]
    answer = await admin.message(session["id"], sent["answer"]["id"])
    assert [part["type"] for part in answer["content_parts"]] == ["info", "text"]


async def test_a_screenshot_is_seen_without_waiting_for_the_text_in_it(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile, server_db: Database
) -> None:
    session = await admin.session(f"{await offer(sees_images=True)}/eyes", name="n")
    upstream.turns_of["eyes"] = [PLAIN]
    file_id = await put(admin, picture("shot.png", state="stuck", view=None))
    await _set_state(server_db, file_id, "reading")

    answer = await admin.ask(session["id"], "What is it?", content_parts=[image_part(file_id)])

    assert asked(upstream)["messages"][-1]["content"][0] == {"type": "image_url", "image_url": {"url": _URL}}
    assert notes_of(answer) == []
    await _set_state(server_db, file_id, "failed")


async def test_an_answer_that_waits_for_a_file_can_be_stopped(
    admin: Person, provider: str, put: PutFile, server_db: Database
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    file_id = await put(admin, Made("slow.pdf", pages=["At last."], state="stuck"))
    await _set_state(server_db, file_id, "reading")
    sent = await admin.send(session["id"], "Hm?", content_parts=[file_part(file_id)])
    async with admin.socket(session["id"], after=sent["seq"]) as stream:
        await stream.until("stream_start")
        await admin.stop(session["id"], sent["answer"]["id"])
        end = (await stream.until_end_of(sent["answer"]["id"]))[-1]

    assert end["data"]["status"] == "stopped"
    await _set_state(server_db, file_id, "failed")


async def _set_state(db: Database, file_id: str, state: str) -> None:
    async with db.begin() as tx:
        await tx.execute(_STATE, {"state": state, "id": file_id})


# The heartbeat of a reader far away, so that nobody here takes the file over.
_STATE = text(
    "UPDATE file_objects SET state = :state, heartbeat_at = now() + interval '1 hour', claim_id = gen_random_uuid() "
    "WHERE id = (SELECT object_id FROM files WHERE id = CAST(:id AS uuid))"
)
