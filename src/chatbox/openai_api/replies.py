"""A model's answer in OpenAI's words: whole as a `chat.completion`, or piece by piece as `chat.completion.chunk`s.

Source: OpenAI API reference, "The chat completion object" and "The chat completion chunk object".
`reasoning_content` is the field that DeepSeek introduced and most clients know; `extra_content` is Google's, for the
signature of a tool call.
"""

from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from chatbox.openai_api.errors import CompletionTooLong
from chatbox.providers.port import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelUsage,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDone,
    Waiting,
)

LONGEST_WHOLE_ANSWER = 4_000_000

OpenAIFinish = Literal["stop", "length", "tool_calls", "content_filter"]
_FINISH: dict[FinishReason, OpenAIFinish] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "other": "stop",
}
_DONE = b"data: [DONE]\n\n"

_encode = msgspec.json.Encoder().encode


class _PromptDetails(msgspec.Struct):
    cached_tokens: int


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int


class _Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: _PromptDetails | UnsetType = UNSET
    completion_tokens_details: _CompletionDetails | UnsetType = UNSET


class _Function(msgspec.Struct):
    name: str
    arguments: str


class _Google(msgspec.Struct):
    thought_signature: str


class _Extra(msgspec.Struct):
    google: _Google


class _Call(msgspec.Struct):
    id: str
    type: Literal["function"]
    function: _Function
    index: int | UnsetType = UNSET
    extra_content: _Extra | UnsetType = UNSET


class _Delta(msgspec.Struct):
    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    tool_calls: list[_Call] | UnsetType = UNSET


class _ChunkChoice(msgspec.Struct):
    delta: _Delta
    finish_reason: OpenAIFinish | None = None
    index: int = 0
    logprobs: None = None


class _Chunk(msgspec.Struct):
    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[_ChunkChoice]
    usage: _Usage | UnsetType | None = UNSET


class _Message(msgspec.Struct):
    role: Literal["assistant"]
    content: str | None
    refusal: None = None
    reasoning_content: str | UnsetType = UNSET
    tool_calls: list[_Call] | UnsetType = UNSET


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: OpenAIFinish
    index: int = 0
    logprobs: None = None


class _Completion(msgspec.Struct):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[_Choice]
    usage: _Usage | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Head:
    """What every piece of one answer says of it; `created` is in seconds since 1970."""

    id: str
    created: int
    model: str


class ChunkWriter:
    """Turns the events of one answer into server-sent events."""

    def __init__(self, head: Head, *, with_usage: bool) -> None:
        self._head = head
        self._with_usage = with_usage
        self._calls = 0
        self._has_begun = False

    def write(self, event: ModelEvent) -> bytes:
        """The bytes for one event, none for what OpenAI's clients have no word for; the last ones end the stream."""
        match event:
            case TextDelta(text):
                return self._piece(_Delta(content=text))
            case ReasoningDelta(text):
                return self._piece(_Delta(reasoning_content=text)) if text else b""
            case ToolCallDone(call):
                self._calls += 1
                return self._piece(_Delta(tool_calls=[_call(call, index=self._calls - 1)]))
            case Finished():
                return self._end(event)
            case Waiting():
                return b""

    def _end(self, finished: Finished) -> bytes:
        end = self._piece(_Delta(), _FINISH[finished.reason])
        if self._with_usage and finished.usage is not None:
            end += self._line([], _usage(finished.usage))
        return end + _DONE

    def _piece(self, delta: _Delta, finish: OpenAIFinish | None = None) -> bytes:
        line = self._line([_ChunkChoice(delta, finish)], None)
        if self._has_begun:
            return line
        self._has_begun = True
        return self._line([_ChunkChoice(_Delta(role="assistant", content=""))], None) + line

    def _line(self, choices: list[_ChunkChoice], usage: _Usage | None) -> bytes:
        head = self._head
        shown = usage if self._with_usage else UNSET
        chunk = _Chunk(head.id, "chat.completion.chunk", head.created, head.model, choices, shown)
        return b"data: %b\n\n" % _encode(chunk)


@dataclass(slots=True)
class WholeAnswer:
    """Gathers the events of one answer that is sent in one piece."""

    head: Head
    _texts: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls: list[_Call] = field(default_factory=list)
    _finished: Finished | None = None
    _length: int = 0

    def take(self, event: ModelEvent) -> None:
        """Raises `CompletionTooLong` when more has come than is kept in memory for one answer."""
        match event:
            case TextDelta(text):
                self._texts.append(text)
                self._length += len(text)
            case ReasoningDelta(text):
                self._thoughts.append(text)
                self._length += len(text)
            case ToolCallDone(call):
                self._calls.append(_call(call))
                self._length += len(call.arguments)
            case Finished():
                self._finished = event
            case Waiting():
                pass
        if self._length > LONGEST_WHOLE_ANSWER:
            raise CompletionTooLong(limit=LONGEST_WHOLE_ANSWER)

    def body(self) -> bytes:
        """The answer as JSON, once it has finished."""
        assert self._finished is not None, "a model's stream ends with Finished or raises"
        text = "".join(self._texts)
        message = _Message(
            role="assistant",
            content=text if text or not self._calls else None,
            reasoning_content="".join(self._thoughts) or UNSET,
            tool_calls=self._calls or UNSET,
        )
        usage = self._finished.usage
        completion = _Completion(
            self.head.id,
            "chat.completion",
            self.head.created,
            self.head.model,
            [_Choice(message, _FINISH[self._finished.reason])],
            _usage(usage) if usage else UNSET,
        )
        return _encode(completion)


def _call(call: ToolCall, *, index: int | UnsetType = UNSET) -> _Call:
    extra = _Extra(_Google(call.signature)) if call.signature else UNSET
    return _Call(call.id, "function", _Function(call.name, call.arguments), index, extra)


def _usage(usage: ModelUsage) -> _Usage:
    return _Usage(
        prompt_tokens=usage.input,
        completion_tokens=usage.output,
        total_tokens=usage.input + usage.output,
        prompt_tokens_details=UNSET if usage.cached is None else _PromptDetails(usage.cached),
        completion_tokens_details=UNSET if usage.reasoning is None else _CompletionDetails(usage.reasoning),
    )
