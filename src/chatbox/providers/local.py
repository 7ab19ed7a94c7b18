"""The built-in model: llama.cpp in its own process, started on first use, shared fairly, unloaded when idle."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatbox.kernel.supervisor import Supervisor
from chatbox.providers import local_process
from chatbox.providers.local_process import ModelProcess, ProcessOptions
from chatbox.providers.local_queue import FairQueue
from chatbox.providers.local_server import MODEL_ALIAS
from chatbox.providers.port import (
    ChatModel,
    ChatRequest,
    Endpoint,
    LocalModelFailed,
    LocalModelMissing,
    ModelEvent,
    ModelInfo,
    ModelMessage,
    ModelUnreachable,
    StreamBroken,
    Text,
    ToolResult,
    Waiting,
)
from chatbox.providers.weights import InstalledModel, installed


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """Every limit of the built-in model. `longest_queue` counts those who wait; idle for `idle_s` it is unloaded."""

    process: ProcessOptions = field(default_factory=ProcessOptions)
    longest_queue: int = 100
    idle_s: float = 600.0


class LocalModel:
    """A `ChatModel` that runs on this machine. `start` and `close` it; nothing is loaded before the first question.

    `openai` speaks the wire that llama.cpp serves; `folder` holds the weights; `memory_left` gives bytes, or None.
    The endpoint of a request is ignored: it is always the own process.
    """

    def __init__(
        self,
        openai: ChatModel,
        folder: Path,
        *,
        options: LocalOptions | None = None,
        memory_left: Callable[[], int | None] = local_process.memory_left,
    ) -> None:
        self._openai = openai
        self._folder = folder
        self._options = options or LocalOptions()
        self._queue = FairQueue(self._options.process.slots, self._options.longest_queue)
        self._process = ModelProcess(self._options.process, memory_left)
        self._unloader: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The id of the model's process; None while none is loaded."""
        return self._process.process_id

    def start(self, supervisor: Supervisor) -> None:
        """Begin to watch for idleness. The task is the supervisor's; `close` ends it too."""
        self._unloader = supervisor.spawn(self._unload_when_idle(), name="local model: unload when idle")

    async def close(self) -> None:
        """End the process. Answers that still run break with `LocalModelFailed`."""
        if self._unloader is not None:
            self._unloader.cancel()
            await asyncio.wait([self._unloader])
        await self._process.close()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        """Ask the model named by `request.model`. `Waiting` events come first if others are being answered.

        Tools are not offered: models this small call them when they should not. Raises `LocalModelMissing` if the
        model's file is not here, `ModelOverloaded` if too many wait, `LocalModelFailed` if the process dies.
        """
        model = await self._find(request.model)
        with self._queue.join(request.user_key, model.name) as place:
            while position := await place.next_position():
                yield Waiting(position)
            endpoint = await self._process.endpoint(model)
            async with aclosing(self._openai.stream(_for_local(request, endpoint))) as answer:
                try:
                    async for event in answer:
                        yield event
                except (StreamBroken, ModelUnreachable) as error:
                    if await self._process.has_died():
                        raise LocalModelFailed("the model's process died", partial=error.partial) from error
                    raise

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:  # noqa: ARG002 - the port's; we are the end
        """The models whose files are here. Their context window is what one answer gets of it on this machine."""
        return [self._describe(model) for model in await self._installed()]

    async def _find(self, name: str) -> InstalledModel:
        for model in await self._installed():
            if model.name == name:
                return model
        raise LocalModelMissing(f"no weights of {name!r} in {self._folder}")

    async def _installed(self) -> list[InstalledModel]:
        return await asyncio.to_thread(installed, self._folder)

    def _describe(self, model: InstalledModel) -> ModelInfo:
        slot = self._options.process.slot_tokens
        return ModelInfo(
            name=model.name,
            display_name=model.display_name,
            context_window=min(slot, model.context_window or slot),
            sees_images=False,
            reasons=False,
            calls_tools=False,
        )

    async def _unload_when_idle(self) -> None:
        """Give the memory back once nobody has asked for a while.

        No lock is needed between the time-out and `stop`: loading happens only for those who are in the queue.
        """
        while True:
            await self._queue.is_empty.wait()
            try:
                async with asyncio.timeout(self._options.idle_s):
                    await self._queue.is_used.wait()
            except TimeoutError:
                if self._queue.is_empty.is_set():
                    await self._process.stop()
                await self._queue.is_used.wait()


def _for_local(request: ChatRequest, endpoint: Endpoint) -> ChatRequest:
    """The request as the own process takes it: its endpoint, no tools, and only what can be said in words."""
    return replace(
        request,
        endpoint=endpoint,
        model=MODEL_ALIAS,
        messages=tuple(_in_words(request)),
        tools=(),
        reasoning=None,
    )


def _in_words(request: ChatRequest) -> Iterator[ModelMessage]:
    """The messages as plain text: calls and thoughts of other models are left out, tool results are quoted."""
    for message in request.messages:
        text = "\n".join(filter(None, (_text_of(part) for part in message.parts)))
        if text:
            yield ModelMessage("user" if message.role == "tool" else message.role, (Text(text),))


def _text_of(part: object) -> str:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, ToolResult):
        content = "\n".join(piece.text for piece in part.content if isinstance(piece, Text))
        return f"[{part.name}]\n{content}"
    return ""
