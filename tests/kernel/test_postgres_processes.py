"""The embedded PostgreSQL as a group of processes: sharing it, and killing any of them at any time."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.postgres_processes import (
    ask,
    client,
    keeper_pid,
    kill,
    processes_of,
    server_pid,
    wait_until,
    wait_until_gone,
)

from chatbox.kernel.postgres import EmbeddedPostgres
from chatbox.kernel.postgres_locks import is_held


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "pg", durability="throwaway")
    yield server
    server.stop()


@pytest.fixture
def safe_server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "pg")
    yield server
    server.stop()


async def test_a_second_process_shares_the_server(server: EmbeddedPostgres) -> None:
    url = server.start().url("postgres")
    with client(server.folder) as other:
        assert other.url() == url
        other.stop()
    assert await ask(url, "SELECT 1") == 1


async def test_the_last_one_out_stops_the_server(server: EmbeddedPostgres) -> None:
    url = server.start().url("postgres")
    with client(server.folder) as other:
        other.url()
        server.stop()
        assert await ask(url, "SELECT 1") == 1
        other.stop()
    assert processes_of(server.folder) == []


async def test_a_killed_process_does_not_take_the_server_from_the_others(server: EmbeddedPostgres) -> None:
    with client(server.folder) as other:
        other.url()
        url = server.start().url("postgres")
        other.kill()
    assert await ask(url, "SELECT 1") == 1


def test_the_server_stops_when_its_only_process_is_killed(tmp_path: Path) -> None:
    with client(tmp_path / "pg") as only:
        only.url()
        only.kill()
    wait_until_gone(tmp_path / "pg")


async def test_first_starts_at_the_same_time_make_one_server(server: EmbeddedPostgres) -> None:
    with client(server.folder) as one, client(server.folder) as two, client(server.folder) as three:
        urls = {one.url(), two.url(), three.url()}
        assert urls == {server.start().url("postgres")}
        assert await ask(urls.pop(), "SELECT 1") == 1


async def test_a_newcomer_waits_for_a_server_that_is_going_down(server: EmbeddedPostgres) -> None:
    with client(server.folder) as last:
        last.url()
        old = server_pid(server.folder)
        os.kill(old, signal.SIGSTOP)
        last.kill()
    wait_until(lambda: is_held(server.folder / "clients.lock"), "the keeper has noticed")
    starting = asyncio.ensure_future(asyncio.to_thread(server.start))
    await asyncio.to_thread(wait_until, lambda: is_held(server.folder / "start.lock"), "the newcomer waits")
    os.kill(old, signal.SIGCONT)
    address = await asyncio.wait_for(starting, 30)
    assert server_pid(server.folder) != old
    assert await ask(address.url("postgres"), "SELECT 1") == 1


async def test_a_new_keeper_takes_over_after_one_was_killed(safe_server: EmbeddedPostgres) -> None:
    await ask(safe_server.start().url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    kill(keeper_pid(safe_server.folder))
    assert await ask(safe_server.start().url("postgres"), "SELECT answer FROM kept") == 42


def test_the_server_stops_cleanly_when_its_keeper_is_killed(server: EmbeddedPostgres) -> None:
    server.start()
    kill(keeper_pid(server.folder))
    wait_until_gone(server.folder)
    assert "database system is shut down" in (server.folder / "postgres.log").read_text()


async def test_a_killed_server_is_started_again_with_every_committed_row(safe_server: EmbeddedPostgres) -> None:
    await ask(safe_server.start().url("postgres"), "CREATE TABLE kept AS SELECT generate_series(1, 50000) AS number")
    kill(server_pid(safe_server.folder))
    assert await ask(safe_server.start().url("postgres"), "SELECT count(*) FROM kept") == 50_000


async def test_keeper_and_server_killed_together_come_back(safe_server: EmbeddedPostgres) -> None:
    await ask(safe_server.start().url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    keeper, postmaster = keeper_pid(safe_server.folder), server_pid(safe_server.folder)
    kill(keeper)
    kill(postmaster)
    assert await ask(safe_server.start().url("postgres"), "SELECT answer FROM kept") == 42


async def test_a_restarted_server_still_stops_with_the_last_process(server: EmbeddedPostgres) -> None:
    server.start()
    kill(server_pid(server.folder))
    server.start()
    server.stop()
    assert processes_of(server.folder) == []


async def test_a_polite_signal_to_the_keeper_changes_nothing(server: EmbeddedPostgres) -> None:
    url = server.start().url("postgres")
    os.kill(keeper_pid(server.folder), signal.SIGTERM)
    assert await ask(url, "SELECT 1") == 1
    assert is_held(server.folder / "keeper.lock")


def test_two_shares_in_one_process_count_as_two(server: EmbeddedPostgres) -> None:
    second = EmbeddedPostgres(server.folder, durability="throwaway")
    assert server.start() == second.start()
    server.stop()
    assert is_held(server.folder / "keeper.lock")
    second.stop()
    assert processes_of(server.folder) == []


def test_the_keeper_is_small(server: EmbeddedPostgres) -> None:
    server.start()
    status = Path(f"/proc/{keeper_pid(server.folder)}/status").read_text()
    resident_kilobytes = int(status.split("VmRSS:")[1].split()[0])
    assert resident_kilobytes < 12_000
