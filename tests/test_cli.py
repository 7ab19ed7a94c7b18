"""The command line, as somebody who runs the server uses it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.app import PASSWORD, RunningApp
from tests.support.database import create_database, drop_database
from tests.support.process import SOURCES, free_port
from typer.testing import CliRunner, Result

from chatbox.cli import app
from chatbox.kernel.postgres import ServerAddress
from chatbox.migrations.migrate import newest


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Command":
    monkeypatch.chdir(tmp_path)  # no `.env` lies here
    monkeypatch.setenv("CHATBOX_DATA_DIR", str(tmp_path / "data"))
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

    for name in ("serve", "migrate", "doctor", "models", "user", "contract"):
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


async def in_thread(command: Command, *words: str, typed: str = "", **settings: str) -> Result:
    """Run a command that has an event loop of its own."""
    return await asyncio.to_thread(command, *words, typed=typed, **settings)
