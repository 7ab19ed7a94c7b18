"""Many people read at once: 300 answers of 50 tokens a second, each token's way timed, while others sign in."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Sequence

import uvloop

from bench import load, processes, stage
from bench.answer import Answer, count, lost, tell_complaints
from bench.load import Line
from bench.meter import Meter
from bench.plan import Plan
from bench.report import Row, percentile, publish
from bench.scene import set_scene, upstream_lateness
from bench.sign_ins import SignIns
from bench.stage import Server, Upstream

CLAIM = "lag of each token from leaving the upstream to reaching the client"
PEOPLE = 50
START_SECONDS = 3.0
SIGN_IN_PAUSE_SECONDS = 0.5

Meanwhile = Callable[[asyncio.Event], Coroutine[None, None, None]]


async def ask_in_turn(
    lines: Sequence[Line], plan: Plan, *, over_seconds: float, model: str | None = None
) -> list[Answer]:
    """All lines ask, their starts spread evenly: the claim is about streams that run, not about how they begin."""

    async def ask_later(line: Line, index: int) -> Answer:
        await asyncio.sleep(over_seconds * index / len(lines))
        return await line.ask(plan, model=model)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask_later(line, index)) for index, line in enumerate(lines)]
    return [task.result() for task in tasks]


async def ask_while(lines: Sequence[Line], plan: Plan, meanwhile: Meanwhile, *, over_seconds: float) -> list[Answer]:
    """As `ask_in_turn`, with something else going on until the last answer ended."""
    is_done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        other = group.create_task(meanwhile(is_done))
        answers = await ask_in_turn(lines, plan, over_seconds=over_seconds)
        is_done.set()
        await other
    return answers


def lag_rows(subject: str, answers: list[Answer], *, aim_ms: float | None = None) -> list[Row]:
    lags = [lag for answer in answers for lag in answer.lags_ms()]
    frames = sum(len(answer.chunks) for answer in answers)
    return [
        Row(f"{subject}: lag of a token, p50", percentile(lags, 50), "ms"),
        Row(f"{subject}: lag of a token, p99", percentile(lags, 99), "ms", aim=aim_ms),
        Row(f"{subject}: lag of a token, worst", max(lags, default=float("nan")), "ms"),
        Row(f"{subject}: tokens in a frame, mean", len(lags) / max(frames, 1), ""),
        Row(f"{subject}: answers refused", count(answers, "refused"), f"of {len(answers)}", aim=0),
        Row(f"{subject}: answers lost", lost(answers), f"of {len(answers)}", aim=0),
    ]


async def measure_product(server: Server, upstream: Upstream, plan: Plan, streams: int) -> list[Row]:
    subject = f"{streams} streams"
    meter = Meter(server, upstream)
    async with set_scene(server.address, upstream.base_url, people=min(PEOPLE, streams)) as scene:
        sign_ins = SignIns(scene)

        async def others(until: asyncio.Event) -> None:
            await sign_ins.go_on(until, pause_seconds=SIGN_IN_PAUSE_SECONDS)

        async with scene.seats(plan, streams) as seats:
            with meter.measuring():
                answers = await ask_while([seat.line for seat in seats], plan, others, over_seconds=START_SECONDS)
            await scene.check_all(seats, answers)
        late = await upstream_lateness(scene.client, upstream.base_url)
    tell_complaints(answers)
    firsts = [answer.first_token_ms for answer in answers if answer.first_ns]
    return [
        *lag_rows(subject, answers, aim_ms=250),
        Row(f"{subject}: first token, p99", percentile(firsts, 99), "ms"),
        *sign_ins.rows(subject),
        Row(f"{subject}: the upstream itself was late, p99", late.p99_ms, "ms"),
        Row(f"{subject}: the upstream itself was late, worst", late.max_ms, "ms"),
        *meter.rows(subject),
    ]


async def measure_relay(server: Server, upstream: Upstream, plan: Plan, streams: int) -> list[Row]:
    subject = f"bare relay, {streams} streams"
    meter = Meter(server, upstream)
    async with load.connect(server.address) as client:
        lines = [await load.open_line(client, "/") for _ in range(streams)]
        with meter.measuring():
            answers = await ask_in_turn(lines, plan, over_seconds=START_SECONDS, model=plan.name)
    tell_complaints(answers)
    return [*lag_rows(subject, answers), *meter.rows(subject)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--rate", type=int, default=50, help="tokens a second of each stream")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only-relay", action="store_true")
    options = parser.parse_args()
    plan = Plan("stamped", options.rate * options.seconds, options.rate)
    cores = processes.take_cores()
    rows: list[Row] = []
    if not options.only_relay:
        with (
            stage.data_folder() as folder,
            stage.upstream(cores, [plan.name]) as upstream,
            stage.product(cores, folder) as server,
        ):
            rows += uvloop.run(measure_product(server, upstream, plan, options.streams))
    with stage.upstream(cores, [plan.name]) as upstream, stage.relay(cores, upstream.base_url, joins=True) as server:
        rows += uvloop.run(measure_relay(server, upstream, plan, options.streams))
    publish("streams", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
