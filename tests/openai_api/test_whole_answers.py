"""Answers in one piece, as the official client reads them."""

from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from tests.openai_api.world import World
from tests.support.upstreams.server import Upstream

from chatbox.accounts.tables import User


async def ask(client: AsyncOpenAI, model: str = "plain", **more: Any) -> ChatCompletion:
    wish: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], **more}
    completion: ChatCompletion = await client.chat.completions.create(model=model, **wish)
    return completion


async def test_a_question_is_answered(client: AsyncOpenAI):
    completion = await ask(client)
    choice = completion.choices[0]
    assert (choice.message.role, choice.message.content, choice.finish_reason) == (
        "assistant",
        "Hello, wörld 你好.",
        "stop",
    )


async def test_an_answer_says_what_it_is(world: World, ann: User, client: AsyncOpenAI):
    provider_id = await world.provider(ann, ["plain"])
    completion = await ask(client, f"{provider_id}/plain")
    assert completion.id.startswith("chatcmpl-")
    assert completion.object == "chat.completion"
    assert completion.model == f"{provider_id}/plain"
    assert completion.created > 1_700_000_000


async def test_tokens_are_told_with_the_cached_and_the_reasoned_ones(client: AsyncOpenAI):
    usage = (await ask(client, "reasoning")).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (1200, 500, 1700)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 1024
    assert usage.completion_tokens_details is not None
    assert usage.completion_tokens_details.reasoning_tokens == 64


async def test_tokens_that_nobody_counted_are_left_out(client: AsyncOpenAI):
    assert (await ask(client, "unmeasured")).usage is None


async def test_reasoning_comes_beside_the_answer(client: AsyncOpenAI):
    message = (await ask(client, "reasoning")).choices[0].message
    assert message.content == "The answer is 42."
    assert message.to_dict()["reasoning_content"] == "Let me think.\nYes."


async def test_a_cut_answer_says_that_its_length_was_the_reason(client: AsyncOpenAI):
    assert (await ask(client, "length")).choices[0].finish_reason == "length"


async def test_a_filtered_answer_says_so(client: AsyncOpenAI):
    assert (await ask(client, "filtered")).choices[0].finish_reason == "content_filter"


async def test_the_provider_gets_the_wishes_in_its_own_words(client: AsyncOpenAI, upstream: Upstream):
    await ask(client, max_completion_tokens=50, temperature=0.5, top_p=0.9, stop="END", reasoning_effort="minimal")
    sent = upstream.requests[-1].json
    wanted = {"max_tokens": 50, "temperature": 0.5, "top_p": 0.9, "stop": ["END"], "reasoning_effort": "low"}
    assert {name: sent[name] for name in wanted} == wanted


async def test_the_older_name_of_the_length_limit_counts_too(client: AsyncOpenAI, upstream: Upstream):
    await ask(client, max_tokens=7)
    assert upstream.requests[-1].json["max_tokens"] == 7


async def test_fields_that_only_one_vendor_knows_are_ignored(client: AsyncOpenAI):
    completion = await ask(
        client, seed=1, user="me", logit_bias={"1": 2}, n=1, extra_body={"min_p": 0.1, "x": {"y": 1}}
    )
    assert completion.choices[0].finish_reason == "stop"


async def test_fields_may_be_null(client: AsyncOpenAI):
    completion = await ask(client, stop=None, tools=None, tool_choice=None, temperature=None, stream=None)
    assert completion.choices[0].finish_reason == "stop"


async def test_a_developers_message_is_a_system_prompt(client: AsyncOpenAI, upstream: Upstream):
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    await ask(client, messages=messages)
    assert upstream.requests[-1].json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]


async def test_text_may_come_in_parts(client: AsyncOpenAI, upstream: Upstream):
    content = [{"type": "text", "text": "One "}, {"type": "text", "text": "two"}]
    await ask(client, messages=[{"role": "user", "content": content}])
    assert upstream.requests[-1].json["messages"] == [{"role": "user", "content": "One two"}]


async def test_a_model_answers_to_its_bare_name(client: AsyncOpenAI, upstream: Upstream):
    await ask(client, "plain")
    assert upstream.requests[-1].json["model"] == "plain"


async def test_an_access_token_opens_the_door_like_a_key(world: World, ann: User):
    async with world.client(await world.access_token(ann)) as program:
        assert (await ask(program)).choices[0].finish_reason == "stop"
