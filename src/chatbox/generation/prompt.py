"""History and settings → what the model is sent, fitted to its window."""

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from chatbox.kernel.db import Transaction
from chatbox.providers.models import Resolved
from chatbox.providers.port import ChatRequest, ModelMessage, Part, Text, Thinking, ToolCall, ToolResult
from chatbox.sessions import tree
from chatbox.sessions.parts import ReasoningPart, StoredPart, TextPart, ToolCallPart
from chatbox.sessions.schemas import MessageOut, SessionOut

# For a model whose window nobody knows; small enough for most local servers.
ASSUMED_WINDOW = 8192
# Of the window, what is left for the answer when nobody says how long it may be.
_ANSWER_SHARE = 4
_MOST_ANSWER_TOKENS = 8192
_TOKENS_PER_MESSAGE = 4
_PAGE = 200
_MOST_MESSAGES = 2000
# No tokenizer fits every model; these ratios err on the high side for English prose and code, and for Chinese.
_CHARACTERS_PER_TOKEN = 3.5
_TOKENS_PER_WIDE_CHARACTER = 1.0
_FIRST_WIDE_CHARACTER = "\u2e80"


def estimate_tokens(text: str) -> int:
    """Roughly how many tokens `text` costs, rather too many than too few."""
    if text.isascii():
        return int(len(text) / _CHARACTERS_PER_TOKEN) + 1
    wide = sum(1 for character in text if character >= _FIRST_WIDE_CHARACTER)
    return int((len(text) - wide) / _CHARACTERS_PER_TOKEN + wide * _TOKENS_PER_WIDE_CHARACTER) + 1


async def read_history(
    tx: Transaction, session_id: UUID, leaf_id: UUID | None, budget: int
) -> tuple[list[MessageOut], int]:
    """The newest messages of a path that fit into `budget` tokens, oldest first, and how many were left out.

    The newest message is always in, and an answer never stands at the front without its question.
    """
    taken: list[MessageOut] = []
    left_out = 0
    cursor = leaf_id
    while cursor is not None and len(taken) + left_out < _MOST_MESSAGES:
        window = await tree.window(tx, session_id, cursor, _PAGE)
        for message in reversed(window.messages):
            cost = _cost(message)
            if left_out or (taken and cost > budget):
                left_out += 1
            else:
                taken.append(message)
                budget -= cost
        cursor = UUID(window.next_cursor) if window.next_cursor and not left_out else None
    taken.reverse()
    while len(taken) > 1 and taken[0].role == "assistant" and left_out:
        taken.pop(0)
        left_out += 1
    return taken, left_out


def token_budget(session: SessionOut, model: Resolved) -> int:
    """How many tokens the history may take: the window less the answer and the system prompt."""
    window = session.settings.context_tokens or model.info.context_window or ASSUMED_WINDOW
    if model.info.context_window:
        window = min(window, model.info.context_window)
    wished = session.settings.max_tokens or model.info.max_output or _MOST_ANSWER_TOKENS
    answer = min(wished, window // _ANSWER_SHARE, _MOST_ANSWER_TOKENS)
    return max(window // 8, window - answer - estimate_tokens(session.system_prompt or ""))


def build(session: SessionOut, model: Resolved, history: Sequence[MessageOut], *, user_key: str) -> ChatRequest:
    """The request for the next turn. The last of `history` is the question, or the answer to go on with."""
    messages: list[ModelMessage] = []
    if session.system_prompt:
        messages.append(ModelMessage("system", (Text(session.system_prompt),)))
    for message in history:
        messages += _spoken(message)
    return ChatRequest(
        endpoint=model.endpoint,
        model=model.info.name,
        messages=messages,
        max_tokens=session.settings.max_tokens,
        temperature=session.settings.temperature,
        top_p=session.settings.top_p,
        reasoning=session.settings.reasoning,
        user_key=user_key,
    )


def _cost(message: MessageOut) -> int:
    return _TOKENS_PER_MESSAGE + sum(estimate_tokens(text) for text in _texts(message))


def _texts(message: MessageOut) -> Iterable[str]:
    for part in message.content_parts:
        if isinstance(part, TextPart):
            yield part.text
        elif isinstance(part, ToolCallPart):
            yield _as_text(part.args)
            yield _as_text(part.result)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spoken(message: MessageOut) -> list[ModelMessage]:
    """A stored message as the model's own turns: tool results follow the turn that asked for them."""
    parts: list[Part] = []
    results: list[Part] = []
    for part in message.content_parts:
        if isinstance(part, TextPart) and part.text:
            parts.append(Text(part.text))
        elif isinstance(part, ReasoningPart) and part.signature and part.provider:
            parts.append(Thinking(part.text, part.signature, part.provider))
        elif isinstance(part, ToolCallPart) and part.state != "call":
            parts.append(ToolCall(part.toolCallId, part.toolName, _as_text(part.args), part.signature))
            is_error = part.state == "error"
            results.append(ToolResult(part.toolCallId, part.toolName, (Text(_as_text(part.result)),), is_error))
    turns = [ModelMessage(message.role, tuple(parts))] if parts else []
    return [*turns, ModelMessage("tool", tuple(results))] if results else turns


def plain_text(message: MessageOut) -> str:
    """The message's text parts, one after the other."""
    return "\n".join(part.text for part in message.content_parts if isinstance(part, TextPart))


def trimmed_note(left_out: int) -> list[StoredPart]:
    """The note that an answer starts with when older turns were left out."""
    if not left_out:
        return []
    return [{"type": "info", "code": "context_trimmed", "params": {"count": left_out}}]
