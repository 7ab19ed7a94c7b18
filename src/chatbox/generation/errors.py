"""What can be refused about asking a model."""

from chatbox.kernel.errors import AppError


class EmptyMessage(AppError):
    code = "empty_message"
    status = 422


class MessageTooLong(AppError):
    code = "message_too_long"
    status = 413


class TooManyFiles(AppError):
    code = "too_many_files"
    status = 422


class TooManyToolRounds(AppError):
    """The model asks for tools again and again; what it did so far is kept."""

    code = "too_many_tool_rounds"
    status = 500


class TooManyWaiting(AppError):
    code = "too_many_waiting"
    status = 429


class NothingToAnswer(AppError):
    """The message has no question above it."""

    code = "nothing_to_answer"
    status = 409


class NothingToContinue(AppError):
    code = "nothing_to_continue"
    status = 409


class ToolNotWaiting(AppError):
    code = "tool_not_waiting"
    status = 409


class AnswerTooLong(AppError):
    code = "answer_too_long"
    status = 500


class BadFrame(AppError):
    code = "bad_frame"
    status = 422


class FrameTooLarge(AppError):
    code = "frame_too_large"
    status = 413
