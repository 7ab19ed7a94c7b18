"""Wishes that another instance must hear: stop a run, close the connections of someone who lost access."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import msgspec

from chatbox.kernel.bus.port import Bus
from chatbox.kernel.log import EventLog

_TOPIC = "control"

_log = EventLog("chatbox.control")


class AccessLost(msgspec.Struct, frozen=True):
    """Whose access ended: one sign-in, one API key, or, with neither, the whole user."""

    user_id: UUID
    sign_in_id: UUID | None
    api_key_id: UUID | None


class _Message(msgspec.Struct, omit_defaults=True):
    stop: UUID | None = None
    access_lost: AccessLost | None = None


@dataclass(slots=True)
class Control:
    """A doorbell only: the database knows of every stop and every revocation too, and is looked at regularly."""

    bus: Bus

    async def start(self, on_stop: Callable[[UUID], bool], on_access_lost: Callable[[AccessLost], None]) -> None:
        """Obey what other instances say."""
        await self.bus.watch(_TOPIC, partial(_obey, on_stop, on_access_lost))

    def tell_stop(self, generation_id: UUID) -> None:
        self.bus.post(_TOPIC, msgspec.json.encode(_Message(stop=generation_id)))

    def tell_access_lost(self, lost: AccessLost) -> None:
        self.bus.post(_TOPIC, msgspec.json.encode(_Message(access_lost=lost)))


def _obey(on_stop: Callable[[UUID], bool], on_access_lost: Callable[[AccessLost], None], payload: bytes) -> None:
    try:
        message = msgspec.json.decode(payload, type=_Message)
    except msgspec.MsgspecError:
        _log.warning("unreadable control message")
        return
    if message.stop is not None:
        on_stop(message.stop)
    if message.access_lost is not None:
        on_access_lost(message.access_lost)
