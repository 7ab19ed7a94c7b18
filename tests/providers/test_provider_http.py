"""The way out to providers: who may be called, what leaves with the call, and what it holds on to."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.providers.conftest import KEY, Ask, Waits, question
from tests.support.upstreams.server import Upstream

from chatbox.kernel.outbound import AddressJudge
from chatbox.providers.http import CertificateRefused, HttpLimits, ProviderHttp
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.port import (
    AddressRefused,
    Endpoint,
    ModelError,
    ModelRequestRefused,
    ModelUnreachable,
    StreamBroken,
    TextDelta,
)

PRIVATE_URLS = (
    "http://127.0.0.1:{port}/v1",
    "http://127.1:{port}/v1",
    "http://2130706433:{port}/v1",
    "http://0x7f000001:{port}/v1",
    "http://0177.0.0.1:{port}/v1",
    "http://127.0.0.1.:{port}/v1",
    "http://localhost:{port}/v1",
    "http://0.0.0.0:{port}/v1",
    "http://[::1]:{port}/v1",
    "http://[::ffff:127.0.0.1]:{port}/v1",
    "http://[64:ff9b::7f00:1]:{port}/v1",
    "http://user:pass@127.0.0.1:{port}/v1",
    "http://example.com@127.0.0.1:{port}/v1",
    "http://example.com\\@127.0.0.1:{port}/v1",
    "http://①②⑦.⓪.⓪.①:{port}/v1",
    "http://169.254.169.254/latest/meta-data",
    "http://168.63.129.16/machine",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/v1",
)


async def guarded(judge: AddressJudge) -> ProviderHttp:
    way_out = ProviderHttp(judge, limits=HttpLimits(attempts=1, connect_s=1.0, idle_s=1.0))
    await way_out.start()
    return way_out


@pytest.fixture
async def open_ports(upstream: Upstream) -> AsyncGenerator[ProviderHttp]:
    """A guard that minds no ports, so that only the address decides."""
    port = int(upstream.url.rpartition(":")[2])
    way_out = await guarded(AddressJudge(ports=frozenset({port, 80})))
    yield way_out
    await way_out.close()


@pytest.mark.parametrize("url", PRIVATE_URLS)
async def test_no_form_of_a_private_base_url_is_called_for_a_user(
    open_ports: ProviderHttp, upstream: Upstream, url: str
) -> None:
    endpoint = Endpoint(url.format(port=upstream.url.rpartition(":")[2]), KEY)
    with pytest.raises(AddressRefused):
        await OpenAIChat(open_ports).list_models(endpoint)
    with pytest.raises(AddressRefused):
        await anext(OpenAIChat(open_ports).stream(question("", "plain", endpoint=endpoint)))
    assert upstream.connections == 0


async def test_an_address_that_an_admin_allowed_is_called_for_a_user(upstream: Upstream) -> None:
    way_out = await guarded(AddressJudge(allowed_hosts=("localhost",)))
    endpoint = Endpoint(upstream.url.replace("127.0.0.1", "localhost"), KEY)
    events = [event async for event in OpenAIChat(way_out).stream(question("", "plain", endpoint=endpoint))]
    assert events[0] == TextDelta("Hello, wörld 你好.")
    await way_out.close()


@pytest.mark.parametrize("base_url", ["", "localhost", "http://", "http://[", "ftp://localhost/v1", "http://a b/v1"])
async def test_an_unusable_base_url_is_refused_even_to_an_admin(http: ProviderHttp, base_url: str) -> None:
    endpoint = Endpoint(base_url, KEY, is_trusted=True)
    with pytest.raises(ModelRequestRefused):
        await OpenAIChat(http).list_models(endpoint)
    with pytest.raises(ModelRequestRefused):
        await anext(OpenAIChat(http).stream(question("", "plain", endpoint=endpoint)))


async def test_a_redirect_is_not_followed(http: ProviderHttp, ask: Ask, upstream: Upstream) -> None:
    heard = await ask(OpenAIChat(http), "redirect-1")
    assert "redirects" in heard.failed.detail
    assert heard.failed.status == 307
    assert len(upstream.requests) == 1


async def test_a_stream_that_is_compressed_unasked_is_refused(http: ProviderHttp, ask: Ask) -> None:
    assert "compressed" in (await ask(OpenAIChat(http), "compressed")).failed.detail


async def test_an_error_whose_body_is_cut_is_asked_again(http: ProviderHttp, ask: Ask, upstream: Upstream) -> None:
    assert isinstance((await ask(OpenAIChat(http), "cut-failure")).failed, StreamBroken)
    assert len(upstream.requests) == 3


async def test_what_is_sent_is_said_to_be_json(http: ProviderHttp, ask: Ask, upstream: Upstream) -> None:
    await ask(OpenAIChat(http), "plain")
    assert upstream.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("key", ["line\nbreak", "carriage\rreturn"])
async def test_a_key_that_would_split_a_header_is_refused(
    http: ProviderHttp, ask: Ask, upstream: Upstream, key: str
) -> None:
    heard = await ask(OpenAIChat(http), "plain", endpoint=Endpoint(upstream.url, key, is_trusted=True))
    assert isinstance(heard.failed, ModelRequestRefused)
    assert upstream.requests == []


async def test_a_proxy_in_the_environment_is_not_used(
    ask: Ask, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    way_out = await guarded(AddressJudge())
    assert (await ask(OpenAIChat(way_out), "plain")).finished.reason == "stop"
    await way_out.close()


async def test_cookies_are_not_kept_between_people(http: ProviderHttp, ask: Ask, upstream: Upstream) -> None:
    await ask(OpenAIChat(http), "plain")
    seen = upstream.requests[0].headers
    assert "cookie" not in seen
    assert seen["accept-encoding"] == "identity"
    assert seen["user-agent"] == "chatbox"


async def test_an_answer_past_its_limit_is_cut(ask: Ask) -> None:
    way_out = ProviderHttp(AddressJudge(), limits=HttpLimits(answer_bytes=10_000))
    await way_out.start()
    heard = await ask(OpenAIChat(way_out), "many")
    assert isinstance(heard.failed, StreamBroken)
    assert heard.text.startswith("token0 ")
    await way_out.close()


async def test_a_model_list_past_its_limit_is_refused(upstream: Upstream) -> None:
    way_out = ProviderHttp(AddressJudge(), limits=HttpLimits(listing_bytes=100))
    await way_out.start()
    upstream.pages["/v1/models"] = b'{"data": [' + b" " * 1000 + b"]}"
    with pytest.raises(ModelRequestRefused):
        await OpenAIChat(way_out).list_models(Endpoint(upstream.url, KEY, is_trusted=True))
    await way_out.close()


async def test_a_model_list_that_does_not_come_is_given_up(hasty_http: ProviderHttp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = Endpoint(f"http://127.0.0.1:{deaf.getsockname()[1]}", KEY, is_trusted=True)
        async with asyncio.timeout(2):
            with pytest.raises(ModelError) as caught:
                await OpenAIChat(hasty_http).list_models(endpoint)
    assert isinstance(caught.value, ModelUnreachable | StreamBroken)


async def test_a_server_with_an_unknown_certificate_is_not_asked_again(
    http: ProviderHttp, waits: Waits, tmp_path: Path
) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=self_signed(tmp_path))
    async with server:
        endpoint = Endpoint(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", KEY, is_trusted=True)
        with pytest.raises(CertificateRefused):
            await anext(OpenAIChat(http).stream(question("", "plain", endpoint=endpoint)))
    assert waits.seconds == []


def self_signed(folder: Path) -> ssl.SSLContext:
    """A TLS server's context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.example")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    lasting = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    certificate = lasting.sign(key, hashes.SHA256())
    pem = folder / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context


async def test_a_way_out_that_was_not_started_says_so() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        await OpenAIChat(ProviderHttp(AddressJudge())).list_models(Endpoint("https://example.com"))


async def test_closing_twice_does_no_harm(http: ProviderHttp) -> None:
    await http.close()
    await http.close()
