"""What accounts, sign-ins, API keys and the admin's pages look like on the wire (CONTRACT §2)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chatbox.accounts.access import Scope
from chatbox.accounts.tables import Role, Status
from chatbox.kernel.wire import Incoming, Moment, Outgoing

Language = Literal["en", "zh-CN"]

_LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_LONGEST_LOCAL_PART = 64
# As in the server's settings.
LARGEST_UPLOAD_LIMIT_MB = 100_000
LARGEST_FILE_QUOTA_MB = 10_000_000


def _refuse_bad_email(text: str) -> str:
    """Only what any address has; whether it receives mail nobody can tell from its letters."""
    local, at, domain = text.rpartition("@")
    is_plausible = at and 0 < len(local) <= _LONGEST_LOCAL_PART and domain and "@" not in local
    if not is_plausible or not text.isprintable() or " " in text:
        raise PydanticCustomError("email_invalid", "not an e-mail address")
    return text


def _refuse_control_characters(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "contains characters that cannot be shown")
    return text


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=_LONGEST_EMAIL),
    AfterValidator(_refuse_bad_email),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_refuse_control_characters),
]
NewPassword = Annotated[str, Field(min_length=8, max_length=256)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=256)]


class RegisterIn(Incoming):
    """Without a `name` the part of the address before the @ is taken."""

    email: Email
    password: NewPassword
    name: Name | None = None


class LoginIn(Incoming):
    email: Email
    password: GivenPassword


class RefreshIn(Incoming):
    """A browser leaves the token out: it is in its cookie."""

    refresh_token: Annotated[str | None, Field(max_length=500)] = None


class ProfilePatch(Incoming):
    """Only the fields that are present change; `language: null` means that of the browser."""

    name: Name | None = None
    language: Language | None = None


class PasswordChange(Incoming):
    current_password: GivenPassword
    new_password: NewPassword


class UserOut(Outgoing):
    id: UUID
    email: str
    name: str
    role: Role
    status: Status
    language: Language | None
    created_at: Moment


class SignedInOut(Outgoing):
    """`expires_in` is the life of the access token in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: int
    user: UserOut


class StatusOut(Outgoing):
    """What the sign-in page needs to know."""

    registration_open: bool
    has_accounts: bool
    languages: list[str]


class SignInOut(Outgoing):
    """`is_current` marks the sign-in that asks."""

    id: UUID
    created_at: Moment
    last_used_at: Moment
    expires_at: Moment
    user_agent: str
    address: str
    is_current: bool


class ApiKeyNew(Incoming):
    name: Name
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_at: AwareDatetime | None = None


class ApiKeyOut(Outgoing):
    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None


class ApiKeyMade(ApiKeyOut):
    """The only time that `key` is shown."""

    key: str


class UserPatch(Incoming):
    """Only the fields that are present change."""

    role: Role | None = None
    status: Status | None = None


class FileLimitsOut(Outgoing):
    """How large one file, and all files of one person, may be; in MB (2²⁰ bytes)."""

    upload_limit_mb: int
    file_quota_mb: int


class ServerSettingsOut(Outgoing):
    """What admins chose. A limit that is null is that of `defaults`, which the server was started with."""

    registration_open: bool
    upload_limit_mb: int | None
    file_quota_mb: int | None
    defaults: FileLimitsOut


class ServerSettingsPatch(Incoming):
    """Only the fields that are present change; a limit that is null goes back to what the server was started with."""

    registration_open: bool | None = None
    upload_limit_mb: Annotated[int | None, Field(ge=1, le=LARGEST_UPLOAD_LIMIT_MB)] = None
    file_quota_mb: Annotated[int | None, Field(ge=1, le=LARGEST_FILE_QUOTA_MB)] = None


class AuditEntryOut(Outgoing):
    """`actor` and `target` are e-mail addresses as they were at the time."""

    id: UUID
    created_at: Moment
    actor_id: UUID | None
    actor: str | None
    action: str
    target: str | None
    address: str | None
    details: dict[str, str]
