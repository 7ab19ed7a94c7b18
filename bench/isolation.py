"""What others do must not be felt: the lag of fifty readers alone, beside bursts of sign-ins, beside greedy answers."""

import argparse
import asyncio
from collections.abc import Sequence

import uvloop

from bench import processes, stage
from bench.answer import tell_complaints
from bench.load import Line
from bench.plan import Plan
from bench.report import Row, publish
from bench.scene import Scene, all_at_once, set_scene
from bench.sign_ins import SignIns
from bench.stage import Server, Upstream
from bench.streams import Meanwhile, ask_while, lag_rows

CLAIM = "lag of other people's tokens while something heavy goes on"
PEOPLE = 20
RATE = 50
START_SECONDS = 1.0
BURST_PAUSE_SECONDS = 2.0
GREEDY = 5
GREEDY_PLAN = Plan("fast", 20_000, 0)


async def nothing(until: asyncio.Event) -> None:
    await until.wait()


async def ask_greedily(lines: Sequence[Line], until: asyncio.Event) -> None:
    """Unthrottled answers, one after the other on each line, until the event is set."""
    while not until.is_set():
        await all_at_once(line.ask(GREEDY_PLAN) for line in lines)


async def measure_beside(
    scene: Scene, subject: str, plan: Plan, streams: int, meanwhile: Meanwhile, *, aim_ms: float | None = None
) -> list[Row]:
    async with scene.seats(plan, streams) as seats:
        lines = [seat.line for seat in seats]
        answers = await ask_while(lines, plan, meanwhile, over_seconds=START_SECONDS)
        await scene.check_all(seats, answers)
    tell_complaints(answers)
    return lag_rows(subject, answers, aim_ms=aim_ms)


async def measure(server: Server, upstream: Upstream, plan: Plan, streams: int) -> list[Row]:
    async with set_scene(server.address, upstream.base_url, people=PEOPLE) as scene:
        sign_ins = SignIns(scene)

        async def bursts(until: asyncio.Event) -> None:
            await sign_ins.go_on_by_tens(until, pause_seconds=BURST_PAUSE_SECONDS)

        rows = await measure_beside(scene, "alone", plan, streams, nothing)
        subject = "beside ten sign-ins at once"
        rows += await measure_beside(scene, subject, plan, streams, bursts)
        rows += sign_ins.rows(subject)
        async with scene.seats(GREEDY_PLAN, GREEDY) as seats:
            lines = [seat.line for seat in seats]

            async def greed(until: asyncio.Event) -> None:
                await ask_greedily(lines, until)

            rows += await measure_beside(scene, f"beside {GREEDY} unthrottled answers", plan, streams, greed)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    plan = Plan("stamped", RATE * options.seconds, RATE)
    cores = processes.take_cores()
    models = [plan.name, GREEDY_PLAN.name]
    with (
        stage.data_folder() as folder,
        stage.upstream(cores, models) as upstream,
        stage.product(cores, folder) as server,
    ):
        rows = uvloop.run(measure(server, upstream, plan, options.streams))
    publish("isolation", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
