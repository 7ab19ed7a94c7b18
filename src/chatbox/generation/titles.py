"""Names for sessions that nobody named: the first line at once, a better one from the model after the first answer."""

import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass, replace

from chatbox.generation.job import Job
from chatbox.generation.journal import Journal
from chatbox.kernel.errors import AppError
from chatbox.kernel.log import EventLog
from chatbox.providers.port import ChatRequest, ModelError, ModelMessage, Text, TextDelta
from chatbox.sessions.service import Sessions

LONGEST_TITLE = 60
_LONGEST_SAMPLE = 1500
_TITLE_TOKENS = 40
_TITLE_SECONDS = 30
_ASK = (
    "Write a title for this conversation: at most six words, in the language of the conversation, "
    "without quotation marks and without a full stop. Answer with the title alone."
)

_log = EventLog("chatbox.titles")


def first_title(text: str) -> str:
    """The beginning of a message, cut at a word, as a name for its session; empty when there is nothing to take."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_TITLE:
        return line
    cut = line[: LONGEST_TITLE - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > LONGEST_TITLE // 2 else cut).rstrip(" ,.;:，。；：") + "…"


def cleaned_title(said: str) -> str | None:
    """What a model said when asked for a title, as a title; None when it is none."""
    line = next((line.strip() for line in said.splitlines() if line.strip()), "")
    line = re.sub(r"^(?:title|标题)\s*[:：]\s*", "", line, flags=re.IGNORECASE)
    line = line.strip("\"'“”‘’「」《》*#` ").rstrip(".。")
    return line if 2 <= len(line) <= 2 * LONGEST_TITLE else None


@dataclass(frozen=True, slots=True)
class Titles:
    journal: Journal
    sessions: Sessions

    async def after_turn(self, job: Job) -> None:
        """Name the session after its first turn, unless a person has named it. A failure leaves the first title."""
        turn = job.turn
        if turn is None or turn.question is None or turn.model.kind == "scripted":
            return
        answer = next((str(part["text"]) for part in job.parts.build() if part["type"] == "text"), "")
        request = _title_request(turn.request, turn.question, answer)
        try:
            async with asyncio.timeout(_TITLE_SECONDS):
                said = await self._ask(job, request)
            title = cleaned_title(said)
            if title:
                await self._store(job, title)
        except (ModelError, AppError, TimeoutError) as error:
            _log.info("no title", session_id=job.generation.session_id, reason=type(error).__name__)

    async def _ask(self, job: Job, request: ChatRequest) -> str:
        assert job.turn is not None
        async with aclosing(job.turn.model.adapter.stream(request)) as events:
            return "".join([event.text async for event in events if isinstance(event, TextDelta)])

    async def _store(self, job: Job, title: str) -> None:
        session_id = job.generation.session_id
        async with self.journal.writing() as writing:
            await writing.lock(session_id)
            session = await self.sessions.set_title(writing.tx, session_id, title)
            if session is not None:
                await writing.session_updated(session_id, session)


def _title_request(request: ChatRequest, question: str, answer: str) -> ChatRequest:
    sample = f"{question[:_LONGEST_SAMPLE]}\n\n---\n\n{answer[:_LONGEST_SAMPLE]}\n\n---\n\n{_ASK}"
    return replace(
        request,
        tools=(),
        messages=[ModelMessage("user", (Text(sample),))],
        max_tokens=_TITLE_TOKENS,
        temperature=None,
        reasoning="off",
    )
