"""What the reading of files costs: the text of a 200-page PDF, and what ten of them do to everybody's answers."""

import argparse
import asyncio
import io
import time

import aiohttp
import msgspec
import uvloop
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bench import processes, stage
from bench.isolation import measure_beside, nothing
from bench.load import Client, Person
from bench.plan import Plan
from bench.report import Row, percentile, publish
from bench.scene import all_at_once, set_scene
from bench.stage import Server, Upstream

CLAIM = "reading files: time for a long PDF, and the lag of other people's tokens meanwhile"
PAGES = 200
LINES = 40
LINE = "the quick brown fox jumps over the lazy dog while the committee reads the minutes of its last meeting"
PEOPLE = 20
RATE = 50
FILES = 10
READ_SECONDS = 120.0
POLL_SECONDS = 0.05


class Uploaded(msgspec.Struct):
    id: str
    status: str


def long_pdf(name: str) -> bytes:
    """A PDF of `PAGES` full pages of text; `name` on each makes its bytes its own."""
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=A4)
    for page in range(1, PAGES + 1):
        canvas.setFont("Helvetica", 9)
        for line in range(LINES):
            canvas.drawString(40, 800 - 18 * line, f"{name}, page {page}, line {line}: {LINE}")
        canvas.showPage()
    canvas.save()
    return paper.getvalue()


async def upload(client: Client, person: Person, name: str, content: bytes) -> str:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=f"{name}.pdf", content_type="application/pdf")
    url = f"http://{client.address}/api/v1/files/upload"
    async with client.http.post(url, data=form, headers=person.headers) as response:
        return msgspec.json.decode(await response.read(), type=Uploaded).id


async def wait_until_read(client: Client, person: Person, file_id: str) -> None:
    async with asyncio.timeout(READ_SECONDS):
        while True:
            content = await client.call("GET", f"/api/v1/files/{file_id}", headers=person.headers)
            status = msgspec.json.decode(content, type=Uploaded).status
            if status == "ready":
                return
            if status == "failed":
                raise stage.StageFailed(f"a PDF could not be read: {content[:500].decode(errors='replace')}")
            await asyncio.sleep(POLL_SECONDS)


async def read_one(client: Client, person: Person, name: str, content: bytes) -> float:
    """Seconds from the first byte sent to the text being there."""
    started = time.perf_counter()
    await wait_until_read(client, person, await upload(client, person, name, content))
    return time.perf_counter() - started


async def measure(server: Server, upstream: Upstream, plan: Plan, streams: int, rounds: int) -> list[Row]:
    async with set_scene(server.address, upstream.base_url, people=PEOPLE) as scene:
        reader = scene.people[0]
        alone = [
            await read_one(scene.client, reader, f"alone {number}", long_pdf(f"alone {number}"))
            for number in range(rounds)
        ]
        rows = [Row(f"text of a PDF of {PAGES} pages, with its upload, p50", percentile(alone, 50), "s", aim=3)]
        rows += await measure_beside(scene, "nothing being read", plan, streams, nothing)
        papers = [long_pdf(f"burst {number}") for number in range(FILES)]
        taken: list[float] = []

        async def burst(until: asyncio.Event) -> None:
            people = scene.people[:FILES]
            reads = [
                read_one(scene.client, person, f"burst {number}", paper)
                for number, (person, paper) in enumerate(zip(people, papers, strict=True))
            ]
            taken.extend(await all_at_once(reads))
            await until.wait()

        subject = f"beside {FILES} PDFs of {PAGES} pages"
        rows += await measure_beside(scene, subject, plan, streams, burst, aim_ms=100)
    return [*rows, Row(f"{subject}: the last of them is read after", max(taken), "s")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    plan = Plan("stamped", RATE * options.seconds, RATE)
    cores = processes.take_cores()
    with (
        stage.data_folder() as folder,
        stage.upstream(cores, [plan.name]) as upstream,
        stage.product(cores, folder) as server,
    ):
        rows = uvloop.run(measure(server, upstream, plan, options.streams, options.rounds))
    publish("reading", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
