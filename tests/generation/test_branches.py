"""The tree of a session's messages: switching branches, deleting them, reading windows of them."""

import pytest
from tests.support.app import HANG, NOBODY, Person, problem_of, text_of

from chatbox.kernel.ids import new_id


async def two_branches(ann: Person) -> tuple[str, dict[str, str]]:
    """A session with the question `a`, answered, below it `b`, answered, and `a` asked anew as `c`, answered."""
    session = (await ann.session())["id"]
    sent = {}
    for name in ("a", "b"):
        sent[name] = await ann.send(session, name)
        await ann.ended(session, sent[name])
    sent["c"] = await ann.act(session, sent["a"]["message"]["id"], "edit", message="c")
    await ann.ended(session, sent["c"])
    ids = {name: one["message"]["id"] for name, one in sent.items()}
    return session, ids | {f"{name}!": one["answer"]["id"] for name, one in sent.items()}


async def test_switching_makes_a_branch_the_active_path_down_to_its_end(ann: Person) -> None:
    session, ids = await two_branches(ann)

    switched = await ann.act(session, ids["a"], "switch")

    assert switched["active_leaf_id"] == ids["b!"]
    assert [message["id"] for message in await ann.messages(session)] == [ids["a"], ids["a!"], ids["b"], ids["b!"]]


async def test_switching_goes_down_the_newest_branch_at_each_fork(ann: Person) -> None:
    session, ids = await two_branches(ann)
    await ann.act(session, ids["a"], "switch")
    newest = await ann.act(session, ids["a!"], "regenerate")
    await ann.ended(session, newest)
    await ann.act(session, ids["c"], "switch")

    switched = await ann.act(session, ids["a"], "switch")

    assert switched["active_leaf_id"] == newest["answer"]["id"]


async def test_a_switch_is_seen_by_everyone_who_follows(ann: Person) -> None:
    session, ids = await two_branches(ann)
    async with ann.socket(session) as stream:
        await stream.live()
        await ann.act(session, ids["a"], "switch")
        told = (await stream.until("session_updated"))[-1]

    assert told["data"]["session"]["active_leaf_id"] == ids["b!"]


async def test_a_switch_is_possible_while_another_branch_is_being_written(ann: Person) -> None:
    session, ids = await two_branches(ann)
    running = await ann.send(session, model=HANG)

    await ann.act(session, ids["a"], "switch")

    assert (await ann.messages(session))[-1]["id"] == ids["b!"]
    await ann.stop(session, running["answer"]["id"])
    await ann.ended(session, running)
    assert (await ann.messages(session))[-1]["id"] == ids["b!"]


async def test_deleting_a_message_takes_everything_below_it(ann: Person) -> None:
    session, ids = await two_branches(ann)
    await ann.act(session, ids["a"], "switch")

    response = await ann.http.delete(f"/sessions/{session}/messages/{ids['b']}")

    assert response.json()["active_leaf_id"] == ids["a!"]
    left = {message["id"] for message in await ann.messages(session, view="tree")}
    assert left == {ids["a"], ids["a!"], ids["c"], ids["c!"]}


async def test_deleting_a_branch_makes_its_sibling_the_active_path(ann: Person) -> None:
    session, ids = await two_branches(ann)

    response = await ann.http.delete(f"/sessions/{session}/messages/{ids['c']}")

    assert response.json()["active_leaf_id"] == ids["b!"]


async def test_deleting_a_branch_elsewhere_leaves_the_active_path_alone(ann: Person) -> None:
    session, ids = await two_branches(ann)

    response = await ann.http.delete(f"/sessions/{session}/messages/{ids['a']}")

    assert response.json()["active_leaf_id"] == ids["c!"]
    assert {message["id"] for message in await ann.messages(session, view="tree")} == {ids["c"], ids["c!"]}


