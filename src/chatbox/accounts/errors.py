"""Why a sign-in, a registration or a change to an account can be refused."""

from chatbox.kernel.errors import AppError, NotFound, NotSignedIn, TooManyRequests


class WrongCredentials(NotSignedIn):
    """The e-mail address is unknown or the password is wrong; which of the two is never told."""

    code = "wrong_credentials"


class RefreshTokenInvalid(NotSignedIn):
    """The refresh token is missing, malformed, used up, expired or revoked."""

    code = "refresh_token_invalid"


class AccountSuspended(AppError):
    """Told only to someone who knows the password."""

    code = "account_suspended"
    status = 403


class RegistrationClosed(AppError):
    code = "registration_closed"
    status = 403


class EmailTaken(AppError):
    code = "email_taken"
    status = 409


class CurrentPasswordWrong(AppError):
    """403, not 401: the caller is signed in, and a client would answer a 401 by refreshing and asking again."""

    code = "current_password_wrong"
    status = 403


class TooManyAttempts(TooManyRequests):
    """Too many tries for one account or from one address; the text says for how many `seconds` to wait."""

    code = "too_many_attempts"


class PasswordQueueFull(TooManyRequests):
    """More passwords are waiting to be checked than the server takes on at once."""


class SignInNotFound(NotFound):
    code = "sign_in_not_found"


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"


class TooManyApiKeys(AppError):
    code = "too_many_api_keys"
    status = 409


class AdminScopeRefused(AppError):
    """Only an admin's key can have the `admin` scope."""

    code = "admin_scope_refused"
    status = 403


class ExpiryInPast(AppError):
    code = "expiry_in_past"
    status = 422


class UserNotFound(NotFound):
    code = "user_not_found"


class LastAdmin(AppError):
    """The change would leave the server without an active admin."""

    code = "last_admin"
    status = 409


class FileLimitOverQuota(AppError):
    """One file may not be larger than all files of a person together."""

    code = "file_limit_over_quota"
    status = 422
