"""Opening a long thread: a thousand messages against fifty and ten, through the calls that the page makes."""

import argparse
import asyncio
import time

import msgspec
import uvloop

from bench import processes, stage
from bench.answer import complaints
from bench.load import Person
from bench.plan import Plan
from bench.report import Row, percentile, publish
from bench.scene import Scene, set_scene
from bench.stage import Server, Upstream

CLAIM = "opening a thread: its session and its newest page of messages"
PLAN = Plan("fast", 100, 0)
SIZES = (10, 50, 1_000)
PAGE = 50
PAUSE_SECONDS = 1 / 20  # between messages: a connection may send twenty a second


class MessagePage(msgspec.Struct):
    items: list[msgspec.Raw]
    next_cursor: str | None


async def fill(scene: Scene, messages: int) -> tuple[Person, str]:
    """A session of `messages` messages, half of them answers, made by talking."""
    async with scene.seats(PLAN, 1) as [seat]:
        for _ in range(messages // 2):
            await asyncio.sleep(PAUSE_SECONDS)
            answer = await seat.line.ask(PLAN)
            if answer.verdict != "whole":
                raise stage.StageFailed(f"an answer failed while filling a session: {complaints([answer])}")
    return seat.person, seat.session_id


async def open_thread(scene: Scene, person: Person, session_id: str) -> tuple[float, MessagePage]:
    """Milliseconds until the session and its newest messages are here, and those messages."""
    path = f"/api/v1/sessions/{session_id}"
    started = time.perf_counter()
    await scene.client.call("GET", path, headers=person.headers)
    content = await scene.client.call("GET", f"{path}/messages?limit={PAGE}", headers=person.headers)
    return (time.perf_counter() - started) * 1000, msgspec.json.decode(content, type=MessagePage)


async def older_page(scene: Scene, person: Person, session_id: str, cursor: str) -> float:
    """Milliseconds until the page of messages before `cursor` is here."""
    path = f"/api/v1/sessions/{session_id}/messages?limit={PAGE}&cursor={cursor}"
    started = time.perf_counter()
    await scene.client.call("GET", path, headers=person.headers)
    return (time.perf_counter() - started) * 1000


async def measure(server: Server, upstream: Upstream, rounds: int) -> list[Row]:
    async with set_scene(server.address, upstream.base_url, people=1) as scene:
        threads = {size: await fill(scene, size) for size in SIZES}
        times: dict[int, list[float]] = {size: [] for size in SIZES}
        older = []
        for _ in range(rounds):
            for size, (person, session_id) in threads.items():
                took, page = await open_thread(scene, person, session_id)
                assert len(page.items) == min(size, PAGE), "the page does not hold what it should"
                times[size].append(took)
                if size == max(SIZES) and page.next_cursor:
                    older.append(await older_page(scene, person, session_id, page.next_cursor))
    middle = {size: percentile(values, 50) for size, values in times.items()}
    rows = [Row(f"opening {size:,} messages, p50", middle[size], "ms") for size in SIZES]
    return [
        *rows,
        Row("opening 1,000 messages, p99", percentile(times[1_000], 99), "ms"),
        Row("1,000 messages against 10, p50", middle[1_000] / middle[10], "times"),
        Row("1,000 messages against 50 (as much to show), p50", middle[1_000] / middle[50], "times", aim=1.25),
        Row("the page of older messages, p50", percentile(older, 50), "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    cores = processes.take_cores()
    with (
        stage.data_folder() as folder,
        stage.upstream(cores, [PLAN.name]) as upstream,
        stage.product(cores, folder) as server,
    ):
        rows = uvloop.run(measure(server, upstream, options.rounds))
    publish("thread_open", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
