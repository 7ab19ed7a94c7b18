"""What the product adds before the first token: for one user, and for fifty who ask at the same moment."""

import argparse
import time
from collections.abc import Sequence

import aiohttp
import msgspec
import uvloop

from bench import load, processes, stage
from bench.answer import Answer, count, lost, tell_complaints
from bench.frames import Completion
from bench.load import Client
from bench.meter import Meter
from bench.plan import Plan
from bench.relay import read_texts
from bench.report import Row, percentile, publish
from bench.scene import Scene, all_at_once, set_scene
from bench.stage import Server, Upstream

CLAIM = "time added before the first token"
WARM_UP = 5
ONE_PLAN = Plan("stamped", 20, 200)
MANY_PLAN = Plan("stamped", 50, 50)


async def ask_upstream(client: Client, base_url: str, plan: Plan) -> Answer:
    """One answer straight from the upstream: what there is to add to."""
    answer = Answer(plan)
    decoder = msgspec.json.Decoder(Completion)
    body = {"model": plan.name, "stream": True, "messages": [{"role": "user", "content": "Please count."}]}
    timeout = aiohttp.ClientTimeout(total=load.deadline_seconds(plan))
    answer.asked_ns = time.monotonic_ns()
    async with client.http.post(f"{base_url}/chat/completions", json=body, timeout=timeout) as response:
        async for _, data in load.read_events(response):
            for text in read_texts([b"data: " + data], decoder):
                answer.take_text(text)
    answer.end("complete")
    return answer


async def measure_one(scene: Scene, base_url: str, rounds: int) -> list[Row]:
    """One user: straight, over WebSocket and over events in turn, so that noise falls on all of them alike."""
    straight, socket, events = [], [], []
    for _ in range(WARM_UP + rounds):
        async with scene.seats(ONE_PLAN, 2) as (first, second):
            straight.append(await ask_upstream(scene.client, base_url, ONE_PLAN))
            socket.append(await first.line.ask(ONE_PLAN))
            events.append(await load.ask_by_events(scene.client, second.person, second.session_id, ONE_PLAN))
            await scene.check_all([first, second], [socket[-1], events[-1]])
    tell_complaints(socket + events)
    base = percentile(first_tokens(straight[WARM_UP:]), 50)
    times = first_tokens(socket[WARM_UP:])
    asked = [answer.asked_after_ms() for answer in socket[WARM_UP:] if answer.chunks]
    return [
        Row("one user, upstream alone, p50", base, "ms"),
        Row("one user, added over WebSocket, p50", percentile(times, 50) - base, "ms", aim=8),
        Row("one user, added over WebSocket, p99", percentile(times, 99) - base, "ms"),
        Row("one user, of it from sending to the upstream's token, p50", percentile(asked, 50) - base, "ms"),
        Row("one user, added over events, p50", percentile(first_tokens(events[WARM_UP:]), 50) - base, "ms"),
        Row("one user, answers refused or lost", len(socket + events) - count(socket + events, "whole"), "", aim=0),
    ]


async def measure_many(scene: Scene, users: int, rounds: int, meter: Meter) -> list[Row]:
    """`users` people who ask at the same moment, each in a session of their own."""
    answers: list[Answer] = []
    for _ in range(rounds):
        async with scene.seats(MANY_PLAN, users) as seats:
            with meter.measuring():
                fresh = await all_at_once(seat.line.ask(MANY_PLAN) for seat in seats)
            await scene.check_all(seats, fresh)
            answers += fresh
    tell_complaints(answers)
    times = first_tokens(answers)
    asked = [answer.asked_after_ms() for answer in answers if answer.chunks]
    subject = f"{users} at once"
    return [
        Row(f"{subject}, first token, p50", percentile(times, 50), "ms"),
        Row(f"{subject}, first token, p99", percentile(times, 99), "ms", aim=300),
        Row(f"{subject}, of it from sending to the upstream's token, p99", percentile(asked, 99), "ms"),
        Row(f"{subject}, answers refused", count(answers, "refused"), f"of {len(answers)}", aim=0),
        Row(f"{subject}, answers lost", lost(answers), f"of {len(answers)}", aim=0),
        *meter.rows(subject),
    ]


def first_tokens(answers: Sequence[Answer]) -> list[float]:
    return [answer.first_token_ms for answer in answers if answer.first_ns]


async def measure(server: Server, upstream: Upstream, options: argparse.Namespace) -> list[Row]:
    async with set_scene(server.address, upstream.base_url, people=options.users) as scene:
        rows = await measure_one(scene, upstream.base_url, options.rounds)
        return rows + await measure_many(scene, options.users, options.bursts, Meter(server, upstream))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="answers of the one user")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--bursts", type=int, default=5, help="how often the many ask")
    options = parser.parse_args()
    cores = processes.take_cores()
    models = [ONE_PLAN.name, MANY_PLAN.name]
    with (
        stage.data_folder() as folder,
        stage.upstream(cores, models) as upstream,
        stage.product(cores, folder) as server,
    ):
        rows = uvloop.run(measure(server, upstream, options))
    publish("first_token", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
