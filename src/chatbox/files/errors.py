"""What can be refused about files, and what can be wrong with one."""

from chatbox.files.parsers.document import ReadFailed
from chatbox.kernel.errors import AppError


class FileNotFound(AppError):
    code = "file_not_found"
    status = 404


class FileTooLarge(AppError):
    code = "file_too_large"
    status = 413


class FileQuotaReached(AppError):
    code = "file_quota_reached"
    status = 413


class FilePartMissing(AppError):
    """A form without a part named `file` that carries a file."""

    code = "file_part_missing"
    status = 422


class BadForm(AppError):
    """A body that is not the multipart form that it should be, or ends too early."""

    code = "bad_form"
    status = 422


class UploadBroken(AppError):
    """The sender went away, or sent nothing for too long, before everything was here."""

    code = "upload_broken"
    status = 408


class TooManyUploads(AppError):
    code = "too_many_uploads"
    status = 429


class UploadNotFound(AppError):
    """There is no such upload, or it has expired."""

    code = "upload_not_found"
    status = 404


class UploadOffsetWrong(AppError):
    """The piece does not begin where the upload stands; another connection may be sending too."""

    code = "upload_offset_wrong"
    status = 409


class UploadTypeWrong(AppError):
    code = "upload_type_wrong"
    status = 415


class UploadHeaderWrong(AppError):
    """A header that uploading needs is missing, or says what cannot be."""

    code = "upload_header_wrong"
    status = 400


class UploadInTooManyParts(AppError):
    """It came in so many small pieces that it is not worth keeping."""

    code = "upload_in_too_many_parts"
    status = 409


class TusVersionUnsupported(AppError):
    code = "tus_version_unsupported"
    status = 412


class DirectUploadNotOffered(AppError):
    code = "direct_upload_not_offered"
    status = 409


class UploadNotAsDeclared(AppError):
    """What arrived has another size, type or hash than was said before."""

    code = "upload_not_as_declared"
    status = 422


class UploadNotArrived(AppError):
    """Nothing is there yet of what was to be sent straight to the storage."""

    code = "upload_not_arrived"
    status = 409


class FileNotRead(AppError):
    """There is no text: it is still being read, or could not be."""

    code = "file_not_read"
    status = 409


class FileContentMissing(AppError):
    """The file is known, and its bytes are not in the storage."""

    code = "file_content_missing"
    status = 404


class LinkExpired(AppError):
    """A signed address whose time is over, or that was changed."""

    code = "link_expired"
    status = 403


class RangeNotSatisfiable(AppError):
    code = "range_not_satisfiable"
    status = 416


class FileReadingStopped(ReadFailed):
    """Its owner stopped it."""

    code = "file_reading_stopped"
