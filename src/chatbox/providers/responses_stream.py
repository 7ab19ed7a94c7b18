"""Reads the streamed answer of OpenAI's Responses API.

Source: OpenAI API reference, "Streaming events"; events that are not known are passed over.
"""

import msgspec

from chatbox.providers.failures import stream_failed
from chatbox.providers.frames import SseFrames
from chatbox.providers.port import ModelUsage, ReasoningDelta, ToolCall, ToolCallDone
from chatbox.providers.wire import AnswerReader, is_json


class ReasoningItem(msgspec.Struct):
    """What must be sent back so that the model can go on with a thought; it travels as a signature."""

    id: str
    encrypted_content: str


class _Item(msgspec.Struct, gc=False):
    type: str = ""
    id: str = ""
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    encrypted_content: str | None = None


class _InputDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _Incomplete(msgspec.Struct, gc=False):
    reason: str | None = None


class _Response(msgspec.Struct, gc=False):
    usage: _Usage | None = None
    error: object = None
    incomplete_details: _Incomplete | None = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    delta: object = None  # text in the events read here, an object in some that are not
    summary_index: int = 0
    item: _Item | None = None
    response: _Response | None = None
    code: str | None = None
    message: str | None = None
    error: object = None


_decode = msgspec.json.Decoder(_Event).decode
_TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
_REASONING = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})


class ResponsesAnswer(AnswerReader):
    """One answer of the Responses API."""

    def __init__(self) -> None:
        super().__init__(SseFrames())
        self._calls: list[ToolCall] = []

    def _read(self, frame: bytes) -> None:
        if frame == b"[DONE]":
            self.is_over = True
            return
        event = _decode(frame)
        kind = event.type
        if kind in _TEXT and isinstance(event.delta, str):
            self._joiner.text(event.delta)
        elif kind in _REASONING and isinstance(event.delta, str):
            self._joiner.reasoning(event.delta)
        elif kind == "response.reasoning_summary_part.added" and event.summary_index > 0:
            self._joiner.reasoning("\n\n")
        elif kind == "response.output_item.done" and event.item is not None:
            self._end_item(event.item)
        else:
            self._read_ending(event)

    def _end_item(self, item: _Item) -> None:
        if item.type == "function_call":
            self._calls.append(ToolCall(item.call_id or item.id, item.name, item.arguments or "{}"))
        elif item.type == "reasoning" and item.encrypted_content:
            signature = msgspec.json.encode(ReasoningItem(item.id, item.encrypted_content)).decode()
            self._joiner.event(ReasoningDelta("", signature))

    def _read_ending(self, event: _Event) -> None:
        response = event.response or _Response()
        if event.type == "error":
            raise stream_failed(event.error or {"code": event.code, "message": event.message})
        if event.type == "response.failed":
            raise stream_failed(response.error)
        if event.type == "response.completed":
            self.reason = "stop"
        elif event.type == "response.incomplete":
            cause = response.incomplete_details.reason if response.incomplete_details else None
            self.reason = "content_filter" if cause == "content_filter" else "length"
        else:
            return
        self.usage = _usage(response.usage) if response.usage is not None else None
        self.is_over = True

    def _complete(self) -> None:
        for call in self._calls:
            if self.reason != "length" or is_json(call.arguments):
                self._joiner.event(ToolCallDone(call))
        if self._calls and self.reason == "stop":
            self.reason = "tool_calls"


def _usage(usage: _Usage) -> ModelUsage:
    return ModelUsage(
        input=usage.input_tokens or 0,
        output=usage.output_tokens or 0,
        cached=usage.input_tokens_details.cached_tokens if usage.input_tokens_details else None,
        reasoning=usage.output_tokens_details.reasoning_tokens if usage.output_tokens_details else None,
    )
