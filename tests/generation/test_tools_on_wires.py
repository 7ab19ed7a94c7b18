"""How a round of tools looks in each provider's own words: what is offered, and what comes back after a call."""

import json
from typing import Any

import pytest
from tests.support.app import Person, text_of
from tests.support.attached_files import Made
from tests.support.chats import OfferModels, PutFile, asked, file_part, notes_of
from tests.support.upstreams.server import Upstream
from tests.support.upstreams.turns import PLAIN, CallTurn, Tokens, Turn

_LONG = Made("kitchen.pdf", pages=["filler " * 6000])
_LISTED = f"1. kitchen.pdf (application/pdf, 1 page, {len(_LONG.text)} characters)"
_FOUND = "Nothing was found. Try other words, or read the file."
_CALLS = Turn(
    text=("I look.",),
    calls=(
        CallTurn("call_a", "list_files", ("{}",), "c2lnbmVk"),
        CallTurn("call_b", "search_file", ('{"query":', '"rice"}')),
    ),
    finish="tool_calls",
    tokens=Tokens(input=80, output=30, cached=8),
)
_SPEC = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "The words to look for, in the language of the file."},
        "file": {"type": "string", "description": "The file's number in the list, or its name."},
    },
    "required": ["query"],
}
_ABOUT = (
    "Find the passages of a file that fit some words best. Without a file, all of them are searched. "
    "Cite what you take from it as [report.pdf, page 3]."
)


def _openai(name: str, arguments: str, call_id: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


# The last tool on offer, and everything that follows the question in the second request.
_EXPECTED: dict[str, tuple[Any, Any]] = {
    "openai": (
        {"type": "function", "function": {"name": "search_file", "description": _ABOUT, "parameters": _SPEC}},
        [
            {
                "role": "assistant",
                "content": "I look.",
                "tool_calls": [
                    _openai("list_files", "{}", "call_a"),
                    _openai("search_file", '{"query": "rice"}', "call_b"),
                ],
            },
            {"role": "tool", "tool_call_id": "call_a", "content": _LISTED},
            {"role": "tool", "tool_call_id": "call_b", "content": _FOUND},
        ],
    ),
    "openai-responses": (
        {"type": "function", "name": "search_file", "description": _ABOUT, "parameters": _SPEC, "strict": False},
        [
            {"role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
            {"type": "function_call", "call_id": "call_a", "name": "list_files", "arguments": "{}"},
            {"type": "function_call", "call_id": "call_b", "name": "search_file", "arguments": '{"query": "rice"}'},
            {"type": "function_call_output", "call_id": "call_a", "output": _LISTED},
            {"type": "function_call_output", "call_id": "call_b", "output": _FOUND},
        ],
    ),
    "anthropic": (
        {"name": "search_file", "description": _ABOUT, "input_schema": _SPEC},
        [
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "call_a", "name": "list_files", "input": {}},
                    {"type": "tool_use", "id": "call_b", "name": "search_file", "input": {"query": "rice"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": call_id,
                        "content": [{"type": "text", "text": result}],
                        "is_error": False,
                    }
                    for call_id, result in (("call_a", _LISTED), ("call_b", _FOUND))
                ],
            },
        ],
    ),
    "gemini": (
        {"name": "search_file", "description": _ABOUT, "parametersJsonSchema": _SPEC},
        [
            {
                "role": "model",
                "parts": [
                    {"text": "I look."},
                    {"functionCall": {"name": "list_files", "args": {}}, "thoughtSignature": "c2lnbmVk"},
                    {"functionCall": {"name": "search_file", "args": {"query": "rice"}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "list_files", "response": {"result": _LISTED}}},
                    {"functionResponse": {"name": "search_file", "response": {"result": _FOUND}}},
                ],
            },
        ],
    ),
    "ollama": (
        {"type": "function", "function": {"name": "search_file", "description": _ABOUT, "parameters": _SPEC}},
        [
            {
                "role": "assistant",
                "content": "I look.",
                "tool_calls": [
                    {"function": {"name": "list_files", "arguments": {}}},
                    {"function": {"name": "search_file", "arguments": {"query": "rice"}}},
                ],
            },
            {"role": "tool", "tool_name": "list_files", "content": _LISTED},
            {"role": "tool", "tool_name": "search_file", "content": _FOUND},
        ],
    ),
}


def _conversation(kind: str, body: Any) -> list[Any]:
    return list(body[{"openai-responses": "input", "gemini": "contents"}.get(kind, "messages")])


def _tools(kind: str, body: Any) -> list[Any]:
    return list(body["tools"][0]["functionDeclarations"] if kind == "gemini" else body["tools"])


@pytest.mark.parametrize("kind", _EXPECTED)
async def test_calls_and_results_go_back_as_the_protocol_wants_them(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile, kind: str
) -> None:
    upstream.turns_of["eyes"] = [_CALLS, PLAIN]
    session = await admin.session(f"{await offer(kind, calls_tools=True, context_window=8000)}/eyes", name="n")

    answer = await admin.ask(session["id"], "Rice?", content_parts=[file_part(await put(admin, _LONG))])

    first, second = asked(upstream, -2), asked(upstream)
    offered, expected = _EXPECTED[kind]
    assert _tools(kind, first)[-1] == offered
    assert _tools(kind, second) == _tools(kind, first)
    asked_first = _conversation(kind, first)
    assert json.dumps(_conversation(kind, second)) == json.dumps([*asked_first, *expected])
    assert text_of(answer) == "I look.Hello, wörld 你好."
    assert (answer["usage"]["inputTokens"], answer["usage"]["outputTokens"]) == (92, 35)
    assert notes_of(answer) == [("files_as_tools", "kitchen.pdf")]


async def test_thoughts_of_claude_go_back_with_its_calls(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile
) -> None:
    thinking = Turn(reasoning=("Let me see.",), calls=_CALLS.calls[:1], finish="tool_calls", signature="c2lnbmVk")
    upstream.turns_of["eyes"] = [thinking, PLAIN]
    session = await admin.session(f"{await offer('anthropic', calls_tools=True, context_window=8000)}/eyes", name="n")

    await admin.ask(session["id"], "Rice?", content_parts=[file_part(await put(admin, _LONG))])

    assert asked(upstream)["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "Let me see.", "signature": "c2lnbmVk"},
        {"type": "tool_use", "id": "call_a", "name": "list_files", "input": {}},
    ]
