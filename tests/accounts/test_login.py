"""Signing in with a password, and what refuses it."""

import asyncio

import pytest
from sqlalchemy import func, select
from tests.accounts.world import PASSWORD, Browser, HandClock, Losses, World, code_of

from chatbox.accounts import store
from chatbox.accounts.access import Visitor
from chatbox.accounts.limits import Limit, Limits
from chatbox.accounts.passwords import Passwords
from chatbox.accounts.sign_ins import MOST_SIGN_INS
from chatbox.accounts.tables import AttemptCount
from chatbox.kernel.db import Database


async def test_the_right_password_opens_a_sign_in(world: World, ann: Browser):
    response = await world.client().login("ANN@example.org")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    browser = world.client().bear(response.json()["access_token"])
    assert (await browser.http.get("/auth/me")).json() == response.json()["user"]


async def test_a_wrong_password_and_an_unknown_account_look_the_same(world: World, ann: Browser):
    wrong = await world.client().login(password="not the password")
    unknown = await world.client().login("nobody@example.org")
    assert (wrong.status_code, code_of(wrong)) == (401, "wrong_credentials")
    assert wrong.json() == unknown.json()
    assert wrong.headers == unknown.headers


async def test_an_unknown_account_costs_a_hash_too(world: World, ann: Browser):
    await world.client().login("nobody@example.org")
    assert world.passwords.checked_for == [None]


async def test_the_hash_for_nobody_has_the_parameters_of_a_real_one_and_never_fits(world: World):
    passwords = Passwords(memory_kib=64, passes=2)
    stand_in, real = passwords._nobody, await passwords.hash(PASSWORD)
    assert stand_in.split("$")[:4] == real.split("$")[:4]
    assert [len(part) for part in stand_in.split("$")] == [len(part) for part in real.split("$")]
    assert not passwords.is_outdated(stand_in)
    assert await passwords.verify("", None) is False
    passwords.close()


@pytest.mark.parametrize("password", ["", " "])
async def test_an_empty_password_never_signs_in(world: World, ann: Browser, password: str):
    assert (await world.client().login(password=password)).status_code in {401, 422}


@pytest.mark.parametrize("email", ["%@example.org", "ann_example.org", "a__@example.org", "%@%", "ann@example.or_"])
async def test_wildcards_in_an_address_find_nobody(world: World, ann: Browser, email: str):
    assert (await world.client().login(email)).status_code in {401, 422}


async def test_a_suspended_person_is_told_so_only_with_the_right_password(world: World, ann: Browser, bob: Browser):
    user_id = (await bob.http.get("/auth/me")).json()["id"]
    await ann.http.patch(f"/admin/users/{user_id}", json={"status": "suspended"})
    right = await world.client().login("bob@example.org")
    wrong = await world.client().login("bob@example.org", "not the password")
    assert (right.status_code, code_of(right)) == (403, "account_suspended")
    assert (wrong.status_code, code_of(wrong)) == (401, "wrong_credentials")


async def test_sign_ins_are_limited_by_account_even_with_the_right_password(world: World, ann: Browser):
    for n in range(10):
        await world.client(f"192.0.2.{n}").login(password="not the password")
    refused = await world.client("192.0.2.99").login()
    assert (refused.status_code, code_of(refused), refused.headers["retry-after"]) == (429, "too_many_attempts", "300")
    assert refused.json()["params"] == {"seconds": 300}


async def test_the_limit_of_an_account_ends_with_its_window(world: World, ann: Browser):
    for _ in range(11):
        await world.client().login(password="not the password")
    world.clock.advance(seconds=300)
    assert (await world.client().login()).status_code == 200


async def test_tries_over_the_limit_do_not_make_it_longer(world: World, ann: Browser):
    for _ in range(11):
        await world.client().login(password="not the password")
    world.clock.advance(seconds=200)
    assert (await world.client().login()).headers["retry-after"] == "100"


async def test_an_unknown_account_meets_the_same_limit(world: World):
    for _ in range(10):
        await world.client().login("nobody@example.org")
    assert code_of(await world.client().login("nobody@example.org")) == "too_many_attempts"


async def test_a_right_password_starts_the_accounts_count_anew(world: World, ann: Browser):
    for _ in range(2):
        for _ in range(9):
            await world.client().login(password="not the password")
        assert (await world.client().login()).status_code == 200


async def test_guesses_that_come_all_at_once_are_counted_too(world: World, ann: Browser):
    guesses = (world.client().login(password=f"guess number {n}") for n in range(30))
    responses = await asyncio.gather(*guesses)
    assert [response.status_code for response in responses].count(401) == 10
    assert len(world.passwords.checked_for) == 10


