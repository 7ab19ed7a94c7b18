"""Gemini's own ways: signed tool calls, thoughts among the parts, and prompts that are blocked."""

import json

import pytest
from tests.providers.conftest import KEY, Ask, question
from tests.support.upstreams.adapters import numbered
from tests.support.upstreams.frames_gemini import crlf, response
from tests.support.upstreams.server import Upstream

from chatbox.providers.gemini import Gemini, gemini_version
from chatbox.providers.http import ProviderHttp
from chatbox.providers.port import (
    Endpoint,
    Image,
    ModelAuthFailed,
    ModelError,
    ModelInfo,
    ModelMessage,
    ModelRateLimited,
    ModelRequestRefused,
    ModelUsage,
    Text,
    Thinking,
    ToolCall,
    ToolCallDone,
    ToolResult,
    ToolSpec,
)


@pytest.fixture
def model(http: ProviderHttp) -> Gemini:
    return Gemini(http, call_ids=numbered())


def sent_by(**fields: object) -> dict[str, object]:
    """The body that Gemini would get."""
    whole = question("https://x", str(fields.pop("model", "gemini-2.5-pro")), **fields)
    body: dict[str, object] = json.loads(Gemini(None)._call(whole).body)  # type: ignore[arg-type]  # no call is made
    return body


async def test_a_tool_call_keeps_its_signature(model: Gemini, ask: Ask, upstream: Upstream) -> None:
    first = {"functionCall": {"name": "look", "args": {"x": 1}}, "thoughtSignature": "c2ln"}
    second = {"functionCall": {"name": "look", "args": {"x": 2}, "id": "own"}}
    upstream.frames_of["m"] = [response([first, second]), response([{"text": ""}], "STOP")]
    heard = await ask(model, "m")
    calls = [event.call for event in heard.events if isinstance(event, ToolCallDone)]
    assert calls == [ToolCall("made_0", "look", '{"x":1}', "c2ln"), ToolCall("own", "look", '{"x":2}', None)]
    assert heard.finished.reason == "tool_calls"


async def test_thoughts_are_counted_within_the_output(model: Gemini, ask: Ask, upstream: Upstream) -> None:
    counts = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 20,
        "cachedContentTokenCount": 4,
    }
    upstream.frames_of["m"] = [response([{"text": "Hi"}], "STOP", usageMetadata=counts)]
    assert (await ask(model, "m")).finished.usage == ModelUsage(15, 27, 4, 20)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("BLOCKLIST", "content_filter"),
        ("SPII", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "other"),
        ("A_NEW_REASON", "other"),
    ],
)
async def test_every_finish_reason_is_understood(
    model: Gemini, ask: Ask, upstream: Upstream, said: str, reason: str
) -> None:
    upstream.frames_of["m"] = [response([{"text": "Hi"}], said)]
    assert (await ask(model, "m")).finished.reason == reason


async def test_a_finish_without_content_is_a_finish(model: Gemini, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [crlf({"candidates": [{"finishReason": "SAFETY", "index": 0}]})]
    assert (await ask(model, "m")).finished.reason == "content_filter"


async def test_a_blocked_prompt_is_refused_with_its_reason(model: Gemini, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [crlf({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})]
    heard = await ask(model, "m")
    assert isinstance(heard.failed, ModelRequestRefused)
    assert "PROHIBITED_CONTENT" in heard.failed.detail


@pytest.mark.parametrize(
    ("error", "expected", "retry_after"),
    [
        (
            {
                "code": 429,
                "message": "Quota exceeded",
                "status": "RESOURCE_EXHAUSTED",
                "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"}],
            },
            ModelRateLimited,
            38.0,
        ),
        (
            {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [{"reason": "API_KEY_INVALID"}],
            },
            ModelAuthFailed,
            None,
        ),
    ],
)
async def test_googles_error_details_are_read(
    model: Gemini,
    ask: Ask,
    upstream: Upstream,
    error: object,
    expected: type[ModelError],
    retry_after: float | None,
) -> None:
    upstream.frames_of["m"] = [crlf({"error": error})]
    heard = await ask(model, "m")
    assert type(heard.failed) is expected
    assert heard.failed.retry_after == retry_after


@pytest.mark.parametrize("ending", ["", "/", "/v1beta", "/v1beta/"])
async def test_key_model_and_version_are_where_google_wants_them(
    model: Gemini, ask: Ask, upstream: Upstream, ending: str
) -> None:
    await ask(model, "models/plain", endpoint=Endpoint(f"{upstream.url}{ending}", KEY, is_trusted=True))
    seen = upstream.requests[0]
    assert (seen.path, seen.query) == ("/v1beta/models/plain:streamGenerateContent", "alt=sse")
    assert seen.headers["x-goog-api-key"] == KEY


