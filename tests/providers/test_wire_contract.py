"""What every HTTP adapter must do alike, whatever its provider's protocol looks like."""

import asyncio
import json
from contextlib import aclosing

import pytest
from tests.providers.conftest import KEY, NOW, Ask, Waits, question
from tests.support.upstreams.adapters import ADAPTERS, Adapter
from tests.support.upstreams.server import Upstream

from chatbox.providers.http import AnswerStalled, ProviderHttp
from chatbox.providers.port import (
    AddressRefused,
    ContextTooLong,
    Endpoint,
    Image,
    ModelAuthFailed,
    ModelError,
    ModelMessage,
    ModelNotFound,
    ModelOverloaded,
    ModelQuotaExceeded,
    ModelRateLimited,
    ModelRequestRefused,
    ModelServerFailed,
    ModelUnreachable,
    ModelUsage,
    StreamBroken,
    Text,
    TextDelta,
    ToolSpec,
)

SOON_S = 2.0


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.wire.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


async def test_text_that_came_at_once_is_one_delta(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    heard = await ask(adapter.make(http), "plain")
    assert heard.events[0] == TextDelta("Hello, wörld 你好.")
    assert heard.finished.reason == "stop"
    assert heard.finished.usage is not None
    assert (heard.finished.usage.input, heard.finished.usage.output) == (12, 5)


async def test_reasoning_comes_apart_from_the_answer(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    heard = await ask(adapter.make(http), "reasoning")
    assert heard.reasoning == "Let me think.\nYes."
    assert heard.text == "The answer is 42."


async def test_cached_and_reasoning_tokens_are_counted_within_the_whole(
    adapter: Adapter, http: ProviderHttp, ask: Ask
) -> None:
    heard = await ask(adapter.make(http), "reasoning")
    parts = (1024, 64) if adapter.counts_parts else (None, None)
    assert heard.finished.usage == ModelUsage(1200, 500, *parts)


async def test_parallel_tool_calls_come_whole_and_in_order(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    heard = await ask(adapter.make(http), "tools")
    assert heard.text == "Looking."
    assert [name for _, name, _ in heard.calls] == ["get_weather", "get_time"]
    assert [json.loads(arguments) for _, _, arguments in heard.calls] == [{"city": "Paris"}, {"zone": "UTC"}]
    assert [call_id for call_id, _, _ in heard.calls] == (
        ["call_a", "call_b"] if adapter.keeps_ids else ["made_0", "made_1"]
    )
    assert heard.finished.reason == "tool_calls"


async def test_a_tool_call_without_arguments_has_an_empty_object(
    adapter: Adapter, http: ProviderHttp, ask: Ask
) -> None:
    heard = await ask(adapter.make(http), "no-arguments")
    assert [arguments for _, _, arguments in heard.calls] == ["{}"]


async def test_an_answer_that_hit_its_limit_says_so(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    assert (await ask(adapter.make(http), "length")).finished.reason == "length"


async def test_a_filtered_answer_says_so(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    expected = "content_filter" if adapter.filters else "stop"
    assert (await ask(adapter.make(http), "filtered")).finished.reason == expected


async def test_counts_that_were_not_given_stay_unknown(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    assert (await ask(adapter.make(http), "unmeasured")).finished.usage is None


async def test_bytes_that_drip_in_one_by_one_make_the_same_answer(
    adapter: Adapter, http: ProviderHttp, ask: Ask
) -> None:
    heard = await ask(adapter.make(http), "drip")
    assert (heard.reasoning, heard.text) == ("Let me think.\nYes.", "The answer is 42.")
    assert heard.finished.reason == "stop"


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("status-400", ModelRequestRefused),
        ("status-401", ModelAuthFailed),
        ("status-402", ModelQuotaExceeded),
        ("status-403", ModelAuthFailed),
        ("status-404", ModelNotFound),
        ("status-413", ModelRequestRefused),
        ("status-422", ModelRequestRefused),
        ("context-overflow", ContextTooLong),
        ("redirect-1", ModelRequestRefused),
        ("page-1", ModelRequestRefused),
    ],
)
async def test_a_refusal_is_typed_and_not_asked_again(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream, scenario: str, expected: type[ModelError]
) -> None:
    heard = await ask(adapter.make(http), scenario)
    assert type(heard.failed) is expected
    assert heard.failed.partial is False
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("limited", ModelRateLimited),
        ("status-500", ModelServerFailed),
        ("status-503", ModelOverloaded),
        ("status-529", ModelOverloaded),
        ("gateway-page", ModelServerFailed),
    ],
)
async def test_a_passing_failure_is_asked_three_times_with_growing_waits(
    adapter: Adapter,
    http: ProviderHttp,
    ask: Ask,
    upstream: Upstream,
    waits: Waits,
    scenario: str,
    expected: type[ModelError],
) -> None:
    heard = await ask(adapter.make(http), scenario)
    assert type(heard.failed) is expected
    assert len(upstream.requests) == 3
    assert waits.seconds == [3.0, 6.0]


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("retry-after-1", [1.0]),
        ("retry-after-ms-1500", [1.5]),
        (f"retry-at-{int(NOW) + 7}", [7.0]),
        (f"retry-at-{int(NOW) - 7}", [0.0]),
        ("overloaded-once", [3.0]),
        ("fail-twice", [3.0, 6.0]),
    ],
)
async def test_an_answer_comes_after_the_wait_that_the_provider_asked_for(
    adapter: Adapter, http: ProviderHttp, ask: Ask, waits: Waits, scenario: str, expected: list[float]
) -> None:
    heard = await ask(adapter.make(http), scenario)
    assert heard.text == "Hello, wörld 你好."
    assert waits.seconds == expected


