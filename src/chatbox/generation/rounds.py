"""Asks the model, does what it asks for with tools, and asks again with the results, until it is done.

Everything it says and does becomes an event of the answer and a part of it, in the order in which it happens.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from chatbox.generation import answer_events, prompt
from chatbox.generation.errors import AnswerTooLong, TooManyToolRounds
from chatbox.generation.events import ServerEvent
from chatbox.generation.job import Job
from chatbox.generation.journal import FenceLost, Journal
from chatbox.generation.parts_builder import PartsBuilder
from chatbox.generation.turn import Turn
from chatbox.kernel.ids import new_id
from chatbox.providers.port import (
    ChatRequest,
    Finished,
    ModelEvent,
    ModelMessage,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDone,
    Waiting,
)
from chatbox.sessions.parts import StoredPart
from chatbox.sessions.tree import PastMessage
from chatbox.tools.calling import LARGEST_RESULT, call_tool
from chatbox.tools.port import ToolContext, ToolOutput

LONGEST_ANSWER = 4_000_000
MOST_ROUNDS = 8
MOST_CALLS_IN_ROUND = 16
# However full the window is, a result may cost so many tokens.
_LEAST_RESULT_TOKENS = 300
_CHARACTERS_PER_TOKEN = 4


@dataclass(slots=True)
class Rounds:
    """The rounds of one run. `room` is how many tokens results may still cost."""

    journal: Journal
    job: Job
    turn: Turn
    room: int = 0
    _said: PartsBuilder = field(default_factory=PartsBuilder)
    _calls: list[ToolCall] = field(default_factory=list)
    _call_ids: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Raises `ModelError`, `AnswerTooLong`, `TooManyToolRounds`, `FenceLost`."""
        self.room = self.turn.room
        self._call_ids = {part["toolCallId"] for part in self.turn.start if part["type"] == "tool-call"}
        request = self.turn.request
        for _ in range(MOST_ROUNDS):
            await self._ask(request)
            if not self._calls or not self.turn.tools:
                return
            await self._call_all(self._calls)
            # A model is not asked again for an answer that others have ended meanwhile.
            await self.journal.flushed(self.job.generation.id)
            request = replace(request, messages=[*request.messages, *self._spoken()])
        raise TooManyToolRounds(limit=MOST_ROUNDS)

    async def _ask(self, request: ChatRequest) -> None:
        self._said, self._calls = PartsBuilder(), []
        self.job.finished = None
        async with aclosing(self.turn.model.adapter.stream(request)) as events:
            await self._consume(events)

    def _spoken(self) -> Sequence[ModelMessage]:
        """What was said in this round, as the model shall remember it."""
        return prompt.spoken(PastMessage(new_id(), None, "assistant", self._said.build()))

    async def _consume(self, events: AsyncGenerator[ModelEvent]) -> None:
        prefix = answer_events.text_prefix(self.job.generation)
        async for event in events:
            match event:
                case TextDelta(text):
                    await self._speak(prefix, text)
                case ReasoningDelta():
                    await self._reason(event)
                case ToolCallDone(call):
                    await self._take_call(answer_events.storable_call(call))
                case Waiting(position):
                    await self._append(answer_events.waiting(self.job.generation, position))
                case Finished():
                    self.job.finish_round(event)
            if self.job.characters > LONGEST_ANSWER:
                raise AnswerTooLong(limit=LONGEST_ANSWER)

    async def _speak(self, prefix: bytes, text: str) -> None:
        text = answer_events.storable(text)
        if not text:
            return
        for builder in (self.job.parts, self._said):
            builder.text(text)
        self.job.characters += len(text)
        generation = self.job.generation
        await self.journal.append_text(
            generation.session_id, generation.id, kind="stream_chunk", prefix=prefix, text=text
        )

    async def _reason(self, delta: ReasoningDelta) -> None:
        kind = self.turn.model.kind
        text = answer_events.storable(delta.text)
        signature = None if delta.signature is None else answer_events.storable(delta.signature)
        if not text and signature is None:
            return
        for builder in (self.job.parts, self._said):
            builder.reasoning(text, signature, kind)
        self.job.characters += len(text)
        generation = self.job.generation
        if signature is not None:
            await self._append(answer_events.signed_reasoning(generation, text, signature, kind))
            return
        prefix = answer_events.reasoning_prefix(generation, kind)
        await self.journal.append_text(
            generation.session_id, generation.id, kind="reasoning_chunk", prefix=prefix, text=text
        )

    async def _take_call(self, call: ToolCall) -> None:
        """Tell the call; it is done once the model has said all that it says."""
        if not call.id or call.id in self._call_ids:
            # Some servers number the calls of each answer anew; a result must find its own call.
            call = replace(call, id=f"call_{new_id().hex}")
        self._call_ids.add(call.id)
        self._calls.append(call)
        self.job.characters += len(call.arguments)
        self._push(answer_events.tool_call_part(call))
        await self._append(answer_events.tool_called(self.job.generation, call))
        if not self.turn.tools:
            await self._settle(call, ToolOutput(answer_events.TOOL_NOT_OFFERED, is_error=True))

    async def _call_all(self, calls: Sequence[ToolCall]) -> None:
        """Do all that was asked for, at once. Raises `FenceLost`."""
        share = max(_LEAST_RESULT_TOKENS, self.room // len(calls))
        async with asyncio.TaskGroup() as group:
            for place, call in enumerate(calls):
                group.create_task(self._do(call, share, is_refused=place >= MOST_CALLS_IN_ROUND))
        if self.job.stop_as == "fenced":
            raise FenceLost

    async def _do(self, call: ToolCall, share: int, *, is_refused: bool) -> None:
        generation = self.job.generation
        if is_refused:
            output = ToolOutput(f"At most {MOST_CALLS_IN_ROUND} calls are done at once.", is_error=True)
        else:
            most = min(LARGEST_RESULT, share * _CHARACTERS_PER_TOKEN)
            context = ToolContext(generation.owner_id, generation.session_id, most)
            output = await call_tool(self.turn.tools, call, context)
        text = prompt.clipped(answer_events.storable(output.text), share)
        self.room -= prompt.estimate_tokens(text)
        try:
            await self._settle(call, ToolOutput(text, output.is_error))
        except FenceLost:
            # Raised here it would come out as one of a group.
            self.job.stop_as = "fenced"

    async def _settle(self, call: ToolCall, output: ToolOutput) -> None:
        for builder in (self.job.parts, self._said):
            builder.set_tool_result(call.id, "error" if output.is_error else "result", output.text)
        await self._append(answer_events.tool_answered(self.job.generation, call, output))

    def _push(self, part: StoredPart) -> None:
        for builder in (self.job.parts, self._said):
            builder.push(part)

    async def _append(self, event: ServerEvent) -> None:
        await self.journal.append(self.job.generation.session_id, self.job.generation.id, event)
