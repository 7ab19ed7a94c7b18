"""Asks providers over HTTP: two shared connection pools, deadlines, retries before the first word, bounded bodies.

Key and base URL travel with each call, so one pool and one TLS context serve every person's provider. An endpoint that
an admin chose may be anywhere; any other goes through the outbound judge. No call follows a redirect: it could lead
inside, and a key must not follow it.
"""

import asyncio
import random
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDict

from chatbox.kernel.outbound import AddressJudge, GuardedResolver, OutboundRefused, parse_http_url
from chatbox.providers.failures import Scrubber, answer_failed, disguised_failure
from chatbox.providers.port import (
    AddressRefused,
    Endpoint,
    ModelError,
    ModelEvent,
    ModelRequestRefused,
    ModelUnreachable,
    StreamBroken,
)
from chatbox.providers.wire import AnswerReader, Call


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Every limit of a provider call; seconds and bytes."""

    attempts: int = 3
    connect_s: float = 10.0
    idle_s: float = 120.0  # between two reads, and before the first byte
    trailing_s: float = 5.0  # for token counts that follow the finish mark
    lingering_s: float = 0.1  # for the end of the body once all was said, to give the connection back
    shortest_wait_s: float = 2.0
    longest_wait_s: float = 10.0
    longest_retry_after_s: float = 20.0
    listing_s: float = 10.0
    error_bytes: int = 64 * 1024
    listing_bytes: int = 8 * 1024 * 1024
    answer_bytes: int = 256 * 1024 * 1024
    connections: int = 2000
    header_bytes: int = 32 * 1024


class AnswerStalled(StreamBroken):
    """The provider went silent. Not asked again by itself: a person has waited long enough to be asked first."""

    is_retryable = False


class CertificateRefused(ModelUnreachable):
    """The provider's TLS certificate is not trusted; asking again cannot help."""

    is_retryable = False


