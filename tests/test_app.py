"""The whole server, put together from its settings."""

from pathlib import Path

from pydantic import SecretStr
from tests.support.app import Place, app_settings, running, text_of
from tests.support.process import server_process
from tests.support.redis_server import redis_server
from websockets.typing import Subprotocol


async def test_with_nothing_configured_it_keeps_everything_in_its_folder(tmp_path: Path) -> None:
    async with running(app_settings(tmp_path, None)) as app, app.person() as ann:
        session = await ann.session()
        await ann.ask(session["id"], "before the restart")

    async with running(app_settings(tmp_path, None)) as app, app.again(ann) as ann_again:
        messages = await ann_again.messages(session["id"])
        with_old_token = await ann_again.http.get("/auth/me", headers={"authorization": f"Bearer {ann.token}"})

    assert [text_of(message) for message in messages] == ["before the restart"] * 2
    assert with_old_token.status_code == 200
    assert {path.name for path in tmp_path.iterdir()} == {"files", "postgres", "reading", "secret.key"}


async def test_two_instances_are_one_over_redis(tmp_path: Path, fresh_database: str) -> None:
    with redis_server(tmp_path / "redis") as redis:
        one = app_settings(tmp_path / "one", fresh_database, redis_url=SecretStr(redis.url))
        other = app_settings(tmp_path / "other", fresh_database, redis_url=SecretStr(redis.url))
        async with running(one) as here, running(other) as there, here.person() as ann, there.again(ann) as elsewhere:
            session = await ann.session("scripted/paced-50-1000")
            async with elsewhere.socket(session["id"], after=0) as stream:
                sent = await ann.send(session["id"])
                await stream.until("stream_chunk")
                await stream.say("stop_generation")
                ended = (await stream.until_end_of(sent["answer"]["id"]))[-1]

    assert ended["data"]["status"] == "stopped"
    assert [event["seq"] for event in stream.events] == list(range(1, len(stream.events) + 1))


async def test_a_given_key_signs_the_tokens_of_every_instance(tmp_path: Path, fresh_database: str) -> None:
    key = SecretStr("k" * 32)
    async with running(app_settings(tmp_path, fresh_database, secret_key=key)) as app, app.person() as ann:
        pass
    async with running(app_settings(tmp_path, fresh_database, secret_key=key)) as app, app.browser() as http:
        same = await http.get("/auth/me", headers={"authorization": f"Bearer {ann.token}"})
    other = app_settings(tmp_path, fresh_database, secret_key=SecretStr("x" * 32))
    async with running(other) as app, app.browser() as http:
        changed = await http.get("/auth/me", headers={"authorization": f"Bearer {ann.token}"})

    assert (same.status_code, changed.status_code) == (200, 401)


async def test_behind_tls_cookies_are_secure_and_browsers_told_to_stay(tmp_path: Path, fresh_database: str) -> None:
    settings = app_settings(tmp_path, fresh_database, public_url="https://chat.example.org")
    async with running(settings) as app, app.browser() as http:
        body = {"email": "ann@example.org", "password": "correct horse battery"}
        response = await http.post("/auth/register", json=body)

    cookies = response.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)
    assert "strict-transport-security" in response.headers


async def test_a_visit_leaves_neither_tokens_nor_words_in_the_log_however_much_is_logged(
    tmp_path: Path, fresh_database: str
) -> None:
    settings = {"CHATBOX_DATABASE_URL": fresh_database, "CHATBOX_LOG_LEVEL": "debug"}
    async with server_process(tmp_path, settings) as server:
        async with Place(server.url).person() as ann:
            session = await ann.session()
            async with ann.socket(
                session["id"], subprotocols=[Subprotocol("bearer"), Subprotocol(ann.token)]
            ) as stream:
                await stream.say("send_message", {"message": "a private thought"})
                await stream.until("stream_end")
            cookie = {"cookie": f"chatbox_access={ann.token}", "origin": server.url}
            async with ann.socket(session["id"], token="", additional_headers=cookie) as stream:
                await stream.live()
            async with ann.events(session["id"], message="a private thought", token=ann.token) as events:
                await events.rest()
        logged = server.log

    assert logged.count("turn finished") == 2
    assert ann.token.split(".")[2] not in logged
    assert "private" not in logged
    assert "correct" not in logged
