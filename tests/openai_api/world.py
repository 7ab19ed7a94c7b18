"""A small server with nothing but the OpenAI-compatible endpoint in it, on a real socket, and people with keys."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from chatbox.accounts import store
from chatbox.accounts.access import Scope, Visitor
from chatbox.accounts.api_keys import ApiKeys, WantedKey
from chatbox.accounts.authentication import Authentication
from chatbox.accounts.limits import Attempts, Limits
from chatbox.accounts.sign_ins import SignIns
from chatbox.accounts.site import Site
from chatbox.accounts.tables import User
from chatbox.accounts.tokens import Tokens
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.i18n import Texts
from chatbox.kernel.outbound import AddressJudge
from chatbox.kernel.secrets import SecretBox
from chatbox.kernel.supervisor import Supervisor
from chatbox.kernel.web import BodyLimit, Services, tell_errors
from chatbox.openai_api.routes import router
from chatbox.openai_api.service import Completions
from chatbox.providers.http import ProviderHttp
from chatbox.providers.models import Models
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.schemas import ProviderNew
from chatbox.providers.service import Person, Providers

KEY = b"k" * 32
PATIENCE_SECONDS = 10
LARGEST_BODY = 2**20
# Every scenario of the scripted upstream that the tests ask for, as models that a person typed.
SCENARIOS = [
    "plain",
    "reasoning",
    "tools",
    "length",
    "filtered",
    "unmeasured",
    "many",
    "slow",
    "stall",
    "silent",
    "cut",
    "reset",
    "error-inside",
    "limited",
    "retry-after-600",
    "status-401",
    "status-402",
    "status-500",
    "context-overflow",
]


async def _nobody_listens(user_id: UUID, sign_in_id: UUID | None, api_key_id: UUID | None) -> None:
    return


@dataclass
class World:
    """`url` is where the server is once `running` has begun."""

    db: Database
    http: ProviderHttp
    upstream_url: str
    supervisor: Supervisor
    most_at_once: int = 64
    heartbeat_seconds: float = 15.0
    slowest_client_seconds: float = 60.0
    url: str = ""
    providers: Providers = field(init=False)
    completions: Completions = field(init=False)

    def __post_init__(self) -> None:
        self.providers = Providers(self.db, SecretBox(KEY), {"openai": OpenAIChat(self.http)})
        models = Models(self.db, self.providers, self.supervisor, {}, None)
        self.completions = Completions(
            self.db,
            models,
            AddressJudge(),
            utc_now,
            most_at_once=self.most_at_once,
            heartbeat_seconds=self.heartbeat_seconds,
            slowest_client_seconds=self.slowest_client_seconds,
        )
        self._tokens = Tokens(KEY, timedelta(minutes=15), utc_now)

    async def person(self, email: str, *, is_admin: bool = False) -> User:
        async with self.db.begin() as tx:
            new = store.NewUser(email, email.partition("@")[0], "no password", "admin" if is_admin else "user")
            user = await store.add_user(tx, new, utc_now())
        assert user is not None
        return user

    async def key(self, user: User, *scopes: Scope) -> str:
        wanted = WantedKey("test", frozenset(scopes or ("chat",)), None)
        return (await ApiKeys(self.db, utc_now, _nobody_listens).create(user.id, wanted))[1]

    async def access_token(self, user: User) -> str:
        attempts = Attempts(self.db, utc_now, Limits())
        sign_ins = SignIns(self.db, self._tokens, attempts, utc_now, timedelta(days=1), _nobody_listens)
        async with self.db.begin() as tx:
            signed_in, _ = await sign_ins.open(tx, user, Visitor.at(None, None))
        return signed_in.access_token

    async def provider(self, owner: User, names: Sequence[str] = SCENARIOS, *, shared: bool = False) -> UUID:
        """A provider of `owner` at the scripted upstream; an admin's, since it is on this machine."""
        new = ProviderNew(
            name="Scripted", kind="openai", base_url=self.upstream_url, model_names=list(names), shared=shared
        )
        return (await self.providers.create(Person(owner.id, is_admin=True), new)).id

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(self._app(), lifespan="off", log_config=None, ws="none"))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([listener]))
            try:
                yield
            finally:
                server.should_exit = True

    def client(self, key: str, **headers: str) -> AsyncOpenAI:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        http = DefaultAsyncHttpxClient(verify=False)  # all is on this machine; loading certificates takes longer
        return AsyncOpenAI(
            base_url=f"{self.url}/v1", api_key=key, max_retries=0, default_headers=named, http_client=http
        )

    def _app(self) -> FastAPI:
        app = FastAPI()
        tell_errors(app)
        app.state.texts = Texts.load()
        app.state.authenticator = Authentication(self.db, self._tokens, Site(None), utc_now)
        app.state.services = Services(self.completions)
        app.include_router(router)
        app.add_middleware(BodyLimit, largest=LARGEST_BODY, exceptions={})
        return app
