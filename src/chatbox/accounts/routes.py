"""The HTTP face of accounts: `/auth` for everybody, `/admin` for admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chatbox.accounts.access import Visitor
from chatbox.accounts.administration import Admin as ActingAdmin
from chatbox.accounts.administration import Administration, LimitName
from chatbox.accounts.api_keys import ApiKeys, WantedKey
from chatbox.accounts.credentials import ACCESS_COOKIE, REFRESH_COOKIE, refuse_foreign_page
from chatbox.accounts.schemas import (
    ApiKeyMade,
    ApiKeyNew,
    ApiKeyOut,
    AuditEntryOut,
    FileLimitsOut,
    LoginIn,
    PasswordChange,
    ProfilePatch,
    RefreshIn,
    RegisterIn,
    ServerSettingsOut,
    ServerSettingsPatch,
    SignedInOut,
    SignInOut,
    StatusOut,
    UserOut,
    UserPatch,
)
from chatbox.accounts.service import Accounts, Registration
from chatbox.accounts.sign_ins import SignedIn, SignIns
from chatbox.accounts.site import Site
from chatbox.kernel.errors import InvalidRequest, NotAllowed, NotSignedIn
from chatbox.kernel.i18n import LANGUAGES
from chatbox.kernel.web import Admin, Me, Person, identify, service
from chatbox.kernel.wire import Page, Paging

_COOKIE_PATH = "/"
_REFRESH_COOKIE_PATH = "/api/v1/auth"  # the only place that reads it

router = APIRouter()
_auth = APIRouter(prefix="/auth", tags=["auth"])
_admin = APIRouter(prefix="/admin", tags=["admin"])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a list a page starts, and how long it is."""

    beyond: UUID | None
    limit: int


def _place(paging: Annotated[Paging, Query()]) -> _Place:
    try:
        return _Place(UUID(paging.cursor) if paging.cursor else None, paging.limit)
    except ValueError as error:
        raise InvalidRequest from error


def _visitor(request: Request) -> Visitor:
    return Visitor.at(request.client.host if request.client else None, request.headers.get("user-agent"))


From = Annotated[Visitor, Depends(_visitor)]
Place = Annotated[_Place, Depends(_place)]
AccountsService = Annotated[Accounts, Depends(service(Accounts))]
SignInsService = Annotated[SignIns, Depends(service(SignIns))]
ApiKeysService = Annotated[ApiKeys, Depends(service(ApiKeys))]
AdministrationService = Annotated[Administration, Depends(service(Administration))]
OwnSite = Annotated[Site, Depends(service(Site))]


def _own_page(request: Request, site: OwnSite) -> None:
    """Another site must not sign its visitors in or out here. Programs, which send no origin, may."""
    refuse_foreign_page(request, site)


def _acting(principal: Admin, visitor: From) -> ActingAdmin:
    return ActingAdmin(principal.id, principal.email, visitor.address)


Acting = Annotated[ActingAdmin, Depends(_acting)]


@_auth.get("/status")
async def status(accounts: AccountsService) -> StatusOut:
    standing = await accounts.standing()
    return StatusOut(
        registration_open=standing.is_registration_open,
        has_accounts=standing.has_accounts,
        languages=list(LANGUAGES),
    )


@_auth.post("/register", status_code=201, dependencies=[Depends(_own_page)])
async def register(
    body: RegisterIn, visitor: From, accounts: AccountsService, *, request: Request, response: Response, site: OwnSite
) -> SignedInOut:
    name = body.name or body.email.partition("@")[0]
    signed_in = await accounts.register(Registration(body.email, name, body.password), visitor)
    return _hand_over(signed_in, response, accounts.sign_ins, is_secure=_is_secure(request, site))


@_auth.post("/login", dependencies=[Depends(_own_page)])
async def login(
    body: LoginIn, visitor: From, accounts: AccountsService, *, request: Request, response: Response, site: OwnSite
) -> SignedInOut:
    signed_in = await accounts.sign_in(body.email, body.password, visitor)
    return _hand_over(signed_in, response, accounts.sign_ins, is_secure=_is_secure(request, site))


@_auth.post("/refresh", dependencies=[Depends(_own_page)])
async def refresh(
    request: Request,
    response: Response,
    visitor: From,
    *,
    sign_ins: SignInsService,
    site: OwnSite,
    body: RefreshIn | None = None,
) -> SignedInOut:
    signed_in = await sign_ins.refresh(_refresh_token(request, body), visitor)
    return _hand_over(signed_in, response, sign_ins, is_secure=_is_secure(request, site))


@_auth.post("/logout", status_code=204, dependencies=[Depends(_own_page)])
async def logout(
    request: Request, response: Response, sign_ins: SignInsService, *, site: OwnSite, body: RefreshIn | None = None
) -> None:
    """Works with whatever of the two tokens is left, and is fine with none."""
    token = _refresh_token(request, body)
    if token:
        await sign_ins.sign_out_with(token)
    try:
        caller = await identify(request)
    except NotSignedIn:
        caller = None
    if caller is not None:
        if caller.sign_in_id is None:
            raise NotAllowed
        await sign_ins.sign_out(caller.id, caller.sign_in_id)
    is_secure = _is_secure(request, site)
    response.delete_cookie(ACCESS_COOKIE, _COOKIE_PATH, httponly=True, samesite="lax", secure=is_secure)
    response.delete_cookie(REFRESH_COOKIE, _REFRESH_COOKIE_PATH, httponly=True, samesite="strict", secure=is_secure)


@_auth.get("/me")
async def read_me(me: Me, accounts: AccountsService) -> UserOut:
    return UserOut.model_validate(await accounts.person(me.id))