async def test_a_wait_that_is_too_long_is_told_instead_of_slept(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream, waits: Waits
) -> None:
    heard = await ask(adapter.make(http), "retry-after-600")
    assert isinstance(heard.failed, ModelRateLimited)
    assert heard.failed.retry_after == 600
    assert len(upstream.requests) == 1
    assert waits.seconds == []


@pytest.mark.parametrize("scenario", ["cut", "malformed", "reset", "giant-line"])
async def test_a_broken_stream_is_an_error_that_keeps_what_was_written(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream, scenario: str
) -> None:
    heard = await ask(adapter.make(http), scenario)
    assert type(heard.failed) is StreamBroken
    assert heard.failed.partial is True
    assert heard.text == "Hello, "
    assert len(upstream.requests) == 1


async def test_an_error_inside_the_stream_is_typed_and_keeps_what_was_written(
    adapter: Adapter, http: ProviderHttp, ask: Ask
) -> None:
    heard = await ask(adapter.make(http), "error-inside")
    assert isinstance(heard.failed, ModelServerFailed | ModelOverloaded)
    assert heard.failed.partial is True
    assert heard.text == "Hello, "


async def test_a_stall_in_the_middle_ends_the_answer(
    adapter: Adapter, hasty_http: ProviderHttp, ask: Ask, upstream: Upstream
) -> None:
    heard = await ask(adapter.make(hasty_http), "stall")
    assert isinstance(heard.failed, AnswerStalled)
    assert heard.failed.partial is True
    assert heard.text == "Hello, "
    await asyncio.wait_for(upstream.client_closed.wait(), SOON_S)


async def test_a_provider_that_never_begins_is_asked_once(
    adapter: Adapter, hasty_http: ProviderHttp, ask: Ask, upstream: Upstream
) -> None:
    heard = await ask(adapter.make(hasty_http), "silent")
    assert isinstance(heard.failed, AnswerStalled)
    assert heard.failed.partial is False
    assert len(upstream.requests) == 1


async def test_closing_the_stream_closes_the_upstream_socket(
    adapter: Adapter, http: ProviderHttp, upstream: Upstream
) -> None:
    async with aclosing(adapter.make(http).stream(question(upstream.url, "slow"))) as events:
        await anext(events)
    await asyncio.wait_for(upstream.client_closed.wait(), SOON_S)


