"""Signed addresses: good for an hour, for one object, shown in one way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbox.files.errors import LinkExpired
from chatbox.files.links import Links
from chatbox.kernel.storage.local import LocalStorage

START = datetime(2026, 1, 1, tzinfo=UTC)


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def links(tmp_path: Path, watch: Watch) -> Links:
    return Links(LocalStorage(tmp_path), b"k" * 32, watch, "/s")


async def token(links: Links) -> str:
    url = await links.make("users/1/a.png", mime_type="image/png", filename="a b.png", kind="inline")
    assert url.startswith("/s/")
    assert url.endswith("/a%20b.png")
    return url.split("/")[2]


async def test_an_address_opens_what_it_was_made_for(links: Links) -> None:
    grant = links.open(await token(links))

    assert (grant.storage_key, grant.mime_type, grant.disposition) == ("users/1/a.png", "image/png", "inline")


async def test_an_address_is_good_for_an_hour_at_most(links: Links, watch: Watch) -> None:
    made = await token(links)
    watch.now += timedelta(minutes=49)
    links.open(made)

    watch.now = START + timedelta(hours=1, seconds=1)
    with pytest.raises(LinkExpired):
        links.open(made)


async def test_the_address_stays_the_same_for_some_minutes_so_that_browsers_can_keep_it(
    links: Links, watch: Watch
) -> None:
    made = await token(links)
    watch.now += timedelta(minutes=9)
    assert await token(links) == made

    watch.now += timedelta(minutes=2)
    assert await token(links) != made


async def test_another_server_s_address_opens_nothing(links: Links, tmp_path: Path, watch: Watch) -> None:
    other = Links(LocalStorage(tmp_path), b"o" * 32, watch, "/s")

    with pytest.raises(LinkExpired):
        links.open(await token(other))