async def test_a_models_name_cannot_change_the_path(model: Gemini, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["..%2F..%2Fv1%2Fsecrets%3Fx="] = []
    await ask(model, "../../v1/secrets?x=")
    assert upstream.requests[0].path.startswith("/v1beta/models/")
    assert upstream.requests[0].query == "alt=sse"


def test_a_conversation_is_told_in_googles_words() -> None:
    messages = [
        ModelMessage("system", (Text("Be brief."),)),
        ModelMessage("user", (Text("What?"), Image("image/png", data=b"png"), Image("image/png", url="gs://b/o"))),
        ModelMessage(
            "assistant", (Thinking("Hmm.", "s", "gemini"), Text("Looking."), ToolCall("a", "look", '{"x":1}'))
        ),
        ModelMessage("tool", (ToolResult("a", "look", (Text("A cat."), Image("image/png", data=b"cat"))),)),
        ModelMessage("tool", (ToolResult("b", "look", (Text("No."),), is_error=True),)),
        ModelMessage("user", (Text("Sure?"),)),
    ]
    sent = sent_by(messages=messages, tools=[ToolSpec("look", "Looks", {"type": "object"})], stop=["END"], top_p=0.5)
    assert sent["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert sent["tools"] == [
        {"functionDeclarations": [{"name": "look", "description": "Looks", "parametersJsonSchema": {"type": "object"}}]}
    ]
    assert sent["generationConfig"] == {
        "topP": 0.5,
        "stopSequences": ["END"],
        "thinkingConfig": {"includeThoughts": True},
    }
    assert sent["contents"] == [
        {
            "role": "user",
            "parts": [
                {"text": "What?"},
                {"inlineData": {"mimeType": "image/png", "data": "cG5n"}},
                {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/o"}},
            ],
        },
        {"role": "model", "parts": [{"text": "Looking."}, {"functionCall": {"name": "look", "args": {"x": 1}}}]},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "look", "response": {"result": "A cat."}}},
                {"inlineData": {"mimeType": "image/png", "data": "Y2F0"}},
                {"functionResponse": {"name": "look", "response": {"error": "No."}}},
                {"text": "Sure?"},
            ],
        },
    ]


def test_signatures_go_back_with_their_calls_and_a_foreign_call_gets_a_stand_in() -> None:
    messages = [
        ModelMessage("assistant", (ToolCall("a", "t", "{}", "c2ln"), ToolCall("b", "t", "{}"))),
        ModelMessage("user", (Text("Hi"),)),
        ModelMessage("assistant", (ToolCall("c", "t", "{}"), ToolCall("d", "t", "{}"))),
    ]

    def signatures(model: str) -> list[object]:
        contents = sent_by(model=model, messages=messages)["contents"]
        assert isinstance(contents, list)
        return [part.get("thoughtSignature") for turn in (contents[0], contents[2]) for part in turn["parts"]]

    assert signatures("gemini-3-pro") == ["c2ln", None, "skip_thought_signature_validator", None]
    assert signatures("gemini-2.5-pro") == ["c2ln", None, None, None]


@pytest.mark.parametrize(
    ("name", "effort", "expected"),
    [
        ("gemini-3-pro", "medium", {"includeThoughts": True, "thinkingLevel": "medium"}),
        ("gemini-3.8-flash", "off", {"includeThoughts": False, "thinkingLevel": "low"}),
        ("gemini-2.5-flash", "high", {"includeThoughts": True, "thinkingBudget": 24576}),
        ("gemini-2.5-flash", "off", {"includeThoughts": False, "thinkingBudget": 0}),
        ("gemini-2.5-flash-image", "high", None),
        ("gemini-1.5-pro", "high", None),
        ("gemma-3-27b", "high", None),
    ],
)
def test_each_generation_is_told_how_to_think_in_its_way(name: str, effort: str, expected: object) -> None:
    config = sent_by(model=name, reasoning=effort)["generationConfig"]
    assert isinstance(config, dict)
    assert config.get("thinkingConfig") == expected


def test_a_models_version_is_read_from_its_name() -> None:
    assert gemini_version("models/gemini-2.5-flash-lite") == (2, 5)
    assert gemini_version("gemini-4-argon") == (4, 0)


def test_a_picture_with_neither_bytes_nor_address_is_refused() -> None:
    with pytest.raises(ModelRequestRefused):
        sent_by(messages=[ModelMessage("user", (Image("image/png"),))])


async def test_all_pages_of_the_model_list_are_read(model: Gemini, upstream: Upstream) -> None:
    rows = [{"name": "models/b", "inputTokenLimit": 9, "outputTokenLimit": 3, "thinking": True, "displayName": "B"}]
    first = {"models": [*rows, {"name": "models/e", "supportedGenerationMethods": ["embedContent"]}]}
    upstream.pages["/v1beta/models?pageSize=1000"] = json.dumps({**first, "nextPageToken": "t2"}).encode()
    second = {"models": [{"name": "models/c", "supportedGenerationMethods": ["generateContent"]}]}
    upstream.pages["/v1beta/models?pageSize=1000&pageToken=t2"] = json.dumps(second).encode()
    models = await model.list_models(Endpoint(upstream.url, KEY, is_trusted=True))
    assert models == [ModelInfo("b", "B", 9, 3, None, True, None), ModelInfo("c")]


async def test_a_model_list_without_an_end_is_read_to_a_limit(model: Gemini, upstream: Upstream) -> None:
    upstream.pages["/v1beta/models"] = json.dumps({"models": [{"name": "m"}], "nextPageToken": "t"}).encode()
    assert len(await model.list_models(Endpoint(upstream.url, KEY, is_trusted=True))) == 20
