"""The outbound address judge: what a user may make the server call, and every disguise of what they may not."""

import socket
from ipaddress import ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from chatbox.kernel.outbound import AddressJudge, GuardedResolver, OutboundRefused

PRIVATE = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:0:7f:0:100:0",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2606:4700:0:0:0:5efe:127.0.0.1",
    "2606:4700::200:5efe:10.0.0.1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "64:ff9b::808:808",
    "2002:808:808::",
)

DISGUISED = (
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://127.0.0.1../",
    "http://127..0.0.1/",
    "http://localhost../",
    "http://[::ffff:7f00:1]/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://１２７.０.０.１/",
    "http://[::1%25lo]/",
    "http://user@127.0.0.1/",
    "http://example.com@127.0.0.1/",
    "http://user:pass@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http://exa mple.com/",
    "http://example.com\t/",
    "http://example.com\n.evil/",
    "http:///etc/passwd",
    "http://",
    "http://[::1",
    "http://example.com:0/",
    "http://example.com:99999/",
    "//example.com/",
    "example.com",
    "",
)


def judge(**fields: object) -> AddressJudge:
    return AddressJudge(**fields)  # type: ignore[arg-type]  # the fields are the caller's, each of its own type


class Answers(AbstractResolver):
    """A name server whose answers change from one question to the next."""

    def __init__(self, *rounds: tuple[str, ...]) -> None:
        self.rounds = list(rounds)
        self.is_closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.rounds.pop(0)
        ]

    async def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_in_a_url_and_as_an_answer(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(OutboundRefused):
        judge().check_url(f"https://{host}/v1")
    with pytest.raises(OutboundRefused):
        judge().check_answers("example.com", [address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_admitted_in_a_url_and_as_an_answer(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert judge().check_url(f"https://{host}/v1").path == "/v1"
    judge().check_answers("example.com", [address])


@pytest.mark.parametrize("url", DISGUISED)
def test_a_disguised_or_unreadable_url_is_refused(url: str) -> None:
    with pytest.raises(OutboundRefused):
        judge().check_url(url)


@pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "ws", "data", "javascript", "unix"])
def test_only_http_leaves_the_server(scheme: str) -> None:
    with pytest.raises(OutboundRefused):
        judge().check_url(f"{scheme}://example.com/")


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8080, 11434])
def test_other_ports_are_refused_unless_they_are_listed(port: int) -> None:
    with pytest.raises(OutboundRefused):
        judge().check_url(f"http://example.com:{port}/")
    assert judge(ports=frozenset({port})).check_url(f"http://example.com:{port}/").port == port


def test_one_private_answer_poisons_the_name() -> None:
    with pytest.raises(OutboundRefused):
        judge().check_answers("example.com", ["8.8.8.8", "127.0.0.1"])


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(OutboundRefused):
        judge().check_answers("example.com", [])


@pytest.mark.parametrize("host", ["ollama.lan", "gpu.ollama.lan", "OLLAMA.lan", "ollama.lan."])
def test_an_allowed_host_covers_itself_and_its_subdomains(host: str) -> None:
    allowing = judge(allowed_hosts=("ollama.lan",))
    assert allowing.check_url(f"http://{host}:11434/api").port == 11434
    allowing.check_answers(host, ["192.168.1.5"])


@pytest.mark.parametrize("host", ["badollama.lan", "ollama.lan.evil.example", "lan", "xollama.lan"])
def test_an_allowed_host_is_matched_by_whole_labels(host: str) -> None:
    with pytest.raises(OutboundRefused):
        judge(allowed_hosts=("ollama.lan",)).check_answers(host, ["192.168.1.5"])


def test_a_host_in_the_path_or_query_allows_nothing() -> None:
    with pytest.raises(OutboundRefused):
        judge(allowed_hosts=("ollama.lan",)).check_url("http://10.0.0.1/ollama.lan?host=ollama.lan#.ollama.lan")


def test_an_allowed_network_admits_its_addresses_at_any_port() -> None:
    allowing = judge(allowed_networks=(ip_network("192.168.1.0/24"),))
    assert allowing.check_url("http://192.168.1.5:11434/").port == 11434
    allowing.check_answers("gpu.example", ["192.168.1.5"])
    with pytest.raises(OutboundRefused):
        allowing.check_url("http://192.168.2.5/")


@pytest.mark.parametrize("host", ["metrics.example.com", "a.metrics.example.com", "METRICS.example.com."])
def test_a_denied_host_wins_over_an_allowed_one(host: str) -> None:
    both = judge(allowed_hosts=("example.com",), denied_hosts=("metrics.example.com",))
    with pytest.raises(OutboundRefused):
        both.check_url(f"https://{host}/")
    with pytest.raises(OutboundRefused):
        both.check_answers(host, ["8.8.8.8"])


def test_a_denied_host_is_matched_by_whole_labels() -> None:
    assert judge(denied_hosts=("example.com",)).check_url("https://goodexample.com/").host == "goodexample.com"


async def test_the_resolver_hands_out_public_addresses() -> None:
    resolver = GuardedResolver(judge(), Answers(("8.8.8.8", "1.1.1.1")))
    found = await resolver.resolve("example.com", 443)
    assert [answer["host"] for answer in found] == ["8.8.8.8", "1.1.1.1"]


async def test_a_name_that_turns_private_between_two_questions_is_refused_the_second_time() -> None:
    resolver = GuardedResolver(judge(), Answers(("8.8.8.8",), ("127.0.0.1",)))
    await resolver.resolve("rebind.example", 443)
    with pytest.raises(OutboundRefused):
        await resolver.resolve("rebind.example", 443)


@pytest.mark.parametrize("name", ["localhost", "localhost.", "ip6-localhost.localdomain.localhost"])
async def test_the_systems_own_names_do_not_lead_inside(name: str) -> None:
    resolver = GuardedResolver(judge())
    with pytest.raises((OutboundRefused, OSError)):
        await resolver.resolve(name, 80, socket.AF_UNSPEC)
    await resolver.close()


async def test_closing_the_resolver_closes_what_it_asks() -> None:
    inner = Answers()
    await GuardedResolver(judge(), inner).close()
    assert inner.is_closed


@given(st.text(max_size=60))
def test_any_text_is_either_a_plain_url_or_refused(text: str) -> None:
    try:
        url = judge().check_url(f"http://{text}")
    except OutboundRefused:
        return
    assert url.scheme == "http"
    assert url.host
    assert url.raw_user is None
