"""The built-in model with real weights: streaming, sharing, stopping, dying, unloading."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from chatbox.kernel.outbound import AddressJudge
from chatbox.kernel.supervisor import Supervisor
from chatbox.providers.http import HttpLimits, ProviderHttp
from chatbox.providers.local import LocalModel, LocalOptions
from chatbox.providers.local_process import ProcessOptions, container_memory_left, memory_left
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.port import (
    ChatRequest,
    ContextTooLong,
    Endpoint,
    Finished,
    LocalModelFailed,
    LocalModelMissing,
    ModelEvent,
    ModelMessage,
    ModelOverloaded,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolSpec,
    Waiting,
)
from chatbox.providers.weights import SMALL_MODEL

pytest_plugins = ("tests.support.local_model",)
pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPITAL = "What is the capital of France? Tell me about it."
NOWHERE = Endpoint(base_url="")
STORY = "Write a very long story about a dragon."
QUICK = ProcessOptions(slots=2, slot_tokens=1024)


def ask(text: str, *, user: str = "ann", words: int = 400, model: str = SMALL_MODEL) -> ChatRequest:
    message = ModelMessage("user", (Text(text),))
    return ChatRequest(NOWHERE, model, [message], max_tokens=words, temperature=0, user_key=user)


@asynccontextmanager
async def running(
    folder: Path,
    options: LocalOptions | None = None,
    memory: Callable[[], int | None] = memory_left,
) -> AsyncIterator[LocalModel]:
    http = ProviderHttp(AddressJudge(), limits=HttpLimits(attempts=1))
    supervisor = Supervisor()
    local = LocalModel(OpenAIChat(http), folder, options=options or LocalOptions(QUICK), memory_left=memory)
    await http.start()
    local.start(supervisor)
    try:
        yield local
    finally:
        await local.close()
        await supervisor.close()
        await http.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(small_model: Path) -> AsyncIterator[LocalModel]:
    """One model for all tests that do not care what it did before: loading it takes a second."""
    async with running(small_model.parent) as local:
        yield local


async def read(answer: AsyncGenerator[ModelEvent]) -> list[ModelEvent]:
    async with aclosing(answer):
        return [event async for event in answer]


async def first_words(answer: AsyncGenerator[ModelEvent]) -> list[ModelEvent]:
    """Everything up to the first piece of text; the answer goes on."""
    events: list[ModelEvent] = []
    async for event in answer:
        events.append(event)
        if isinstance(event, TextDelta):
            return events
    raise AssertionError("the answer had no text")


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def is_alive(process_id: int) -> bool:
    stat = Path(f"/proc/{process_id}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def gone(process_id: int) -> None:
    async with asyncio.timeout(10):
        while is_alive(process_id):
            await asyncio.sleep(0.01)


async def test_an_answer_streams_and_is_finished_with_its_usage(local: LocalModel) -> None:
    events = await read(local.stream(ask(CAPITAL, words=30)))

    assert "Paris" in text_of(events)
    assert len(events) > 3
    assert isinstance(events[-1], Finished)
    assert events[-1].usage is not None
    assert events[-1].usage.output > 0


async def test_nothing_is_loaded_before_the_first_question(small_model: Path) -> None:
    async with running(small_model.parent) as local:
        await local.list_models(NOWHERE)

        assert local.process_id is None


async def test_the_models_on_disk_are_listed_with_the_window_of_one_answer(local: LocalModel) -> None:
    (small,) = await local.list_models(NOWHERE)

    assert (small.name, small.context_window, small.calls_tools) == (SMALL_MODEL, 1024, False)


async def test_two_people_are_answered_at_once_by_one_process(local: LocalModel) -> None:
    ann, bob = local.stream(ask(STORY, user="ann")), local.stream(ask(STORY, user="bob"))
    async with aclosing(ann), aclosing(bob):
        for_ann, for_bob = await asyncio.gather(first_words(ann), first_words(bob))
        process_id = local.process_id

        await asyncio.gather(first_words(ann), first_words(bob))

    assert not [event for event in for_ann + for_bob if isinstance(event, Waiting)]
    assert process_id is not None
    assert local.process_id == process_id


async def test_the_third_waits_and_sees_its_position_change(local: LocalModel) -> None:
    first, second = local.stream(ask(STORY, user="ann")), local.stream(ask(STORY, user="bob"))
    third, fourth = local.stream(ask("Hi", user="cid", words=5)), local.stream(ask("Hi", user="dan", words=5))
    async with aclosing(first), aclosing(second), aclosing(third), aclosing(fourth):
        await asyncio.gather(first_words(first), first_words(second))
        assert await anext(third) == Waiting(1)
        assert await anext(fourth) == Waiting(2)

        await first.aclose()

        assert await anext(fourth) == Waiting(1)
        assert isinstance((await read(third))[-1], Finished)


async def test_a_pile_of_questions_does_not_keep_others_out(local: LocalModel) -> None:
    running_answers = [local.stream(ask(STORY, user="ann")) for _ in range(2)]
    pile = [local.stream(ask("Hi", user="ann", words=5)) for _ in range(3)]
    async with aclosing(running_answers[0]), aclosing(running_answers[1]):
        await asyncio.gather(*map(first_words, running_answers))
        assert [await anext(answer) for answer in pile] == [Waiting(1), Waiting(2), Waiting(3)]

        bob = local.stream(ask("Hi", user="bob", words=5))

        assert await anext(bob) == Waiting(1)
        assert [await anext(answer) for answer in pile] == [Waiting(2), Waiting(3), Waiting(4)]
        for answer in [bob, *pile]:
            await answer.aclose()


async def test_a_full_queue_says_so(small_model: Path) -> None:
    async with running(small_model.parent, LocalOptions(ProcessOptions(1, 1024), longest_queue=1)) as local:
        first, second = local.stream(ask(STORY)), local.stream(ask("Hi"))
        async with aclosing(first), aclosing(second):
            await first_words(first)
            await anext(second)

            with pytest.raises(ModelOverloaded):
                await read(local.stream(ask("Hi")))


async def test_stopping_takes_no_time_and_frees_the_slot(small_model: Path) -> None:
    async with running(small_model.parent, LocalOptions(ProcessOptions(1, 1024))) as local:
        answer = local.stream(ask(STORY))
        await first_words(answer)

        async with asyncio.timeout(1):
            await answer.aclose()

        async with asyncio.timeout(3):
            assert isinstance((await read(local.stream(ask("Hi", words=3))))[-1], Finished)


async def test_a_cancelled_waiter_leaves_the_queue(small_model: Path) -> None:
    async with running(small_model.parent, LocalOptions(ProcessOptions(1, 1024))) as local:
        first, last = local.stream(ask(STORY, user="ann")), local.stream(ask("Hi", user="cid"))
        async with aclosing(first), aclosing(last), asyncio.TaskGroup() as tasks:
            await first_words(first)
            second = local.stream(ask("Hi", user="bob"))
            assert await anext(second) == Waiting(1)
            waiter = tasks.create_task(read(second))
            assert await anext(last) == Waiting(2)

            waiter.cancel()

            assert await anext(last) == Waiting(1)


async def test_a_killed_model_breaks_the_answer_and_the_next_question_starts_it_again(local: LocalModel) -> None:
    answer = local.stream(ask(STORY))
    await first_words(answer)
    killed = local.process_id
    assert killed is not None

    os.kill(killed, signal.SIGKILL)
    with pytest.raises(LocalModelFailed) as caught:
        await read(answer)

    assert caught.value.partial
    assert "Paris" in text_of(await read(local.stream(ask(CAPITAL, words=30))))
    assert local.process_id != killed


async def test_a_model_without_its_weights_is_missing(tmp_path: Path) -> None:
    async with running(tmp_path) as local:
        with pytest.raises(LocalModelMissing):
            await read(local.stream(ask("Hi")))

        assert await local.list_models(NOWHERE) == []


async def test_a_file_that_is_no_model_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(1000))
    async with running(tmp_path) as local:
        with pytest.raises(LocalModelFailed, match="could not be loaded"):
            await read(local.stream(ask("Hi", model="broken")))

        assert local.process_id is None


async def test_a_file_of_ones_own_is_served_by_its_name(tmp_path: Path, small_model: Path) -> None:
    shutil.copy(small_model, tmp_path / "mine.gguf")
    async with running(tmp_path) as local:
        events = await read(local.stream(ask(CAPITAL, words=30, model="mine")))

    assert "Paris" in text_of(events)


async def test_asking_another_model_swaps_the_loaded_one(tmp_path: Path, small_model: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.gguf").symlink_to(small_model)
    async with running(tmp_path) as local:
        await read(local.stream(ask("Hi", words=3, model="one")))
        first = local.process_id
        await read(local.stream(ask("Hi", words=3, model="two")))

        assert first is not None
        assert not is_alive(first)


async def test_a_machine_without_the_memory_is_told_before_loading(small_model: Path) -> None:
    async with running(small_model.parent, memory=lambda: 100 * 10**6) as local:
        with pytest.raises(LocalModelFailed, match="100 MB are left"):
            await read(local.stream(ask("Hi")))


async def test_a_model_that_loads_too_slowly_is_given_up(small_model: Path) -> None:
    async with running(small_model.parent, LocalOptions(ProcessOptions(ready_s=0.01))) as local:
        with pytest.raises(LocalModelFailed, match="not loaded within"):
            await read(local.stream(ask("Hi")))

        assert local.process_id is None


async def test_an_idle_model_gives_its_memory_back_and_returns_when_asked(small_model: Path) -> None:
    async with running(small_model.parent, LocalOptions(QUICK, idle_s=0.1)) as local:
        answer = local.stream(ask("Hi", words=3))
        await first_words(answer)
        process_id = local.process_id
        assert process_id is not None
        await answer.aclose()

        await gone(process_id)

        assert isinstance((await read(local.stream(ask("Hi", words=3))))[-1], Finished)


async def test_closing_ends_the_process_even_while_it_loads(small_model: Path) -> None:
    async with running(small_model.parent) as local, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(expect_failure(local.stream(ask("Hi"))))
        async with asyncio.timeout(10):
            while (process_id := local.process_id) is None:
                await asyncio.sleep(0.005)

        await local.close()

        assert not is_alive(process_id)
        assert "loading" in await asking


async def test_a_closed_model_loads_nothing_more(small_model: Path) -> None:
    async with running(small_model.parent) as local:
        await local.close()

        with pytest.raises(LocalModelFailed, match="shutting down"):
            await read(local.stream(ask("Hi")))


async def test_a_container_that_is_nearly_full_leaves_what_its_limit_says(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 300\n")

    assert container_memory_left(tmp_path) == 400


async def test_a_container_without_a_limit_leaves_it_to_the_machine(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 500\n")

    assert container_memory_left(tmp_path) is None


async def expect_failure(answer: AsyncGenerator[ModelEvent]) -> str:
    with pytest.raises(LocalModelFailed) as caught:
        await read(answer)
    return str(caught.value)


async def test_a_prompt_that_does_not_fit_is_too_long(local: LocalModel) -> None:
    with pytest.raises(ContextTooLong):
        await read(local.stream(ask("word " * 2000)))


async def test_tools_and_their_history_reach_the_model_as_words_only(local: LocalModel) -> None:
    history = [
        ModelMessage("user", (Text("What is the weather in Paris?"),)),
        ModelMessage("assistant", (ToolCall("1", "weather", "{}"),)),
        ModelMessage("tool", (ToolResult("1", "weather", (Text("Sunny, 21 degrees"),)),)),
    ]
    tool = ToolSpec("weather", "Tells the weather", {"type": "object"})

    events = await read(local.stream(ChatRequest(NOWHERE, SMALL_MODEL, history, [tool], max_tokens=20)))

    assert isinstance(events[-1], Finished)


async def test_the_process_knows_none_of_our_secrets(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOX_SECRET_KEY", "secret-of-the-server")
    async with running(small_model.parent) as local:
        await read(local.stream(ask("Hi", words=2)))

        assert b"secret-of-the-server" not in Path(f"/proc/{local.process_id}/environ").read_bytes()
