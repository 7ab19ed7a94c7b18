"""History and settings → what the model is sent, fitted to its window."""

import json
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from chatbox.kernel.db import Transaction
from chatbox.providers.models import Resolved
from chatbox.providers.port import ChatRequest, ModelMessage, Part, Text, Thinking, ToolCall, ToolResult
from chatbox.sessions import tree
from chatbox.sessions.parts import StoredPart, file_id_of
from chatbox.sessions.schemas import SessionOut
from chatbox.sessions.tree import PastMessage

# For a model whose window nobody knows; small enough for most local servers.
ASSUMED_WINDOW = 8192
# Of the window, what is left for the answer when nobody says how long it may be.
_ANSWER_SHARE = 4
_MOST_ANSWER_TOKENS = 8192
_TOKENS_PER_MESSAGE = 4
_PAGE = 200
_MOST_MESSAGES = 2000
_ALWAYS_IN = 2
# No tokenizer fits every model; these ratios err on the high side for English prose and code, and for Chinese.
_CHARACTERS_PER_TOKEN = 3.5
_TOKENS_PER_WIDE_CHARACTER = 1.0
_FIRST_WIDE_CHARACTER = "\u2e80"

# What the model is shown in place of a message's files, by message and file.
Shown = Mapping[tuple[UUID, UUID], Sequence[Part]]
NOTHING_SHOWN: Shown = {}


def estimate_tokens(text: str) -> int:
    """Roughly how many tokens `text` costs, rather too many than too few."""
    if text.isascii():
        return int(len(text) / _CHARACTERS_PER_TOKEN) + 1
    wide = sum(1 for character in text if character >= _FIRST_WIDE_CHARACTER)
    return int((len(text) - wide) / _CHARACTERS_PER_TOKEN + wide * _TOKENS_PER_WIDE_CHARACTER) + 1


def clipped(text: str, tokens: int) -> str:
    """The beginning of `text` that costs at most about so many tokens."""
    needed = estimate_tokens(text)
    return text if needed <= tokens else text[: len(text) * max(tokens, 1) // needed]


async def read_history(
    tx: Transaction, session_id: UUID, leaf_id: UUID | None, budget: int
) -> tuple[list[PastMessage], bool]:
    """The newest messages of a path that fit into `budget` tokens, oldest first, and whether older ones were left out.

    The last two, the answer in the making and its question, are always in, and an older answer never stands at the
    front without its question.
    """
    taken: list[PastMessage] = []
    cursor = leaf_id
    is_cut = False
    while cursor is not None and not is_cut:
        page = await tree.history(tx, session_id, cursor, _PAGE)
        for message in page:
            budget -= cost(message)
            if len(taken) >= _ALWAYS_IN and (budget < 0 or len(taken) >= _MOST_MESSAGES):
                is_cut = True
                break
            taken.append(message)
        cursor = page[-1].parent_id if page else None
    taken.reverse()
    while is_cut and len(taken) > 1 and taken[0].role == "assistant":
        taken.pop(0)
    return taken, is_cut


def window_of(session: SessionOut, model: Resolved) -> int:
    """How many tokens the model reads and writes at most, as far as anyone knows or wants."""
    window = session.settings.context_tokens or model.info.context_window or ASSUMED_WINDOW
    return min(window, model.info.context_window) if model.info.context_window else window


def token_budget(session: SessionOut, model: Resolved) -> int:
    """How many tokens the history may take: the window less the answer and the system prompt."""
    window = window_of(session, model)
    wished = session.settings.max_tokens or model.info.max_output or _MOST_ANSWER_TOKENS
    answer = min(wished, window // _ANSWER_SHARE, _MOST_ANSWER_TOKENS)
    return max(window // 8, window - answer - estimate_tokens(session.system_prompt or ""))


def fitted(
    history: Sequence[PastMessage], budget: int, extra: Mapping[UUID, int], *, most_kept: int
) -> tuple[list[PastMessage], int]:
    """The newest of `history` that still fit into `budget` tokens when their files cost `extra`, by message, and what
    is left of the budget. The last `most_kept` are always in."""
    taken: list[PastMessage] = []
    for message in reversed(history):
        tokens = cost(message) + extra.get(message.id, 0)
        if len(taken) >= most_kept and tokens > budget:
            break
        budget -= tokens
        taken.append(message)
    taken.reverse()
    while len(taken) > most_kept and len(taken) < len(history) and taken[0].role == "assistant":
        dropped = taken.pop(0)
        budget += cost(dropped) + extra.get(dropped.id, 0)
    return taken, budget


def build(
    session: SessionOut,
    model: Resolved,
    history: Sequence[PastMessage],
    *,
    user_key: str,
    shown: Shown = NOTHING_SHOWN,
) -> ChatRequest:
    """The request for the next turn. The last of `history` is the question, or the answer to go on with."""
    messages: list[ModelMessage] = []
    if session.system_prompt:
        messages.append(ModelMessage("system", (Text(session.system_prompt),)))
    for message in history:
        messages += spoken(message, shown)
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


def cost(message: PastMessage) -> int:
    """Roughly the tokens of a message, its files not counted."""
    return _TOKENS_PER_MESSAGE + sum(estimate_tokens(text) for text in _texts(message))


def _texts(message: PastMessage) -> Iterable[str]:
    for part in message.content_parts:
        if part["type"] == "text":
            yield part["text"]
        elif part["type"] == "tool-call":
            yield _as_text(part["args"])
            yield _as_text(part.get("result"))


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def spoken(message: PastMessage, shown: Shown = NOTHING_SHOWN) -> list[ModelMessage]:
    """A stored message as the model's own turns: the results of neighbouring tool calls follow the turn that asked for
    them, and what was said after them is a turn of its own."""
    turns: list[ModelMessage] = []
    parts: list[Part] = []
    results: list[Part] = []
    for stored in message.content_parts:
        if stored["type"] == "tool-call":
            if stored["state"] != "call":
                parts.append(_call(stored))
                results.append(_result(stored))
            continue
        said = _said(message, stored, shown)
        if said and results:
            turns += [ModelMessage(message.role, tuple(parts)), ModelMessage("tool", tuple(results))]
            parts, results = [], []
        parts += said
    if parts:
        turns.append(ModelMessage(message.role, tuple(parts)))
    return [*turns, ModelMessage("tool", tuple(results))] if results else turns


def _said(message: PastMessage, part: StoredPart, shown: Shown) -> Sequence[Part]:
    match part:
        case {"type": "text", "text": str(text)} if text:
            return (Text(text),)
        case {"type": "reasoning", "text": str(text), "signature": str(signature), "provider": str(provider)}:
            return (Thinking(text, signature, provider),)
        case {"type": "image" | "file"}:
            file_id = file_id_of(part)
            return shown.get((message.id, file_id), ()) if file_id else ()
    return ()


def _call(part: StoredPart) -> ToolCall:
    return ToolCall(part["toolCallId"], part["toolName"], _as_text(part["args"]), part.get("signature"))


def _result(part: StoredPart) -> ToolResult:
    content = (Text(_as_text(part.get("result"))),)
    return ToolResult(part["toolCallId"], part["toolName"], content, part["state"] == "error")


def plain_text(message: PastMessage) -> str:
    """The message's text parts, one after the other."""
    return "\n".join(part["text"] for part in message.content_parts if part["type"] == "text")


def trimmed_note() -> StoredPart:
    """The note that an answer starts with when older turns were left out."""
    return {"type": "info", "code": "context_trimmed", "params": {}}
