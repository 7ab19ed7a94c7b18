"""Alive, ready, and numbers for Prometheus."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from chatbox.generation.connections import Connections
from chatbox.generation.jobs import Jobs
from chatbox.kernel.db import Database
from chatbox.kernel.errors import ShuttingDown, StoreUnavailable
from chatbox.kernel.web import service

_READY_SECONDS = 2.0

router = APIRouter(tags=["health"])


@dataclass(frozen=True, slots=True)
class Health:
    """Looks at the parts that serving needs."""

    db: Database
    jobs: Jobs
    connections: Connections

    async def check(self) -> None:
        """Raises `ShuttingDown` or `StoreUnavailable` when new work cannot be taken."""
        if self.jobs.is_draining:
            raise ShuttingDown
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self.db.ping()
        except TimeoutError as error:
            raise StoreUnavailable from error

    def metrics(self) -> bytes:
        """The numbers of this process in Prometheus' text format."""
        registry = CollectorRegistry()
        gauges = {
            "chatbox_answers_running": ("Answers being written by this process.", self.jobs.count()),
            "chatbox_streams_open": ("Open WebSockets and event streams.", self.connections.count()),
            "chatbox_turns_finished": ("Turns finished since the start.", self.jobs.finished),
            "chatbox_draining": ("1 while the process is leaving.", int(self.jobs.is_draining)),
        }
        for name, (description, value) in gauges.items():
            Gauge(name, description, registry=registry).set(value)
        return generate_latest(registry)


Service = Annotated[Health, Depends(service(Health))]


@router.get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    return {"status": "alive"}


@router.get("/readyz", include_in_schema=False)
async def readyz(health: Service) -> dict[str, str]:
    await health.check()
    return {"status": "ready"}


@router.get("/metrics", include_in_schema=False)
async def metrics(health: Service) -> Response:
    return Response(health.metrics(), media_type=CONTENT_TYPE_LATEST)
