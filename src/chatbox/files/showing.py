"""A file as it goes over the wire: with fresh addresses, and what is wrong with it in the reader's language."""

from chatbox.files.attached import Attached
from chatbox.files.schemas import FileOut, FileProblem, FileProgress
from chatbox.files.service import Files, OwnFile
from chatbox.kernel.i18n import Texts


async def shown(files: Files, file: OwnFile, texts: Texts, language: str) -> FileOut:
    """The file for its owner."""
    attached = file.attached
    is_under_way = attached.status == "reading" and file.progress_of > 0
    return FileOut(
        id=attached.id,
        filename=attached.filename,
        mime_type=attached.mime_type,
        kind=attached.kind,
        size=attached.size,
        storage_key=attached.storage_key,
        url=await files.url(attached),
        status=attached.status,
        progress=FileProgress(done=file.progress, of=file.progress_of) if is_under_way else None,
        problem=_problem_of(attached, texts, language),
        created_at=file.created_at,
        purpose=file.purpose,
        preview_url=await files.view_url(attached),
        pages=attached.pages,
        characters=attached.characters,
        uses=file.uses,
    )


def _problem_of(attached: Attached, texts: Texts, language: str) -> FileProblem | None:
    code = attached.problem_code
    return FileProblem(code=code, detail=texts.say(f"errors.{code}", language)) if code else None
