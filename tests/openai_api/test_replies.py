"""What has no scripted provider behind it: signatures of tool calls, and answers that never end."""

import json
from uuid import UUID

import pytest

from chatbox.kernel.outbound import AddressJudge
from chatbox.openai_api.conversation import read_messages
from chatbox.openai_api.errors import CompletionTooLong
from chatbox.openai_api.replies import LONGEST_WHOLE_ANSWER, ChunkWriter, Head, WholeAnswer
from chatbox.openai_api.schemas import Message
from chatbox.providers.port import (
    Finished,
    ModelUsage,
    ReasoningDelta,
    TextDelta,
    Thinking,
    ToolCall,
    ToolCallDone,
    Waiting,
)

HEAD = Head("chatcmpl-1", 1_790_000_000, "model")
CALL = ToolCall("call_a", "now", "{}", signature="c2lnbmVk")
PERSON = UUID(int=1)


def test_a_tool_calls_signature_makes_the_round_trip():
    answer = WholeAnswer(HEAD)
    answer.take(ToolCallDone(CALL))
    answer.take(Finished("tool_calls", None))
    said = json.loads(answer.body())["choices"][0]["message"]
    assert read_messages([Message.model_validate(said)], AddressJudge())[0].parts == (CALL,)


def test_reasoning_comes_back_for_the_providers_that_want_it():
    said = Message.model_validate({"role": "assistant", "content": None, "reasoning_content": "Hm."})
    assert read_messages([said], AddressJudge())[0].parts == (Thinking("Hm.", provider_kind="openai"),)


def test_an_answer_without_an_end_is_given_up():
    answer = WholeAnswer(HEAD)
    with pytest.raises(CompletionTooLong):
        answer.take(TextDelta("x" * (LONGEST_WHOLE_ANSWER + 1)))


def test_waiting_and_bare_signatures_have_no_words():
    writer = ChunkWriter(HEAD, with_usage=False)
    assert writer.write(Waiting(1)) == writer.write(ReasoningDelta("", signature="s")) == b""


def test_waiting_is_no_part_of_a_whole_answer():
    answer = WholeAnswer(HEAD)
    answer.take(Waiting(1))
    answer.take(Finished("other", ModelUsage(input=2)))
    body = json.loads(answer.body())
    assert (body["choices"][0]["message"]["content"], body["choices"][0]["finish_reason"]) == ("", "stop")
    assert body["usage"] == {"prompt_tokens": 2, "completion_tokens": 0, "total_tokens": 2}


def test_every_chunk_has_a_null_usage_but_the_last_when_it_is_asked_for():
    writer = ChunkWriter(HEAD, with_usage=True)
    written = writer.write(TextDelta("Hi")) + writer.write(Finished("stop", ModelUsage(1, 2)))
    *chunks, last = [json.loads(line.removeprefix("data: ")) for line in written.decode().split("\n\n")[:-2]]
    assert all(chunk["usage"] is None for chunk in chunks)
    assert (last["usage"]["total_tokens"], last["choices"]) == (3, [])
