"""What admins can do, what nobody else can, and what is written down about it."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.accounts.world import NOBODY, Browser, World, code_of

from chatbox.accounts.tables import ApiKey, SignIn
from chatbox.kernel.db import Database


async def _id(browser: Browser) -> str:
    user_id: str = (await browser.http.get("/auth/me")).json()["id"]
    return user_id


async def _deeds(admin: Browser) -> list[dict[str, object]]:
    items: list[dict[str, object]] = (await admin.http.get("/admin/audit-log")).json()["items"]
    return items


async def test_everybody_is_listed_in_the_order_of_joining(ann: Browser, bob: Browser):
    page = (await ann.http.get("/admin/users")).json()
    listed = [(user["email"], user["role"], user["status"]) for user in page["items"]]
    assert listed == [("ann@example.org", "admin", "active"), ("bob@example.org", "user", "active")]
    assert page["next_cursor"] is None


async def test_the_list_of_people_comes_in_pages(ann: Browser, bob: Browser):
    first = (await ann.http.get("/admin/users?limit=1")).json()
    second = (await ann.http.get("/admin/users", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    emails = [user["email"] for page in (first, second) for user in page["items"]]
    assert (emails, second["next_cursor"]) == (["ann@example.org", "bob@example.org"], None)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "users"), ("PATCH", f"users/{NOBODY}"), ("DELETE", f"users/{NOBODY}"), ("GET", "settings"),
     ("PATCH", "settings"), ("GET", "audit-log")],
)  # fmt: skip
async def test_nobody_but_an_admin_administers(world: World, bob: Browser, method: str, path: str):
    ordinary = await bob.http.request(method, f"/admin/{path}", json={})
    stranger = await world.client().http.request(method, f"/admin/{path}", json={})
    assert (ordinary.status_code, code_of(ordinary)) == (403, "not_allowed")
    assert (stranger.status_code, code_of(stranger)) == (401, "not_signed_in")


async def test_a_suspended_person_is_out_at_once_and_that_is_announced(world: World, ann: Browser, bob: Browser):
    bob_id = await _id(bob)
    token = bob.http.cookies["chatbox_access"]
    response = await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "suspended"})
    assert (response.status_code, response.json()["status"]) == (200, "suspended")
    assert (await bob.http.get("/auth/me")).status_code == 401
    assert (await world.client().bear(token).http.get("/auth/me")).status_code == 401
    assert world.lost.all == [(UUID(bob_id), None, None)]


async def test_an_activated_person_can_sign_in_anew(world: World, ann: Browser, bob: Browser):
    bob_id = await _id(bob)
    await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "suspended"})
    await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "active"})
    assert (await bob.http.get("/auth/me")).status_code == 401  # what was revoked stays revoked
    assert (await world.client().login("bob@example.org")).status_code == 200


async def test_a_change_of_role_counts_at_once(world: World, ann: Browser, bob: Browser):
    bob_id = await _id(bob)
    await ann.http.patch(f"/admin/users/{bob_id}", json={"role": "admin"})
    assert (await bob.http.get("/admin/users")).status_code == 200
    await ann.http.patch(f"/admin/users/{bob_id}", json={"role": "user"})
    assert (await bob.http.get("/admin/users")).status_code == 403
    assert world.lost.all == []  # their own things stay open to them


@pytest.mark.parametrize("patch", [{"role": "user"}, {"status": "suspended"}, {"role": "user", "status": "suspended"}])
async def test_the_last_admin_stays_one(ann: Browser, bob: Browser, patch: dict[str, str]):
    response = await ann.http.patch(f"/admin/users/{await _id(ann)}", json=patch)
    assert (response.status_code, code_of(response)) == (409, "last_admin")
    assert (await ann.http.get("/admin/users")).status_code == 200


async def test_the_last_admin_cannot_be_deleted(ann: Browser, bob: Browser):
    response = await ann.http.delete(f"/admin/users/{await _id(ann)}")
    assert (response.status_code, code_of(response)) == (409, "last_admin")


async def test_a_suspended_admin_does_not_count_as_one(ann: Browser, bob: Browser):
    bob_id = await _id(bob)
    await ann.http.patch(f"/admin/users/{bob_id}", json={"role": "admin"})
    await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "suspended"})
    assert (await ann.http.delete(f"/admin/users/{await _id(ann)}")).status_code == 409


async def test_two_admins_who_demote_each_other_at_once_leave_one(ann: Browser, bob: Browser):
    ann_id, bob_id = await _id(ann), await _id(bob)
    await ann.http.patch(f"/admin/users/{bob_id}", json={"role": "admin"})
    answers = await asyncio.gather(
        ann.http.patch(f"/admin/users/{bob_id}", json={"role": "user"}),
        bob.http.patch(f"/admin/users/{ann_id}", json={"role": "user"}),
    )
    assert min(answer.status_code for answer in answers) == 200
    admins = [browser for browser in (ann, bob) if (await browser.http.get("/admin/users")).status_code == 200]
    assert len(admins) == 1


async def test_an_admin_may_step_down_when_there_is_another(ann: Browser, bob: Browser):
    await ann.http.patch(f"/admin/users/{await _id(bob)}", json={"role": "admin"})
    assert (await ann.http.patch(f"/admin/users/{await _id(ann)}", json={"role": "user"})).status_code == 200


async def test_a_deleted_person_is_gone_with_all_access(world: World, ann: Browser, bob: Browser, db: Database):
    bob_id = await _id(bob)
    key = (await bob.http.post("/auth/api-keys", json={"name": "ci", "scopes": ["read"]})).json()["key"]
    assert (await ann.http.delete(f"/admin/users/{bob_id}")).status_code == 204
    assert (await bob.http.get("/auth/me")).status_code == 401
    assert (await bob.http.post("/auth/refresh")).status_code == 401
    assert (await world.client().bear(key).http.get("/probe")).status_code == 401
    assert (await world.client().login("bob@example.org")).status_code == 401
    assert world.lost.all == [(UUID(bob_id), None, None)]
    async with db.begin() as tx:
        assert (await tx.scalars(select(ApiKey))).all() == []
        assert (await tx.scalars(select(SignIn).where(SignIn.user_id == UUID(bob_id)))).all() == []


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_person_who_never_was_is_not_found(ann: Browser, method: str):
    response = await ann.http.request(method, f"/admin/users/{uuid4()}", json={"role": "user"})
    assert (response.status_code, code_of(response)) == (404, "user_not_found")


@pytest.mark.parametrize("patch", [{"role": "root"}, {"status": "gone"}, {"email": "x@example.org"}])
async def test_a_change_that_cannot_be_is_refused(ann: Browser, bob: Browser, patch: dict[str, str]):
    assert (await ann.http.patch(f"/admin/users/{await _id(bob)}", json=patch)).status_code == 422


async def test_admins_see_what_is_chosen_and_what_holds_otherwise(ann: Browser):
    assert (await ann.http.get("/admin/settings")).json() == {
        "registration_open": True,
        "upload_limit_mb": None,
        "file_quota_mb": None,
        "defaults": {"upload_limit_mb": 10, "file_quota_mb": 1000},
    }


async def test_limits_of_files_are_chosen_and_given_back_to_the_settings(ann: Browser):
    chosen = (await ann.http.patch("/admin/settings", json={"upload_limit_mb": 1024, "file_quota_mb": 2048})).json()
    kept = (await ann.http.patch("/admin/settings", json={"registration_open": False})).json()
    given_back = (await ann.http.patch("/admin/settings", json={"upload_limit_mb": None})).json()

    assert [(told["upload_limit_mb"], told["file_quota_mb"]) for told in (chosen, kept, given_back)] == [
        (1024, 2048),
        (1024, 2048),
        (None, 2048),
    ]
    deeds = [(deed["action"], deed["details"]) for deed in await _deeds(ann)]
    assert deeds == [
        ("settings_changed", {"upload_limit_mb": "default"}),
        ("settings_changed", {"registration_open": "false"}),
        ("settings_changed", {"file_quota_mb": "2048"}),
        ("settings_changed", {"upload_limit_mb": "1024"}),
    ]


async def test_a_limit_that_is_so_already_is_no_deed(ann: Browser):
    for _ in range(2):
        await ann.http.patch("/admin/settings", json={"upload_limit_mb": 20, "file_quota_mb": None})

    assert len(await _deeds(ann)) == 1


@pytest.mark.parametrize(
    "patch",
    [{"upload_limit_mb": 0}, {"upload_limit_mb": 100_001}, {"file_quota_mb": 10_000_001}, {"file_quota_mb": 1.5}],
)
async def test_a_limit_that_cannot_be_is_refused(ann: Browser, patch: dict[str, float]):
    response = await ann.http.patch("/admin/settings", json=patch)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, f"body.{next(iter(patch))}")


@pytest.mark.parametrize(
    "patch", [{"upload_limit_mb": 1001}, {"file_quota_mb": 9}, {"upload_limit_mb": 3, "file_quota_mb": 2}]
)
async def test_one_file_may_not_be_larger_than_all_together(ann: Browser, patch: dict[str, int]):
    response = await ann.http.patch("/admin/settings", json={**patch, "registration_open": False})
    assert (response.status_code, code_of(response)) == (422, "file_limit_over_quota")
    told = (await ann.http.get("/admin/settings")).json()
    assert (told["upload_limit_mb"], told["file_quota_mb"], told["registration_open"]) == (None, None, True)
    assert await _deeds(ann) == []


async def test_a_change_to_what_is_already_so_is_no_deed(world: World, ann: Browser, bob: Browser):
    response = await ann.http.patch(f"/admin/users/{await _id(bob)}", json={"role": "user", "status": "active"})
    assert response.status_code == 200
    assert await _deeds(ann) == []
    assert world.lost.all == []


async def test_what_admins_do_is_written_down_newest_first(ann: Browser, bob: Browser):
    bob_id = await _id(bob)
    for patch in ({"role": "admin"}, {"role": "user", "status": "suspended"}, {"status": "active"}):
        await ann.http.patch(f"/admin/users/{bob_id}", json=patch)
    await ann.http.patch("/admin/settings", json={"registration_open": False})
    await ann.http.delete(f"/admin/users/{bob_id}")
    deeds = await _deeds(ann)
    assert [(deed["action"], deed["target"], deed["details"]) for deed in deeds] == [
        ("user_deleted", "bob@example.org", {}),
        ("settings_changed", None, {"registration_open": "false"}),
        ("user_activated", "bob@example.org", {}),
        ("user_suspended", "bob@example.org", {}),
        ("user_role_changed", "bob@example.org", {"role": "user"}),
        ("user_role_changed", "bob@example.org", {"role": "admin"}),
    ]
    assert {(deed["actor"], deed["actor_id"], deed["address"]) for deed in deeds} == {
        ("ann@example.org", await _id(ann), "192.0.2.1")
    }
    assert deeds[0]["created_at"] == "2030-01-01T00:00:00.000Z"


async def test_refused_sign_ins_are_written_down_without_what_was_typed(world: World, ann: Browser, bob: Browser):
    await ann.http.patch(f"/admin/users/{await _id(bob)}", json={"status": "suspended"})
    stranger = world.client("203.0.113.7")
    await stranger.login("hunter2@example.org")
    await stranger.login("ann@example.org", "not the password")
    await stranger.login("bob@example.org")
    refused = [deed for deed in await _deeds(ann) if deed["action"] == "sign_in_refused"]
    assert [(deed["target"], deed["details"], deed["address"], deed["actor"]) for deed in refused] == [
        ("bob@example.org", {"reason": "suspended"}, "203.0.113.7", None),
        ("ann@example.org", {"reason": "wrong_password"}, "203.0.113.7", None),
        (None, {"reason": "unknown_account"}, "203.0.113.7", None),
    ]


async def test_the_audit_log_comes_in_pages(world: World, ann: Browser):
    for _ in range(3):
        await world.client().login("nobody@example.org")
    first = (await ann.http.get("/admin/audit-log?limit=2")).json()
    second = (await ann.http.get("/admin/audit-log", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)
    assert (await ann.http.get("/admin/audit-log?cursor=x")).status_code == 422


async def test_the_audit_log_is_kept_for_a_year(world: World, ann: Browser):
    await world.client().login("nobody@example.org")
    world.clock.advance(days=365)
    await world.client().login("nobody@example.org")
    world.clock.advance(days=1)
    await world.accounts.tidy()
    admin = world.client()
    await admin.login()
    assert len(await _deeds(admin)) == 1
