"""Answers for OpenAI's clients: which models there are, and one answer of one of them. Nothing of it is stored."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database
from chatbox.kernel.errors import AppError
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.outbound import AddressJudge
from chatbox.openai_api.conversation import build_request, read_messages
from chatbox.openai_api.errors import TooManyCompletions
from chatbox.openai_api.replies import Head
from chatbox.openai_api.schemas import CompletionWish, ListedModel, ListedModels
from chatbox.providers.errors import ModelUnknown
from chatbox.providers.models import Models
from chatbox.providers.port import ChatModel, ChatRequest, ModelError, ModelEvent

MOST_AT_ONCE: Final = 64
HEARTBEAT_SECONDS: Final = 15.0
SLOWEST_CLIENT_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS = 5.0

_log = EventLog("chatbox.completions")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that an answer needs; from here on no database is asked."""

    person_id: UUID
    head: Head
    adapter: ChatModel
    request: ChatRequest


@dataclass(frozen=True, slots=True)
class Completions:
    """What a person's programs can ask. `most_at_once` counts one person's running answers in this process.

    A stream is kept open by a comment after `heartbeat_seconds` of silence, and given up when the client takes nothing
    for `slowest_client_seconds`.
    """

    db: Database
    models: Models
    judge: AddressJudge
    clock: Clock
    most_at_once: int = MOST_AT_ONCE
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    slowest_client_seconds: float = SLOWEST_CLIENT_SECONDS
    _running: Counter[UUID] = field(default_factory=Counter)

    async def list_models(self, person_id: UUID) -> ListedModels:
        """Every model that the person may use."""
        offered = await self.models.offered_to(person_id)
        listed = [
            ListedModel(
                id=model.id,
                object="model",
                created=0,
                owned_by=model.provider,
                name=model.display_name,
            )
            for model in offered.items
        ]
        return ListedModels(object="list", data=listed)

    async def get_model(self, person_id: UUID, model_id: str) -> ListedModel:
        """One of the listed models, by its id. Raises `ModelUnknown`."""
        listed = await self.list_models(person_id)
        found = next((model for model in listed.data if model.id == model_id), None)
        if found is None:
            raise ModelUnknown(model=model_id)
        return found

    async def prepare(self, person_id: UUID, wish: CompletionWish) -> Prepared:
        """Find the model and put the request into its words, in one short transaction.

        Raises `ModelUnknown`, `BadImage`, `ToolResultWithoutCall`.
        """
        messages = read_messages(wish.messages, self.judge)
        async with self.db.begin() as tx:
            model = await self.models.resolve(tx, person_id, wish.model)
        head = Head(f"chatcmpl-{new_id().hex}", int(self.clock().timestamp()), model.id)
        return Prepared(person_id, head, model.adapter, build_request(wish, messages, model, person_id))

    @asynccontextmanager
    async def ask(self, prepared: Prepared) -> AsyncGenerator[AsyncGenerator[ModelEvent]]:
        """The model's events; leaving the block closes the provider's connection at once.

        Raises `TooManyCompletions`; the events raise `ModelError`.
        """
        person_id = prepared.person_id
        if self._running[person_id] >= self.most_at_once:
            raise TooManyCompletions(limit=self.most_at_once, retry_after=_ASK_AGAIN_SECONDS)
        self._running[person_id] += 1
        began = time.monotonic()
        ended = "complete"
        try:
            async with aclosing(prepared.adapter.stream(prepared.request)) as events:
                yield events
        except (ModelError, AppError) as error:
            ended = error.code
            raise
        except asyncio.CancelledError:
            ended = "left"
            raise
        finally:
            self._leave(person_id)
            seconds = round(time.monotonic() - began, 3)
            _log.info(
                "completion finished",
                person_id=person_id,
                completion_id=prepared.head.id,
                model=prepared.head.model,
                ended=ended,
                seconds=seconds,
            )

    def _leave(self, person_id: UUID) -> None:
        self._running[person_id] -= 1
        if not self._running[person_id]:
            del self._running[person_id]
