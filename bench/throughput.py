"""How many chunks a second the product carries when nothing holds the upstream back, and how many a bare relay does."""

import argparse

import uvloop

from bench import load, processes, stage
from bench.answer import Answer, complaints, count, lost, tell_complaints
from bench.meter import Meter
from bench.plan import Plan
from bench.processes import Cores
from bench.report import Row, percentile, publish
from bench.scene import all_at_once, set_scene
from bench.stage import Server, Upstream

CLAIM = "chunks of the upstream carried a second, unthrottled"
PEOPLE = 10
AIM_CHUNKS_PER_SECOND = 60_000


def chunks_per_second(answers: list[Answer]) -> float:
    """Tokens of all whole answers over the time from the first question to the last end."""
    whole = [answer for answer in answers if answer.verdict == "whole"]
    if not whole:
        return 0.0
    seconds = (max(answer.ended_ns for answer in whole) - min(answer.asked_ns for answer in whole)) / 1e9
    return sum(answer.plan.count for answer in whole) / seconds


async def run_product(server: Server, upstream: Upstream, plan: Plan, options: argparse.Namespace) -> list[Row]:
    meter = Meter(server, upstream)
    rates, everything = [], []
    async with set_scene(server.address, upstream.base_url, people=PEOPLE) as scene:
        for _ in range(options.rounds):
            async with scene.seats(plan, options.streams) as seats:
                with meter.measuring():
                    answers = await all_at_once(seat.line.ask(plan) for seat in seats)
                await scene.check_all(seats, answers)
            rates.append(chunks_per_second(answers))
            everything += answers
    tell_complaints(everything)
    subject = f"product, {options.streams} streams"
    frames = sum(len(answer.chunks) for answer in everything)
    return [
        Row(f"{subject}: median round", percentile(rates, 50), "chunks/s", AIM_CHUNKS_PER_SECOND, is_floor=True),
        Row(f"{subject}: best round", max(rates), "chunks/s"),
        Row(f"{subject}: chunks in a frame, mean", plan.count * len(everything) / max(frames, 1), ""),
        Row(f"{subject}: answers refused", count(everything, "refused"), f"of {len(everything)}", aim=0),
        Row(f"{subject}: answers lost", lost(everything), f"of {len(everything)}", aim=0),
        *meter.rows(subject),
    ]


async def run_relay(server: Server, plan: Plan, options: argparse.Namespace) -> list[float]:
    """The rate of each round of a bare relay; raises when it lost an answer."""
    rates = []
    async with load.connect(server.address) as client:
        lines = [await load.open_line(client, "/") for _ in range(options.streams)]
        for _ in range(options.rounds):
            answers = await all_at_once(line.ask(plan, model=plan.name) for line in lines)
            assert not complaints(answers), complaints(answers)
            rates.append(chunks_per_second(answers))
    return rates


def relay_row(cores: Cores, plan: Plan, options: argparse.Namespace, *, joins: bool) -> Row:
    with stage.upstream(cores, [plan.name]) as upstream, stage.relay(cores, upstream.base_url, joins=joins) as server:
        rates = uvloop.run(run_relay(server, plan, options))
    kind = "one frame a read" if joins else "one frame a chunk"
    return Row(f"bare relay, {kind}: median round", percentile(rates, 50), "chunks/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=10_000, help="length of each answer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only-relay", action="store_true")
    options = parser.parse_args()
    plan = Plan("fast", options.tokens, 0)
    cores = processes.take_cores()
    rows: list[Row] = []
    if not options.only_relay:
        with (
            stage.data_folder() as folder,
            stage.upstream(cores, [plan.name]) as upstream,
            stage.product(cores, folder) as server,
        ):
            rows += uvloop.run(run_product(server, upstream, plan, options))
    rows += [relay_row(cores, plan, options, joins=joins) for joins in (True, False)]
    publish("throughput", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