async def test_sign_ins_are_limited_by_address_over_many_accounts(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(sign_in_by_address=Limit(5, 300)))
    for n in range(5):
        await world.client().login(f"p{n}@example.org")
    assert code_of(await world.client().login("p6@example.org")) == "too_many_attempts"
    assert (await world.client("192.0.2.7").login("p6@example.org")).status_code == 401


async def test_whoever_is_over_the_limit_of_the_address_uses_up_no_account(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(sign_in_by_address=Limit(1, 300)))
    await world.client("198.51.100.1").register()
    for _ in range(20):
        await world.client("192.0.2.66").login(password="not the password")
    assert (await world.client("198.51.100.1").login()).status_code == 200


async def test_addresses_of_one_ipv6_network_count_as_one(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(sign_in_by_address=Limit(1, 300)))
    await world.client("2001:db8::1").login()
    assert (await world.client("2001:db8::ffff:2").login()).status_code == 429
    assert (await world.client("2001:db8:0:1::1").login()).status_code == 401


async def test_an_ipv4_address_in_ipv6_clothes_counts_as_itself(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(sign_in_by_address=Limit(1, 300)))
    await world.client("::ffff:192.0.2.5").login()
    assert (await world.client("192.0.2.5").login()).status_code == 429
    assert (await world.client("::ffff:192.0.2.6").login()).status_code == 401


async def test_callers_without_an_address_count_together(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(sign_in_by_address=Limit(1, 300)))
    await world.client("").login()
    assert (await world.client("").login()).status_code == 429


async def test_the_count_is_kept_without_the_address_that_was_typed(world: World, db: Database):
    await world.client().login("hunter2@example.org")
    async with db.begin() as tx:
        buckets = (await tx.scalars(select(AttemptCount.bucket))).all()
    assert len(buckets) == 2
    assert not any("hunter2" in bucket for bucket in buckets)


async def test_a_hash_with_old_parameters_is_renewed_at_sign_in(world: World, ann: Browser):
    old = Passwords(memory_kib=32, passes=1)
    me = (await ann.http.get("/auth/me")).json()
    async with world.db.begin() as tx:
        await store.renew_hash(tx, me["id"], await old.hash(PASSWORD))
    old.close()
    for _ in range(2):
        assert (await world.client().login()).status_code == 200
    assert "m=64" in (await world.accounts.person(me["id"])).password_hash


async def test_more_passwords_than_the_queue_holds_are_refused_at_once(db: Database):
    passwords = Passwords(memory_kib=65536, passes=3, most_at_once=2)
    results = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(5)), return_exceptions=True)
    refused = [result for result in results if not isinstance(result, str)]
    assert [getattr(error, "code", None) for error in refused] == ["too_many_requests"] * 3
    assert await passwords.hash(PASSWORD)  # the places were given back
    passwords.close()


async def test_hashing_leaves_the_event_loop_free(world: World):
    passwords = Passwords(memory_kib=65536, passes=4)
    hashing = asyncio.ensure_future(passwords.hash(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20
    passwords.close()


async def test_a_stored_hash_that_is_no_hash_never_fits(world: World):
    assert await world.passwords.verify(PASSWORD, "nonsense") is False


async def test_a_closed_password_service_takes_nothing_more():
    passwords = Passwords(memory_kib=64, passes=1, most_at_once=1)
    passwords.close()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await passwords.hash(PASSWORD)


async def test_the_longest_unused_sign_ins_end_when_there_are_too_many(world: World, ann: Browser):
    user = await world.accounts.person((await ann.http.get("/auth/me")).json()["id"])
    first = (await world.sign_ins.list(user.id, None, 10))[0]
    for _ in range(MOST_SIGN_INS - 1):
        world.clock.advance(seconds=1)
        async with world.db.begin() as tx:
            await world.sign_ins.open(tx, user, Visitor.at("192.0.2.1", "test"))
    world.clock.advance(seconds=1)
    assert (await world.client().login()).status_code == 200
    assert world.lost.all == [(user.id, first.id, None)]
    assert len(await world.sign_ins.list(user.id, None, 1000)) == MOST_SIGN_INS


async def test_tidying_forgets_old_counts_and_keeps_running_ones(world: World, db: Database):
    await world.client("192.0.2.1").login("old@example.org")
    world.clock.advance(days=1)
    await world.client("192.0.2.2").login("new@example.org")
    await world.accounts.tidy()
    async with db.begin() as tx:
        assert await tx.scalar(select(func.count()).select_from(AttemptCount)) == 2


async def test_tidying_leaves_living_sign_ins_alone(world: World, ann: Browser):
    await world.accounts.tidy()
    assert (await ann.http.get("/auth/me")).status_code == 200
