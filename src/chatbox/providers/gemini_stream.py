"""Reads the streamed answer of Google's Gemini API.

Source: Gemini API reference, `GenerateContentResponse`. Each frame is a whole response object with the next parts; tool
calls come complete, with a thought signature that must be sent back with them.
"""

from collections.abc import Callable

import msgspec

from chatbox.providers.failures import stream_failed
from chatbox.providers.frames import SseFrames
from chatbox.providers.port import FinishReason, ModelRequestRefused, ModelUsage, ToolCall, ToolCallDone
from chatbox.providers.wire import AnswerReader

_FINISH_REASONS: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "LANGUAGE": "content_filter",
    "IMAGE_SAFETY": "content_filter",
}


class _FunctionCall(msgspec.Struct, gc=False):
    name: str = ""
    id: str | None = None
    args: dict[str, object] | None = None


class _Part(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    function_call: _FunctionCall | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, gc=False, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct, gc=False, rename="camel"):
    prompt_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None


class _Feedback(msgspec.Struct, gc=False, rename="camel"):
    block_reason: str | None = None


class _Response(msgspec.Struct, gc=False, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Usage | None = None
    prompt_feedback: _Feedback | None = None
    error: object = None


_decode = msgspec.json.Decoder(_Response).decode


class GeminiAnswer(AnswerReader):
    """One answer of `streamGenerateContent`."""

    def __init__(self, new_call_id: Callable[[], str]) -> None:
        """`new_call_id` names tool calls, which Gemini often leaves without an id."""
        super().__init__(SseFrames())
        self._new_call_id = new_call_id
        self._calls: list[ToolCall] = []

    def _read(self, frame: bytes) -> None:
        response = _decode(frame)
        if response.error:
            raise stream_failed(response.error)
        if response.prompt_feedback is not None and response.prompt_feedback.block_reason:
            raise ModelRequestRefused(f"the prompt was blocked: {response.prompt_feedback.block_reason}")
        for candidate in response.candidates or ():
            for part in (candidate.content.parts if candidate.content else None) or ():
                self._read_part(part)
            if candidate.finish_reason:
                self.reason = _FINISH_REASONS.get(candidate.finish_reason, "other")
        if response.usage_metadata is not None:
            self.usage = _usage(response.usage_metadata)

    def _read_part(self, part: _Part) -> None:
        call = part.function_call
        if call is not None:
            arguments = msgspec.json.encode(call.args or {}).decode()
            self._calls.append(ToolCall(call.id or self._new_call_id(), call.name, arguments, part.thought_signature))
        elif part.text:
            (self._joiner.reasoning if part.thought else self._joiner.text)(part.text)

    def _complete(self) -> None:
        for call in self._calls:
            self._joiner.event(ToolCallDone(call))
        if self._calls and self.reason in ("stop", "other"):
            self.reason = "tool_calls"


def _usage(usage: _Usage) -> ModelUsage:
    """Gemini counts thoughts apart from the answer, and the port counts them within it."""
    return ModelUsage(
        input=(usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0),
        output=(usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
        cached=usage.cached_content_token_count,
        reasoning=usage.thoughts_token_count,
    )