async def test_deleting_everything_leaves_an_empty_session_that_can_be_talked_in(ann: Person) -> None:
    session = (await ann.session())["id"]
    sent = await ann.send(session)
    await ann.ended(session, sent)

    response = await ann.http.delete(f"/sessions/{session}/messages/{sent['message']['id']}")

    assert response.json()["active_leaf_id"] is None
    assert await ann.messages(session) == []
    assert text_of(await ann.ask(session, "again")) == "again"


async def test_a_deletion_tells_which_messages_are_gone(ann: Person) -> None:
    session, ids = await two_branches(ann)
    async with ann.socket(session) as stream:
        await stream.live()
        await ann.http.delete(f"/sessions/{session}/messages/{ids['c']}")
        told = (await stream.until("session_updated"))[-1]

    assert set(told["data"]["deleted_ids"]) == {ids["c"], ids["c!"]}


@pytest.mark.parametrize("model", [HANG, "scripted/echo"])
async def test_what_is_being_written_or_waits_cannot_be_deleted(ann: Person, model: str) -> None:
    session = (await ann.session())["id"]
    running = await ann.send(session, model=HANG)
    waiting = await ann.send(session, model=model)

    for message in (running["message"], waiting["answer"]):
        response = await ann.http.delete(f"/sessions/{session}/messages/{message['id']}")
        assert problem_of(response) == (409, "message_still_running")

    await ann.stop(session, waiting["answer"]["id"])
    await ann.stop(session, running["answer"]["id"])


@pytest.mark.parametrize("session_id", [NOBODY, None])
async def test_what_does_not_exist_can_be_neither_switched_to_nor_deleted(ann: Person, session_id: str | None) -> None:
    session = session_id or (await ann.session())["id"]
    code = "session_not_found" if session_id else "message_not_found"

    switched = await ann.http.post(f"/sessions/{session}/messages/{new_id()}/switch")
    deleted = await ann.http.delete(f"/sessions/{session}/messages/{new_id()}")

    assert problem_of(switched) == (404, code)
    assert problem_of(deleted) == (404, code)


async def test_a_message_of_another_session_of_mine_is_not_found_in_this_one(ann: Person) -> None:
    session, ids = await two_branches(ann)
    other = (await ann.session())["id"]

    response = await ann.http.post(f"/sessions/{other}/messages/{ids['a']}/switch")

    assert problem_of(response) == (404, "message_not_found")
    assert (await ann.http.get(f"/sessions/{session}")).status_code == 200


async def test_a_long_path_is_read_window_by_window_from_its_end(ann: Person) -> None:
    session = (await ann.session())["id"]
    for number in range(5):
        await ann.ask(session, f"number {number}")
    whole = [message["id"] for message in await ann.messages(session, limit=100)]

    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        paging = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await ann.http.get(f"/sessions/{session}/messages", params=paging)).json()
        seen = [message["id"] for message in page["items"]] + seen
        cursor = page["next_cursor"]

    assert seen == whole
    assert len(whole) == 10


async def test_the_whole_tree_is_read_page_by_page_in_the_order_of_making(ann: Person) -> None:
    session, ids = await two_branches(ann)

    first = (await ann.http.get(f"/sessions/{session}/messages", params={"view": "tree", "limit": 4})).json()
    rest = (
        await ann.http.get(
            f"/sessions/{session}/messages", params={"view": "tree", "limit": 4, "cursor": first["next_cursor"]}
        )
    ).json()

    made = [message["id"] for message in first["items"] + rest["items"]]
    assert made == [ids[name] for name in ("a", "a!", "b", "b!", "c", "c!")]
    assert rest["next_cursor"] is None


async def test_a_window_says_from_where_to_follow(ann: Person) -> None:
    session = (await ann.session("scripted/paced-50-1000"))["id"]
    sent = await ann.send(session)
    async with ann.socket(session, after=sent["seq"]) as stream:
        await stream.until("stream_chunk")

    page = (await ann.http.get(f"/sessions/{session}/messages")).json()

    assert page["seq"] == sent["seq"]
    assert page["items"][-1]["status"] == "streaming"
    await ann.stop(session, sent["answer"]["id"])
