"""The command line, as somebody who runs the server uses it."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.app import PASSWORD, RunningApp
from tests.support.bad_s3 import Answer, Request, bad_s3
from tests.support.database import create_database, drop_database
from tests.support.objects import content_of, put
from tests.support.process import SOURCES, free_port
from tests.support.s3_server import OwnBucket
from typer.testing import CliRunner, Result

from chatbox.cli import app
from chatbox.kernel.postgres import ServerAddress
from chatbox.kernel.storage.local import LocalStorage
from chatbox.migrations.migrate import newest


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Command":
    monkeypatch.chdir(tmp_path)  # no `.env` lies here
    monkeypatch.setenv("CHATBOX_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHATBOX_OCR", "off")  # trying it takes seconds
    return Command(monkeypatch)


class Command:
    """`chatbox` with settings of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str, typed: str = "", **settings: str) -> Result:
        for name, value in settings.items():
            self._monkeypatch.setenv(f"CHATBOX_{name.upper()}", value)
        return CliRunner().invoke(app, list(words), input=typed)


def test_without_a_command_it_says_what_there_is(command: Command) -> None:
    told = command().output

    for name in ("serve", "migrate", "doctor", "models", "user", "storage", "contract"):
        assert name in told


def test_a_wrong_setting_is_named(command: Command) -> None:
    result = command("doctor", port="many", log_level="loud")

    assert result.exit_code == 2
    assert "CHATBOX_PORT" in result.output
    assert "CHATBOX_LOG_LEVEL" in result.output
    assert "Traceback" not in result.output


async def test_migrate_brings_a_database_to_the_newest_shape(command: Command, postgres_server: ServerAddress) -> None:
    name = await create_database(postgres_server)
    url = postgres_server.url(name)
    try:
        first, second = [await in_thread(command, "migrate", database_url=url) for _ in range(2)]
    finally:
        await drop_database(postgres_server, name)

    assert (first.exit_code, first.output) == (0, f"Migrated from empty to {newest()}.\n")
    assert (second.exit_code, second.output) == (0, f"The database is at {newest()}.\n")


async def test_the_doctor_is_content_with_a_good_machine(command: Command, fresh_database: str) -> None:
    result = await in_thread(command, "doctor", database_url=fresh_database, port=str(free_port()))

    assert "ok    postgres: 18" in result.output
    assert "ok    schema: up to date" in result.output
    assert "note  built-in model: none" in result.output