class ProviderHttp:
    """The way out to providers. `start` before the first call, `close` after the last."""

    def __init__(
        self,
        judge: AddressJudge,
        *,
        limits: HttpLimits | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """`now` is the wall clock in seconds, `dice` a number from 0 to 1: both given so that tests take no time."""
        self._judge = judge
        self._limits = limits or HttpLimits()
        self._now = now
        self._sleep = sleep
        self._dice = dice
        self._trusted: aiohttp.ClientSession | None = None
        self._guarded: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Make both pools; the TLS context takes tens of milliseconds and is made once."""
        tls = ssl.create_default_context()
        self._trusted = self._make_session(tls, None)
        self._guarded = self._make_session(tls, GuardedResolver(self._judge))

    async def close(self) -> None:
        """Close both pools and every connection in them."""
        for session in (self._trusted, self._guarded):
            if session is not None:
                await session.close()
        self._trusted = self._guarded = None

    async def stream(self, make_call: Callable[[], Call]) -> AsyncGenerator[ModelEvent]:
        """The events of one answer. Asks again after a retryable error, but never once an event was delivered.

        Closing the generator closes the upstream socket. Raises `ModelError`, also one that `make_call` raises.
        """
        call = make_call()
        scrubber = Scrubber.of(call.endpoint)
        has_begun = False
        for attempt in range(1, self._limits.attempts + 1):
            try:
                async with aclosing(self._attempt(call)) as batches:
                    async for batch in batches:
                        for event in batch:
                            has_begun = True
                            yield event
            except ModelError as error:
                scrubber.scrub(error)
                error.partial = error.partial or has_begun
                wait = None if has_begun else self._wait_before_retry(error, attempt)
                if wait is None:
                    raise
            else:
                return
            await self._sleep(wait)

    async def fetch(
        self, endpoint: Endpoint, url: str, headers: Mapping[str, str], *, body: bytes | None = None
    ) -> bytes:
        """The whole of one small answer, to a GET or, with a JSON `body`, a POST. One attempt, one deadline.

        Raises `ModelError`.
        """
        method = "GET" if body is None else "POST"
        try:
            async with self.within_deadline(), self._open(method, endpoint, url, headers, body) as response:
                listing = await _read_up_to(response, self._limits.listing_bytes)
        except ModelError as error:
            Scrubber.of(endpoint).scrub(error)
            raise
        if len(listing) >= self._limits.listing_bytes:
            raise ModelRequestRefused("the provider's answer is too long")
        return listing

    @asynccontextmanager
    async def within_deadline(self) -> AsyncGenerator[None]:
        """The deadline of a whole listing, however many pages it has. Raises `ModelUnreachable` past it."""
        try:
            async with asyncio.timeout(self._limits.listing_s):
                yield
        except TimeoutError as error:
            raise ModelUnreachable("the provider took too long to answer") from error

    async def _attempt(self, call: Call) -> AsyncGenerator[list[ModelEvent]]:
        async with self._open("POST", call.endpoint, call.url, call.headers, call.body) as response:
            await self._refuse_page(response)
            reader = call.read()
            async with aclosing(self._batches(response, reader)) as batches:
                async for events in batches:
                    yield events
            last = reader.close()
            if reader.failure is None:
                await self._linger(response)
            if last:
                yield last
            if reader.failure is not None:
                raise reader.failure

    async def _batches(
        self, response: aiohttp.ClientResponse, reader: AnswerReader
    ) -> AsyncGenerator[list[ModelEvent]]:
        """The events of each socket read, until the body ends, the provider says so, or the reader fails."""
        size = 0
        while not reader.is_over and reader.failure is None:
            data = await self._read(response, reader)
            if not data:
                return
            events = reader.feed(data)
            if events:
                yield events
            size += len(data)
            if size > self._limits.answer_bytes:
                raise StreamBroken("the answer is too long")

    @asynccontextmanager
    async def _open(
        self, method: str, endpoint: Endpoint, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """A successful response, whose connection is closed at once unless it was read to its end."""
        session = self._trusted if endpoint.is_trusted else self._guarded
        if session is None:
            raise RuntimeError("ProviderHttp is not started")
        try:
            target = parse_http_url(url)[0] if endpoint.is_trusted else self._judge.check_url(url)
            merged = CIMultiDict(headers)
            if body is not None:
                merged["content-type"] = "application/json"
            merged.update(endpoint.headers)
            response = await session.request(method, target, data=body, headers=merged, allow_redirects=False)
        except OutboundRefused as error:
            raise (ModelRequestRefused if endpoint.is_trusted else AddressRefused)(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error
        except ValueError as error:
            raise ModelRequestRefused("the key or a header has a character that cannot be sent") from error
        try:
            await self._refuse_failure(response)
            yield response
        finally:
            if response.content.at_eof():
                response.release()
            else:
                response.close()

    async def _read(self, response: aiohttp.ClientResponse, reader: AnswerReader) -> bytes:
        """What one socket read brought; nothing at the end. After the finish mark, silence or a cut is an end too."""
        try:
            if reader.reason is None:
                return await response.content.readany()
            async with asyncio.timeout(self._limits.trailing_s):
                return await response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            if reader.reason is not None:
                return b""
            raise _broken(error) from error

    async def _linger(self, response: aiohttp.ClientResponse) -> None:
        """Give the closing bytes of a finished body a moment to arrive, so that the connection can serve again."""
        if response.content.at_eof():
            return
        try:
            async with asyncio.timeout(self._limits.lingering_s):
                await response.content.readany()
        except (aiohttp.ClientError, OSError):
            return

    async def _refuse_failure(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if 300 <= status < 400:
            raise ModelRequestRefused(
                f"the address redirects (HTTP {status}); give the final address instead", status=status
            )
        if status >= 400:
            body = await _read_up_to(response, self._limits.error_bytes)
            raise answer_failed(status, body, response.headers, self._now)

    async def _refuse_page(self, response: aiohttp.ClientResponse) -> None:
        """A success that is no stream: a web page means a wrong address, a JSON document an error in disguise."""
        if response.content_type == "text/html":
            raise ModelRequestRefused("the address answered with a web page, not a model: check the base URL")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise StreamBroken("the provider compressed the stream, though asked not to")
        if response.content_type == "application/json" and response.content_length is not None:
            body = await _read_up_to(response, self._limits.error_bytes)
            raise disguised_failure(body)

    def _wait_before_retry(self, error: ModelError, attempt: int) -> float | None:
        """Seconds to wait before the next attempt, or None if there must be none."""
        limits = self._limits
        if not error.is_retryable or attempt >= limits.attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= limits.longest_retry_after_s else None
        shortest = min(limits.shortest_wait_s * 2.0 ** (attempt - 1), limits.longest_wait_s)
        return shortest + self._dice() * (min(shortest * 2, limits.longest_wait_s) - shortest)

    def _make_session(self, tls: ssl.SSLContext, resolver: GuardedResolver | None) -> aiohttp.ClientSession:
        limits = self._limits
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, resolver=resolver, limit=limits.connections),
            timeout=aiohttp.ClientTimeout(
                connect=limits.connect_s, sock_connect=limits.connect_s, sock_read=limits.idle_s
            ),
            headers={"accept-encoding": "identity", "user-agent": "chatbox"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=limits.header_bytes,
            max_field_size=limits.header_bytes,
        )


async def _read_up_to(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, or its first `limit` bytes."""
    body = bytearray()
    try:
        while len(body) < limit and (piece := await response.content.readany()):
            body += piece
    except (aiohttp.ClientError, OSError) as error:
        raise _broken(error) from error
    return bytes(body[:limit])


def _unreachable(error: Exception) -> ModelError:
    """The error for a call that got no response at all."""
    if isinstance(error, aiohttp.SocketTimeoutError):
        return AnswerStalled("the provider did not begin to answer in time")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return CertificateRefused("the provider's TLS certificate is not trusted")
    if isinstance(error, aiohttp.ServerTimeoutError):
        return ModelUnreachable("the provider could not be reached in time")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ModelUnreachable("the provider's name could not be resolved")
    if isinstance(error, aiohttp.ClientConnectorError):
        return ModelUnreachable("no connection to the provider could be made")
    return ModelUnreachable("the provider closed the connection before it answered")


def _broken(error: Exception) -> ModelError:
    """The error for a response that was cut."""
    if isinstance(error, aiohttp.SocketTimeoutError):
        return AnswerStalled("the provider went silent in the middle of its answer")
    return StreamBroken("the connection to the provider was cut")
