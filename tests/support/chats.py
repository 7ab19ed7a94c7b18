"""Providers of every kind that lead to the scripted upstream, and files for the people who ask their models."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from sqlalchemy import text
from tests.support.app import Person
from tests.support.attached_files import Made
from tests.support.upstreams.server import Upstream

from chatbox.kernel.db import Database

KINDS = ("openai", "openai-responses", "anthropic", "gemini", "ollama")

PutFile = Callable[[Person, Made], Awaitable[str]]


class OfferModels(Protocol):
    """Makes a provider of a kind with models of these abilities; returns its id."""

    def __call__(self, kind: str = "openai", **abilities: Any) -> Awaitable[str]: ...


async def offer_models(person: Person, upstream: Upstream, db: Database, kind: str, abilities: dict[str, Any]) -> str:
    """A provider whose models `eyes` are known to be as `abilities` say."""
    root = f"{upstream.url}/v1" if kind.startswith("openai") else upstream.url
    body = {"name": "Upstream", "kind": kind, "base_url": root, "api_key": "sk-0123456789abcdef"}
    made: str = (await person.http.post("/providers", json=body)).json()["id"]
    info = msgspec.json.encode([{"name": "eyes", **abilities}]).decode()
    async with db.begin() as tx:
        await tx.execute(_SET_MODELS, {"models": info, "id": made})
    return made


_SET_MODELS = text("UPDATE providers SET models = CAST(:models AS jsonb) WHERE id = CAST(:id AS uuid)")


def asked(upstream: Upstream, place: int = -1) -> Any:
    """The body of a request that the upstream got."""
    chats = [seen for seen in upstream.requests if seen.method == "POST" and not seen.path.endswith("/show")]
    return chats[place].json


def file_part(file_id: str) -> dict[str, str]:
    return {"type": "file", "fileId": file_id, "filename": "whatever"}


def image_part(file_id: str) -> dict[str, str]:
    return {"type": "image", "image": file_id}


def notes_of(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The notes of an answer about files: their codes and names."""
    found = [part for part in message["content_parts"] if part["type"] == "info" and part["params"]]
    return [(part["code"], part["params"]["files"]) for part in found]
