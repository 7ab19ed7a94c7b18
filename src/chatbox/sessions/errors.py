"""What can be refused about sessions and messages."""

from chatbox.kernel.errors import AppError


class SessionNotFound(AppError):
    code = "session_not_found"
    status = 404


class MessageNotFound(AppError):
    code = "message_not_found"
    status = 404


class MessageStillRunning(AppError):
    """Something at or below the message is being written; it must be stopped first."""

    code = "message_still_running"
    status = 409


class BadCursor(AppError):
    code = "bad_cursor"
    status = 422


class TooManySessions(AppError):
    code = "too_many_sessions"
    status = 409


class TooManyMessages(AppError):
    code = "too_many_messages"
    status = 409
