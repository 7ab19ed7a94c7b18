"""Reads the streamed answer of an OpenAI-compatible server, with the liberties that compatible servers take.

Source: OpenAI API reference, "Chat completion chunk"; the liberties are those of DeepSeek, vLLM, OpenRouter, Ollama,
Groq, Mistral, Moonshot and Google's compatible endpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from chatbox.providers.failures import stream_failed
from chatbox.providers.frames import SseFrames
from chatbox.providers.port import FinishReason, ModelUsage, ToolCall, ToolCallDone
from chatbox.providers.think_tags import ThinkTagSplitter
from chatbox.providers.wire import AnswerReader, is_json

FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class _Thought(msgspec.Struct, gc=False):
    text: str = ""


class _ContentPart(msgspec.Struct, gc=False):
    """Mistral's reasoning models answer with a list of these instead of a string."""

    text: str = ""
    thinking: list[_Thought] = []


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | dict[str, object] | None = None


class _CallPiece(msgspec.Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct, gc=False):
    content: str | list[_ContentPart] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_CallPiece] | None = None


class _InputDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    finish_reason: str | None = None
    usage: _Usage | None = None  # Moonshot


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: object = None


_decode = msgspec.json.Decoder(_Chunk).decode


@dataclass(slots=True)
class _OpenCall:
    id: str
    name: str
    arguments: list[str] = field(default_factory=list)


class OpenAIAnswer(AnswerReader):
    """One answer of the chat completions API."""

    def __init__(self, new_call_id: Callable[[], str]) -> None:
        """`new_call_id` names tool calls that the server left without an id."""
        super().__init__(SseFrames())
        self._new_call_id = new_call_id
        self._tags = ThinkTagSplitter(self._joiner)
        self._calls: list[_OpenCall] = []
        self._call_at_index: dict[int, _OpenCall] = {}

    def _read(self, frame: bytes) -> None:
        if frame == b"[DONE]":
            self.is_over = True
            return
        chunk = _decode(frame)
        if chunk.error:
            raise stream_failed(chunk.error)
        for choice in chunk.choices or ():
            if choice.delta is not None:
                self._read_delta(choice.delta)
            if choice.finish_reason:
                self.reason = FINISH_REASONS.get(choice.finish_reason, "other")
            if choice.usage is not None:
                self.usage = _usage(choice.usage)
        if chunk.usage is not None:
            self.usage = _usage(chunk.usage)

    def _read_delta(self, delta: _Delta) -> None:
        # vLLM sends the same thought under both names: one is taken.
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            self._joiner.reasoning(thought)
        content = delta.content
        if content:
            if isinstance(content, list):
                self._read_parts(content)
            elif self._tags.is_open:
                self._tags.add(content)
            else:
                self._joiner.text(content)
        if delta.refusal:
            self._joiner.text(delta.refusal)
        for piece in delta.tool_calls or ():
            self._read_call(piece)

    def _read_parts(self, parts: list[_ContentPart]) -> None:
        for part in parts:
            for thought in part.thinking:
                self._joiner.reasoning(thought.text)
            if part.text:
                self._joiner.text(part.text)

    def _read_call(self, piece: _CallPiece) -> None:
        call = self._call_for(piece)
        function = piece.function
        if function is None:
            return
        call.name = call.name or function.name or ""
        if isinstance(function.arguments, str):
            call.arguments.append(function.arguments)
        elif function.arguments is not None:
            call.arguments.append(msgspec.json.encode(function.arguments).decode())

    def _call_for(self, piece: _CallPiece) -> _OpenCall:
        """The call that a piece belongs to. Some servers send no index, or index 0 for every call, or no id."""
        if piece.index is not None:
            known = self._call_at_index.get(piece.index)
        else:
            known = self._calls[-1] if self._calls else None
        if known is not None and not _begins_another(piece, known):
            return known
        call = _OpenCall(piece.id or self._new_call_id(), "")
        self._calls.append(call)
        if piece.index is not None:
            self._call_at_index[piece.index] = call
        return call

    def _complete(self) -> None:
        self._tags.finish()
        for call in self._calls:
            arguments = "".join(call.arguments) or "{}"
            if self.reason != "length" or is_json(arguments):
                self._joiner.event(ToolCallDone(ToolCall(call.id, call.name, arguments)))
        if self._calls and self.reason in ("stop", "other"):
            self.reason = "tool_calls"


def _begins_another(piece: _CallPiece, known: _OpenCall) -> bool:
    """Whether a piece that seems to continue a call is the first of a new one: it has a name, and its own id."""
    is_named_anew = known.name != "" and piece.function is not None and bool(piece.function.name)
    return is_named_anew and (bool(piece.id) or piece.index is None) and piece.id != known.id


def _usage(usage: _Usage) -> ModelUsage:
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None
    return ModelUsage(
        input=usage.prompt_tokens or 0,
        output=usage.completion_tokens or 0,
        cached=usage.prompt_cache_hit_tokens if cached is None else cached,
        reasoning=usage.completion_tokens_details.reasoning_tokens if usage.completion_tokens_details else None,
    )
