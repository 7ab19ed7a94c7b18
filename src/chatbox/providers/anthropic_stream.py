"""Reads the streamed answer of Anthropic's Messages API.

Source: Anthropic API reference, "Streaming messages"; event types that are not known are passed over, as it asks.
"""

from dataclasses import dataclass, field

import msgspec

from chatbox.providers.failures import stream_failed
from chatbox.providers.frames import SseFrames
from chatbox.providers.port import FinishReason, ModelUsage, ReasoningDelta, ToolCall, ToolCallDone
from chatbox.providers.wire import AnswerReader, is_json

# A redacted thought has no text, only data that must be sent back as it came; it travels in the signature.
REDACTED_MARK = "redacted:"

_FINISH_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    id: str = ""
    name: str = ""
    text: str = ""
    thinking: str = ""
    data: str = ""
    input: dict[str, object] | None = None


class _Delta(msgspec.Struct, gc=False):
    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    thinking_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None


class _Message(msgspec.Struct, gc=False):
    usage: _Usage | None = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    index: int = 0
    delta: _Delta | None = None
    content_block: _Block | None = None
    message: _Message | None = None
    usage: _Usage | None = None
    error: object = None


_decode = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class _OpenCall:
    id: str
    name: str
    input: dict[str, object]
    pieces: list[str] = field(default_factory=list)

    def arguments(self) -> str:
        """What was streamed; some compatible servers give the whole input when the block starts instead."""
        return "".join(self.pieces) or msgspec.json.encode(self.input).decode()


class AnthropicAnswer(AnswerReader):
    """One answer of the Messages API."""

    def __init__(self) -> None:
        super().__init__(SseFrames())
        self._calls: dict[int, _OpenCall] = {}
        self._tokens = _Usage()

    def _read(self, frame: bytes) -> None:
        event = _decode(frame)
        kind = event.type
        if kind == "content_block_delta":
            self._read_delta(event)
        elif kind == "content_block_start" and event.content_block is not None:
            self._start_block(event.index, event.content_block)
        elif kind == "message_start" and event.message is not None:
            self._count(event.message.usage)
        elif kind == "message_delta":
            self._read_ending(event)
        elif kind == "message_stop":
            self.is_over = True
        elif kind == "error":
            raise stream_failed(event.error)

    def _read_delta(self, event: _Event) -> None:
        delta = event.delta
        if delta is None:
            return
        kind = delta.type
        if kind == "text_delta":
            self._joiner.text(delta.text)
        elif kind == "thinking_delta":
            self._joiner.reasoning(delta.thinking)
        elif kind == "input_json_delta":
            if event.index in self._calls:
                self._calls[event.index].pieces.append(delta.partial_json)
        elif kind == "signature_delta":
            self._joiner.event(ReasoningDelta("", delta.signature))

    def _start_block(self, index: int, block: _Block) -> None:
        if block.type == "tool_use":
            self._calls[index] = _OpenCall(block.id, block.name, block.input or {})
        elif block.type == "redacted_thinking":
            self._joiner.event(ReasoningDelta("", f"{REDACTED_MARK}{block.data}"))
        elif block.text:
            self._joiner.text(block.text)
        elif block.thinking:
            self._joiner.reasoning(block.thinking)

    def _read_ending(self, event: _Event) -> None:
        if event.delta is not None and event.delta.stop_reason:
            self.reason = _FINISH_REASONS.get(event.delta.stop_reason, "other")
        self._count(event.usage)

    def _count(self, usage: _Usage | None) -> None:
        """Counts are cumulative, and each event repeats only some of them. Anthropic counts cached input apart."""
        if usage is None:
            return
        for name in usage.__struct_fields__:
            value = getattr(usage, name)
            if value is not None:
                setattr(self._tokens, name, value)
        tokens = self._tokens
        cached = tokens.cache_read_input_tokens or 0
        self.usage = ModelUsage(
            input=(tokens.input_tokens or 0) + cached + (tokens.cache_creation_input_tokens or 0),
            output=tokens.output_tokens or 0,
            cached=tokens.cache_read_input_tokens,
            reasoning=tokens.output_tokens_details.thinking_tokens if tokens.output_tokens_details else None,
        )

    def _complete(self) -> None:
        for _, call in sorted(self._calls.items()):
            arguments = call.arguments()
            if self.reason != "length" or is_json(arguments):
                self._joiner.event(ToolCallDone(ToolCall(call.id, call.name, arguments)))
