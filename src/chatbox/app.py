"""The composition root: builds every long-lived object in order and takes them down again; it alone picks adapters."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from chatbox.accounts.access import OnAccessLost
from chatbox.accounts.administration import Administration
from chatbox.accounts.api_keys import ApiKeys
from chatbox.accounts.authentication import Authentication
from chatbox.accounts.file_limits import FileLimits
from chatbox.accounts.limits import Attempts, Limits
from chatbox.accounts.passwords import Passwords
from chatbox.accounts.routes import router as accounts_router
from chatbox.accounts.service import Accounts
from chatbox.accounts.sign_ins import SignIns
from chatbox.accounts.site import Site
from chatbox.accounts.tokens import Tokens
from chatbox.database import open_database
from chatbox.files.intake import Intake
from chatbox.files.links import Links
from chatbox.files.parsers.job import OcrOptions
from chatbox.files.parsers.sandbox import ReadOptions, Sandbox
from chatbox.files.reading import Reading
from chatbox.files.routes import router as files_router
from chatbox.files.service import Files
from chatbox.files.sweeper import Sweeper
from chatbox.files.uploads import Uploads
from chatbox.generation.connections import Connections
from chatbox.generation.control import AccessLost, Control
from chatbox.generation.followers import Followers
from chatbox.generation.gather import Gathering
from chatbox.generation.jobs import Jobs
from chatbox.generation.journal import Journal
from chatbox.generation.reaper import Reaper
from chatbox.generation.routes import router as messages_router
from chatbox.generation.run import Runner
from chatbox.generation.service import Generations
from chatbox.generation.socket import SessionSocket
from chatbox.generation.titles import Titles
from chatbox.health.routes import Health
from chatbox.health.routes import router as health_router
from chatbox.kernel.bus.memory import MemoryBus
from chatbox.kernel.bus.port import Bus
from chatbox.kernel.bus.postgres import PostgresBus
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StoreUnavailable
from chatbox.kernel.i18n import Texts
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.outbound import AddressJudge
from chatbox.kernel.secrets import SecretBox, derive_key
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.supervisor import Supervisor
from chatbox.kernel.web import BodyLimit, SafeHeaders, Services, tell_errors
from chatbox.object_store import open_storage, public_origin
from chatbox.openai_api.routes import router as openai_router
from chatbox.openai_api.service import Completions
from chatbox.page.routes import mount_page
from chatbox.providers.adapters import build_adapters
from chatbox.providers.http import HttpLimits, ProviderHttp
from chatbox.providers.local import LocalModel
from chatbox.providers.model_ids import LOCAL, SCRIPTED
from chatbox.providers.models import Models
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.port import ChatModel
from chatbox.providers.routes import router as providers_router
from chatbox.providers.scripted import ScriptedModel
from chatbox.providers.service import Providers
from chatbox.sessions.routes import router as sessions_router
from chatbox.sessions.service import Sessions
from chatbox.settings import Settings

_API = "/api/v1"
_TIDY_SECONDS = 3600
# Pictures travel inside the body there.
_LARGEST_COMPLETION = 16 * 1024 * 1024
_BODY_LIMITS = {
    "/v1/chat/completions": _LARGEST_COMPLETION,
    # Whatever size a file may have, these routes count for themselves.
    f"{_API}/files/upload": None,
    f"{_API}/files/uploads/": None,
}

_log = EventLog("chatbox.app")


@dataclass(frozen=True, slots=True)
class Running:
    """What the process itself must reach while it serves."""

    jobs: Jobs
    connections: Connections
    settings: Settings

    async def drain(self) -> None:
        """Refuse new work, let answers end, interrupt the rest, and send everyone away."""
        await self.jobs.drain(self.settings.shutdown_seconds)
        self.connections.leave()


def build_app(settings: Settings) -> FastAPI:
    """The whole server. Its parts are built when it starts, and stand in `app.state` from then on."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            await _start(app, settings, stack)
            yield

    app = FastAPI(
        title="Chatbox",
        version="1",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.texts = Texts.load()
    tell_errors(app)
    for router in (accounts_router, sessions_router, messages_router, providers_router, files_router):
        app.include_router(router, prefix=_API)
    app.include_router(openai_router)
    app.include_router(health_router)
    app.router.routes.append(WebSocketRoute("/ws/sessions/{session_id}/stream", _LateSocket()))
    mount_page(app)
    app.add_middleware(BodyLimit, exceptions=_BODY_LIMITS)
    is_https = Site(settings.public_url).is_https
    app.add_middleware(SafeHeaders, is_https=is_https, files_origin=public_origin(settings))
    return app


class _LateSocket:
    """Stands in the routes from the beginning; the socket itself is built at the start."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket: SessionSocket = scope["app"].state.socket
        await socket(scope, receive, send)


async def _start(app: FastAPI, settings: Settings, stack: AsyncExitStack) -> None:
    supervisor = Supervisor()
    opened = await open_database(settings, supervisor, stack)
    db = opened.db
    stack.push_async_callback(supervisor.close)
    bus = _pick_bus(settings, db, supervisor)
    await bus.start()
    stack.push_async_callback(bus.close)
    followers = Followers(db, bus, supervisor)
    journal = Journal(db, followers, supervisor)
    storage = await open_storage(settings)
    files, intake, uploads = _build_files(settings, db, storage, supervisor, opened.master_key)
    await files.reading.start()
    stack.push_async_callback(files.reading.leave)
    sessions = Sessions(db, journal)
    control = Control(bus)
    tokens = Tokens(
        derive_key(opened.master_key, "access tokens"), timedelta(minutes=settings.access_token_minutes), utc_now
    )
    authentication = Authentication(db, tokens, Site(settings.public_url), utc_now)
    connections = Connections(authentication, supervisor)
    built_in, adapters = await _build_adapters(settings, supervisor, stack)
    providers = Providers(db, SecretBox(derive_key(opened.master_key, "stored keys")), adapters)
    models = Models(db, providers, supervisor, built_in, settings.local_model)
    texts: Texts = app.state.texts
    instance_id = new_id()
    runner = Runner(db, journal, sessions, models, Gathering(db, files), texts, instance_id)
    jobs = Jobs(runner, supervisor, Titles(journal, sessions).after_turn)
    generations = Generations(db, journal, followers, sessions, models, files, jobs, control, instance_id)
    reaper = Reaper(db, journal, jobs, supervisor, instance_id, timedelta(minutes=settings.log_retention_minutes))
    await followers.start()
    await journal.start()
    await reaper.start()
    stack.push_async_callback(reaper.leave)
    await connections.start()
    await control.start(jobs.stop, connections.access_lost)
    passwords = Passwords()
    stack.callback(passwords.close)
    people = _build_accounts(settings, db, tokens, passwords, on_access_lost=_tell_access_lost(control, connections))
    supervisor.spawn(_tidy_forever(people[0]), name="accounts: tidy")
    app.state.services = Services(
        *people,
        files,
        intake,
        uploads,
        sessions,
        generations,
        connections,
        providers,
        models,
        Health(db, jobs, connections),
        Completions(db, models, AddressJudge(), utc_now),
    )
    app.state.authenticator = authentication
    app.state.socket = SessionSocket(authentication, generations, connections, texts)
    app.state.running = Running(jobs, connections, settings)
    _log.info("ready", instance_id=instance_id, bus=type(bus).__name__, is_embedded=opened.is_embedded)


def _pick_bus(settings: Settings, db: Database, supervisor: Supervisor) -> Bus:
    if settings.redis_url is not None:
        # A fifth of the time to start, for those who have no Redis.
        from chatbox.kernel.bus.redis import RedisBus  # noqa: PLC0415 - see above

        return RedisBus(settings.redis_url.get_secret_value(), supervisor)
    if settings.database_url is not None:
        return PostgresBus(db.connect, supervisor)
    return MemoryBus()


def _build_files(
    settings: Settings, db: Database, storage: Storage, supervisor: Supervisor, master_key: bytes
) -> tuple[Files, Intake, Uploads]:
    limits = _file_limits(settings)
    sweeper = Sweeper(db, storage, supervisor)
    sweeper.start()
    sandbox = Sandbox(settings.readers)
    options = ReadOptions(ocr=OcrOptions(settings.ocr))
    folder = settings.data_dir / "reading"
    reading = Reading(db, storage, sandbox, supervisor, options, folder, settings.readers)
    intake = Intake(db, storage, limits, reading.wake, sweeper.wake)
    links = Links(storage, derive_key(master_key, "links to files"), utc_now, f"{_API}/files/s")
    files = Files(db, storage, links, limits, reading, sweeper.wake)
    return files, intake, Uploads(db, storage, intake)


def _tell_access_lost(control: Control, connections: Connections) -> OnAccessLost:
    async def tell(user_id: UUID, sign_in_id: UUID | None, api_key_id: UUID | None) -> None:
        lost = AccessLost(user_id, sign_in_id, api_key_id)
        connections.access_lost(lost)
        control.tell_access_lost(lost)

    return tell


def _build_accounts(
    settings: Settings, db: Database, tokens: Tokens, passwords: Passwords, *, on_access_lost: OnAccessLost
) -> tuple[Accounts, SignIns, ApiKeys, Administration, Site]:
    attempts = Attempts(db, utc_now, Limits())
    unused_life = timedelta(days=settings.refresh_token_days)
    sign_ins = SignIns(db, tokens, attempts, utc_now, unused_life, on_access_lost)
    return (
        Accounts(db, passwords, sign_ins, attempts, utc_now),
        sign_ins,
        ApiKeys(db, utc_now, on_access_lost),
        Administration(db, utc_now, on_access_lost, _file_limits(settings)),
        Site(settings.public_url),
    )


def _file_limits(settings: Settings) -> FileLimits:
    return FileLimits(settings.upload_limit_mb, settings.file_quota_mb)


async def _tidy_forever(accounts: Accounts) -> None:
    while True:
        try:
            await accounts.tidy()
        except StoreUnavailable:
            _log.warning("tidying waits for postgres")
        await asyncio.sleep(_TIDY_SECONDS)


async def _build_adapters(
    settings: Settings, supervisor: Supervisor, stack: AsyncExitStack
) -> tuple[Mapping[str, ChatModel], Mapping[str, ChatModel]]:
    """The models that ship inside, and the adapters that speak to the kinds of provider."""
    http = ProviderHttp(AddressJudge())
    # A dead model process cannot be reached by trying again: the queue starts a new one for the next question.
    local_http = ProviderHttp(AddressJudge(), limits=HttpLimits(attempts=1))
    for connection_pool in (http, local_http):
        await connection_pool.start()
        stack.push_async_callback(connection_pool.close)
    local = LocalModel(OpenAIChat(local_http), settings.data_dir / "models")
    local.start(supervisor)
    stack.push_async_callback(local.close)
    built_in: dict[str, ChatModel] = {LOCAL: local}
    if settings.scripted_model:
        built_in[SCRIPTED] = ScriptedModel()
    adapters: dict[str, ChatModel] = {**build_adapters(http)}
    return built_in, adapters