@pytest.mark.parametrize("scenario", ["silent", "stall"])
async def test_cancelling_the_task_closes_the_upstream_socket(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream, scenario: str
) -> None:
    task = asyncio.ensure_future(ask(adapter.make(http), scenario))
    await asyncio.wait_for(upstream.stalled.wait(), SOON_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(upstream.client_closed.wait(), SOON_S)


async def test_an_answer_that_is_all_said_does_not_wait_for_the_body_to_end(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream
) -> None:
    heard = await asyncio.wait_for(ask(adapter.make(http), "lingering"), SOON_S)
    assert heard.finished.reason == "stop"
    await asyncio.wait_for(upstream.client_closed.wait(), SOON_S)


async def test_answers_one_after_another_share_a_connection(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream
) -> None:
    for _ in range(3):
        await ask(adapter.make(http), "plain")
    await ask(adapter.make(http), "status-401")
    assert (len(upstream.requests), upstream.connections) == (4, 1)


async def test_an_error_hidden_behind_a_success_is_found(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    heard = await ask(adapter.make(http), "json-success")
    assert heard.failed.detail == "quota reached for today"


async def test_an_endless_error_page_is_read_to_a_limit(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    assert isinstance((await ask(adapter.make(http), "giant-error")).failed, ModelServerFailed)


async def test_the_key_is_never_in_an_error(adapter: Adapter, http: ProviderHttp, ask: Ask) -> None:
    heard = await ask(adapter.make(http), "echo-key")
    assert "bad credentials" in heard.failed.detail
    assert KEY not in heard.failed.detail
    assert KEY not in str(heard.failed)


async def test_a_server_that_is_not_there_is_unreachable(
    adapter: Adapter, http: ProviderHttp, unused_tcp_port: int, waits: Waits
) -> None:
    with pytest.raises(ModelUnreachable):
        async for _ in adapter.make(http).stream(question(f"http://127.0.0.1:{unused_tcp_port}", "plain")):
            pass
    assert len(waits.seconds) == 2


async def test_a_users_endpoint_cannot_be_on_the_servers_own_network(
    adapter: Adapter, http: ProviderHttp, upstream: Upstream
) -> None:
    endpoint = Endpoint(upstream.url.replace("127.0.0.1", "localhost"), KEY)
    model = adapter.make(http)
    with pytest.raises(AddressRefused):
        async for _ in model.stream(question(upstream.url, "plain", endpoint=endpoint)):
            pass
    with pytest.raises(AddressRefused):
        await model.list_models(endpoint)
    assert upstream.connections == 0


async def test_the_models_are_listed(adapter: Adapter, http: ProviderHttp, upstream: Upstream) -> None:
    upstream.pages = dict.fromkeys(("/v1/models", "/v1beta/models", "/api/tags"), adapter.wire.models_body)
    models = await adapter.make(http).list_models(Endpoint(upstream.url, KEY, is_trusted=True))
    assert [model.name for model in models] == ["plain"]


async def test_a_web_page_instead_of_a_model_list_is_refused(
    adapter: Adapter, http: ProviderHttp, upstream: Upstream
) -> None:
    upstream.pages = dict.fromkeys(("/v1/models", "/v1beta/models", "/api/tags"), b"<html></html>")
    with pytest.raises(ModelRequestRefused):
        await adapter.make(http).list_models(Endpoint(upstream.url, KEY, is_trusted=True))


async def test_a_picture_reaches_the_provider_as_bytes(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream
) -> None:
    picture = Image("image/png", data=b"\x89PNG picture")
    await ask(adapter.make(http), "plain", messages=[ModelMessage("user", (Text("What is it?"), picture))])
    assert b"iVBORyBwaWN0dXJl" not in upstream.requests[0].raw.replace(b"iVBORyBwaWN0dXJl", b"")
    assert b"iVBORyBwaWN0dXJl" in upstream.requests[0].raw
    assert b"What is it?" in upstream.requests[0].raw


async def test_the_limits_and_tools_of_a_request_reach_the_provider(
    adapter: Adapter, http: ProviderHttp, ask: Ask, upstream: Upstream
) -> None:
    tool = ToolSpec("get_weather", "Tells the weather", {"type": "object", "properties": {"city": {"type": "string"}}})
    await ask(
        adapter.make(http),
        "plain",
        messages=[ModelMessage("system", (Text("Be brief."),)), ModelMessage("user", (Text("Hi"),))],
        tools=[tool],
        max_tokens=321,
        temperature=0.25,
    )
    sent = upstream.requests[0].raw
    for expected in (b"321", b"0.25", b"get_weather", b"Tells the weather", b"Be brief."):
        assert expected in sent