async def test_the_doctor_fails_when_the_server_could_not_start(command: Command) -> None:
    result = await in_thread(command, "doctor", database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/none")

    assert result.exit_code == 1
    assert "FAIL  postgres:" in result.output


def test_the_contract_is_written_where_it_is_wanted(command: Command, tmp_path: Path) -> None:
    assert command("contract", str(tmp_path / "openapi.json")).exit_code == 0

    assert "ServerFrame" in json.loads((tmp_path / "openapi.json").read_text("utf-8"))["components"]["schemas"]


def test_the_models_are_listed_with_what_is_here(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data" / "models").mkdir(parents=True)
    (tmp_path / "data" / "models" / "mine.gguf").write_bytes(b"GGUF")

    told = command("models", "list").output

    assert "MB to fetch" in told
    assert "mine  (your own file)  installed" in told


def test_a_model_that_does_not_exist_cannot_be_pulled(command: Command) -> None:
    result = command("models", "pull", "no-such-model")

    assert result.exit_code == 1
    assert "no-such-model" in result.output


async def test_a_password_can_be_set_from_the_machine_itself(
    command: Command, running_app: RunningApp, fresh_database: str
) -> None:
    url = fresh_database
    async with running_app.person("ann@example.org") as ann:
        typed = "a new password\na new password\n"
        result = await in_thread(command, "user", "reset-password", "ann@example.org", typed=typed, database_url=url)
        old = await ann.http.get("/auth/me")
        async with running_app.browser() as http:
            with_old = await http.post("/auth/login", json={"email": ann.email, "password": PASSWORD})
            with_new = await http.post("/auth/login", json={"email": ann.email, "password": "a new password"})

    assert result.exit_code == 0
    assert (old.status_code, with_old.status_code, with_new.status_code) == (401, 401, 200)


async def test_nobody_s_password_cannot_be_set(command: Command, fresh_database: str) -> None:
    typed = "a new password\n" * 2
    nobody = await in_thread(command, "user", "reset-password", "x@y.z", typed=typed, database_url=fresh_database)
    short = command("user", "reset-password", "x@y.z", typed="short\nshort\n")

    assert (nobody.exit_code, short.exit_code) == (1, 2)
    assert "no account" in nobody.output
    assert "at least 8" in short.output


def test_a_server_that_cannot_start_says_so_and_fails(tmp_path: Path) -> None:
    settings = {
        "CHATBOX_DATA_DIR": str(tmp_path / "data"),
        "CHATBOX_PORT": "0",
        "CHATBOX_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none",
    }

    result = subprocess.run(
        [sys.executable, "-m", "chatbox.cli", "serve"],
        env={"PYTHONPATH": str(SOURCES), "PATH": "", **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    assert "could not start" in result.stderr
    assert "chatbox doctor" in result.stderr


async def test_files_are_moved_to_s3_and_back(command: Command, tmp_path: Path, s3_bucket: OwnBucket) -> None:
    here = LocalStorage(tmp_path / "data" / "files")
    await put(here, "users/ann/x", b"content")
    settings = s3_bucket.words

    there = await in_thread(command, "storage", "move", "--to", "s3", **settings)
    again = await in_thread(command, "storage", "move", "--to", "s3", **settings)
    await here.delete(["users/ann/x"])
    back = await in_thread(command, "storage", "move", "--to", "local", **settings)

    assert [result.exit_code for result in (there, again, back)] == [0, 0, 0]
    assert "1 copied (0.0 MB), 0 were there already." in there.output
    assert "0 copied (0.0 MB), 1 were there already." in again.output
    assert "Remove CHATBOX_S3_BUCKET" in back.output
    assert await content_of(here, "users/ann/x") == b"content"


async def test_a_move_that_cannot_begin_says_why(command: Command, s3_bucket: OwnBucket) -> None:
    nowhere = await in_thread(command, "storage", "move", "--to", "s3")
    wrong = await in_thread(command, "storage", "move", "--to", "s3", **{**s3_bucket.words, "s3_secret_key": "wrong"})

    assert (nowhere.exit_code, wrong.exit_code) == (1, 1)
    assert "set CHATBOX_S3_BUCKET" in nowhere.output
    assert "CHATBOX_S3_SECRET_KEY" in wrong.output


# The command as somebody at a terminal starts it: what runs in the background of a script ignores this signal.
_INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from chatbox.cli import main
main()
"""


async def test_a_move_that_is_interrupted_says_how_far_it_came(tmp_path: Path) -> None:
    for number in range(3):
        await put(LocalStorage(tmp_path / "data" / "files"), f"users/{number}")
    at_work = asyncio.Event()

    def answer(request: Request) -> Answer:
        if request.method == "PUT":
            at_work.set()
        return Answer(404 if request.method == "HEAD" else 200, stalls=request.method == "PUT", headers={"etag": '"1"'})

    async with bad_s3(answer) as server:
        settings = {
            "CHATBOX_DATA_DIR": str(tmp_path / "data"),
            "CHATBOX_S3_ENDPOINT": server.url,
            "CHATBOX_S3_BUCKET": "bucket",
            "CHATBOX_S3_ACCESS_KEY": "key",
            "CHATBOX_S3_SECRET_KEY": "secret",
        }
        moving = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _INTERRUPTIBLE, "storage", "move", "--to", "s3"),
            env={"PYTHONPATH": str(SOURCES), **settings},
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            await at_work.wait()
            moving.send_signal(signal.SIGINT)
            server.released.set()
            output, errors = await moving.communicate()

    assert moving.returncode == 1
    assert b"were there already" in output
    assert b"Interrupted.\nRun the command again" in errors
    assert b"Traceback" not in errors


async def in_thread(command: Command, *words: str, typed: str = "", **settings: str) -> Result:
    """Run a command that has an event loop of its own."""
    return await asyncio.to_thread(command, *words, typed=typed, **settings)


def test_pages_are_let_in_to_a_bucket_and_rules_of_others_are_not_replaced_unasked(
    command: Command, s3_bucket: OwnBucket
) -> None:
    first = command("storage", "cors", public_url="https://chat.example.org/", **s3_bucket.words)
    again = command("storage", "cors")
    other = command("storage", "cors", "https://other.example.org")
    replaced = command("storage", "cors", "--replace", "https://other.example.org")
    back = command("storage", "cors")

    assert (first.exit_code, first.output) == (
        0,
        "The bucket lets pages at https://chat.example.org in from now on.\n",
    )
    assert (again.exit_code, again.output) == (0, "The bucket lets pages at https://chat.example.org in already.\n")
    assert (other.exit_code, "--replace" in other.output) == (1, True)
    assert replaced.exit_code == 0
    assert back.exit_code == 1


async def test_a_server_that_knows_no_rules_of_buckets_says_what_to_do_instead(command: Command) -> None:
    def answer(request: Request) -> Answer:
        not_implemented = b"<Error><Code>NotImplemented</Code></Error>"
        return Answer(501, not_implemented) if "cors" in request.target else Answer(403)

    async with bad_s3(answer) as server:
        keys = {"s3_bucket": "b", "s3_access_key": "k", "s3_secret_key": "s", "s3_endpoint": server.url}
        result = await asyncio.to_thread(command, "storage", "cors", **keys)

    assert (result.exit_code, "MINIO_API_CORS_ALLOW_ORIGIN" in result.output) == (1, True)