@_auth.patch("/me")
async def change_me(patch: ProfilePatch, me: Person, accounts: AccountsService) -> UserOut:
    name = patch.name or me.name
    language = patch.language if "language" in patch.model_fields_set else me.language
    return UserOut.model_validate(await accounts.change_profile(me.id, name=name, language=language))


@_auth.post("/password", status_code=204)
async def change_password(change: PasswordChange, me: Person, accounts: AccountsService) -> None:
    assert me.sign_in_id is not None  # what `Person` means
    await accounts.change_password(me.id, me.sign_in_id, current=change.current_password, new=change.new_password)


@_auth.get("/sign-ins")
async def list_sign_ins(me: Person, place: Place, sign_ins: SignInsService) -> Page[SignInOut]:
    rows, next_cursor = _cut(await sign_ins.list(me.id, place.beyond, place.limit + 1), place.limit)
    items = [
        SignInOut(
            id=row.id,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            user_agent=row.user_agent,
            address=row.address,
            is_current=row.id == me.sign_in_id,
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=next_cursor)


@_auth.delete("/sign-ins/{sign_in_id}", status_code=204)
async def revoke_sign_in(sign_in_id: UUID, me: Person, sign_ins: SignInsService) -> None:
    await sign_ins.revoke(me.id, sign_in_id)


@_auth.get("/api-keys")
async def list_api_keys(me: Person, place: Place, api_keys: ApiKeysService) -> Page[ApiKeyOut]:
    rows, next_cursor = _cut(await api_keys.list(me.id, place.beyond, place.limit + 1), place.limit)
    return Page(items=[ApiKeyOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@_auth.post("/api-keys", status_code=201)
async def create_api_key(body: ApiKeyNew, me: Person, api_keys: ApiKeysService, response: Response) -> ApiKeyMade:
    row, key = await api_keys.create(me.id, WantedKey(body.name, body.scopes, body.expires_at))
    _keep_out_of_caches(response)
    return ApiKeyMade(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@_auth.delete("/api-keys/{api_key_id}", status_code=204)
async def delete_api_key(api_key_id: UUID, me: Person, api_keys: ApiKeysService) -> None:
    await api_keys.delete(me.id, api_key_id)


@_admin.get("/users")
async def list_users(_: Admin, place: Place, administration: AdministrationService) -> Page[UserOut]:
    rows, next_cursor = _cut(await administration.people(place.beyond, place.limit + 1), place.limit)
    return Page(items=[UserOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@_admin.patch("/users/{user_id}")
async def change_user(
    user_id: UUID, patch: UserPatch, acting: Acting, administration: AdministrationService
) -> UserOut:
    user = await administration.change_person(acting, user_id, role=patch.role, status=patch.status)
    return UserOut.model_validate(user)


@_admin.delete("/users/{user_id}", status_code=204)
async def delete_user(user_id: UUID, acting: Acting, administration: AdministrationService) -> None:
    await administration.delete_person(acting, user_id)


@_admin.get("/settings")
async def read_settings(_: Admin, administration: AdministrationService) -> ServerSettingsOut:
    return await _settings(administration)


@_admin.patch("/settings")
async def change_settings(
    patch: ServerSettingsPatch, acting: Acting, administration: AdministrationService
) -> ServerSettingsOut:
    given = patch.model_dump(exclude_unset=True)
    limits: dict[LimitName, int | None] = {name: given[name] for name in get_args(LimitName) if name in given}
    await administration.limit_files(acting, limits)
    if patch.registration_open is not None:
        await administration.set_registration(acting, is_open=patch.registration_open)
    return await _settings(administration)


@_admin.get("/audit-log")
async def read_audit_log(_: Admin, place: Place, administration: AdministrationService) -> Page[AuditEntryOut]:
    rows, next_cursor = _cut(await administration.audit_log(place.beyond, place.limit + 1), place.limit)
    return Page(items=[AuditEntryOut.model_validate(row) for row in rows], next_cursor=next_cursor)


router.include_router(_auth)
router.include_router(_admin)


async def _settings(administration: Administration) -> ServerSettingsOut:
    limits = await administration.chosen_limits()
    return ServerSettingsOut(
        registration_open=await administration.is_registration_open(),
        upload_limit_mb=limits.upload_limit_mb,
        file_quota_mb=limits.file_quota_mb,
        defaults=FileLimitsOut.model_validate(administration.file_limits),
    )


def _refresh_token(request: Request, body: RefreshIn | None) -> str | None:
    """From the body, or from the browser's cookie."""
    return (body.refresh_token if body else None) or request.cookies.get(REFRESH_COOKIE)


def _is_secure(request: Request, site: Site) -> bool:
    return site.is_https or request.url.scheme == "https"


def _hand_over(signed_in: SignedIn, response: Response, sign_ins: SignIns, *, is_secure: bool) -> SignedInOut:
    """The tokens in the body for programs, and in cookies that scripts cannot read for browsers."""
    response.set_cookie(
        ACCESS_COOKIE,
        signed_in.access_token,
        max_age=signed_in.expires_in,
        path=_COOKIE_PATH,
        httponly=True,
        samesite="lax",
        secure=is_secure,
    )
    response.set_cookie(
        REFRESH_COOKIE,
        signed_in.refresh_token,
        max_age=int(sign_ins.unused_life.total_seconds()),
        path=_REFRESH_COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=is_secure,
    )
    _keep_out_of_caches(response)
    return SignedInOut.model_validate(signed_in)


def _keep_out_of_caches(response: Response) -> None:
    response.headers["cache-control"] = "no-store"  # RFC 6749 §5.1


class _Row(Protocol):
    @property
    def id(self) -> UUID: ...


Row = TypeVar("Row", bound=_Row)


def _cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """`rows` was read one longer than the page, to know whether another page follows."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], str(rows[limit - 1].id)
