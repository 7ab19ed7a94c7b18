"""Looks at everything the server needs on this machine and says what works and what does not."""

import os
import platform
import shutil
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chatbox.database import database_url
from chatbox.files.ocr_trial import Lack, try_ocr
from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.ids import new_id
from chatbox.kernel.storage.port import ObjectMissing
from chatbox.migrations.migrate import newest
from chatbox.object_store import (
    BucketUnusable,
    LinkClosed,
    allowed_pages,
    files_folder,
    look_at_s3_storage,
    open_link,
    page_origin,
    public_origin,
)
from chatbox.providers.weights import installed
from chatbox.settings import Settings

_LEAST_FREE_BYTES = 1024**3
_ANSWER_SECONDS = 5.0
_PROBE = b"chatbox"
_OCR_LACKS: Mapping[Lack, str] = {
    "packages": "rapidocr is not installed: `pip install 'chatbox[ocr]'`, or set CHATBOX_OCR to tesseract or off",
    "models": "the models of rapidocr are missing: `pip install --force-reinstall 'chatbox[ocr]'`",
    "program": "tesseract is not installed: `apt install tesseract-ocr tesseract-ocr-chi-sim`, or set CHATBOX_OCR",
    "languages": "tesseract has no language it can read: `apt install tesseract-ocr-eng tesseract-ocr-chi-sim`",
    "words": "{choice} is there and could not read a small picture ({code}): set CHATBOX_OCR to another, or to off",
}
_PAGE = Path(__file__).parent / "web" / "index.html"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. A serious one that is not fine keeps the server from working."""

    what: str
    is_fine: bool
    says: str
    is_serious: bool = True


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which the server would meet them."""
    findings = [
        Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}"),
        _data_folder(settings.data_dir),
        _disk(settings.data_dir),
        _port(settings),
        Finding("page", _PAGE.is_file(), "built" if _PAGE.is_file() else "not built: run `make run` from a checkout"),
    ]
    findings += await _database(settings)
    findings += await _bucket(settings) if settings.s3_bucket is not None else [_files(files_folder(settings))]
    if settings.redis_url is not None:
        findings.append(await _redis(settings.redis_url.get_secret_value()))
    return [*findings, await _ocr(settings), _local_runtime(), _weights(settings.data_dir)]


def _data_folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding("data folder", False, f"{folder} cannot be written: {error.strerror}")
    return Finding("data folder", True, str(folder))


def _disk(folder: Path) -> Finding:
    existing = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(existing).free
    return Finding("disk", free >= _LEAST_FREE_BYTES, f"{free / 1024**3:.1f} GB free", is_serious=False)


def _port(settings: Settings) -> Finding:
    is_taken = settings.port != 0 and _answers(settings.host, settings.port)
    says = "taken: the server runs already, or set CHATBOX_PORT" if is_taken else "free"
    return Finding(f"port {settings.port}", not is_taken, says, is_serious=False)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


async def _database(settings: Settings) -> list[Finding]:
    kind = "embedded postgres" if settings.database_url is None else "postgres"
    async with AsyncExitStack() as stack:
        try:
            connection = await asyncpg.connect(await database_url(settings, stack), timeout=_ANSWER_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RuntimeError, ValueError) as error:
            return [Finding(kind, False, str(error) or type(error).__name__)]
        try:
            version: str = await connection.fetchval("SHOW server_version")
            names = await connection.fetch(
                "SELECT name FROM pg_available_extensions WHERE name IN ('vector', 'pg_trgm')"
            )
            known = await connection.fetchval("SELECT to_regclass('alembic_version')")
            step = await connection.fetchval("SELECT version_num FROM alembic_version") if known else None
        finally:
            await connection.close()
    missing = {"vector", "pg_trgm"} - {row["name"] for row in names}
    is_newest = step == newest()
    return [
        Finding(kind, True, version),
        Finding("extensions", not missing, f"missing: {', '.join(sorted(missing))}" if missing else "vector, pg_trgm"),
        Finding("schema", is_newest, "up to date" if is_newest else "migrated at the next start", is_serious=False),
    ]


async def _redis(url: str) -> Finding:
    try:
        client = Redis.from_url(url, socket_connect_timeout=_ANSWER_SECONDS, socket_timeout=_ANSWER_SECONDS)
    except ValueError as error:
        return Finding("redis", False, str(error), is_serious=False)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return Finding("redis", False, f"{type(error).__name__}: {error}", is_serious=False)
    finally:
        await client.aclose()
    return Finding("redis", True, "answers")


def _files(folder: Path) -> Finding:
    if not folder.exists():
        return Finding("files", True, f"{folder}, made at the next start")
    try:
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding("files", False, f"{folder} cannot be written: {error.strerror}")
    free = shutil.disk_usage(folder).free
    return Finding("files", True, f"{folder}, {free / 1024**3:.1f} GB free")


async def _bucket(settings: Settings) -> list[Finding]:
    """Stores an object in the bucket, reads it as we and as a browser would, and deletes it again."""
    try:
        storage = await look_at_s3_storage(settings)
        if storage is None:
            return [Finding("bucket", True, f"“{settings.s3_bucket}” is not there; the next start tries to make it")]
        key = f"probes/{new_id()}"
        await storage.put(key, _probe(), mime_type="text/plain")
        read = b"".join([piece async for piece in storage.read(key)])
        link = await storage.link(key, disposition="inline", mime_type="text/plain", seconds=60)
        links = await _links(settings, link)
        await storage.delete([key])
    except BucketUnusable as error:
        return [Finding("bucket", False, str(error))]
    except StorageUnavailable as error:
        return [Finding("bucket", False, f"an object could not be stored, read and deleted: {error.reason}")]
    except ObjectMissing:
        return [Finding("bucket", False, "an object that was stored is not there")]
    return [Finding("bucket", read == _PROBE, "takes objects and gives them back"), links, await _uploads(settings)]


async def _links(settings: Settings, link: str) -> Finding:
    """Whether a signed address opens, as far as that can be seen from here."""
    what, origin = "bucket links", public_origin(settings)
    if page_origin(settings).startswith("https:") and origin.startswith("http:"):
        says = (
            f"a page of https:// shows no pictures from {origin}: give CHATBOX_S3_PUBLIC_ENDPOINT an https:// address"
        )
        return Finding(what, False, says, is_serious=False)
    try:
        if await open_link(link, len(_PROBE)) == _PROBE:
            return Finding(what, True, f"browsers get files from {origin}")
        why = "something else came"
    except LinkClosed as error:
        why = str(error)
    what_to_do = "CHATBOX_S3_PUBLIC_ENDPOINT must be the bucket's server as browsers reach it"
    return Finding(what, False, f"{origin} gives out no files ({why}): {what_to_do}", is_serious=False)


async def _uploads(settings: Settings) -> Finding:
    """Whether a browser may send past the server; our own page sends through it."""
    what, page = "bucket uploads", page_origin(settings)
    try:
        is_allowed = bool(await allowed_pages(settings, [page]))
    except BucketUnusable as error:
        return Finding(what, False, str(error), is_serious=False)
    if is_allowed:
        return Finding(what, True, f"pages at {page} may send straight to the bucket", is_serious=False)
    says = "through the server only; to let programs' pages send straight to the bucket: `chatbox storage cors`"
    return Finding(what, True, says, is_serious=False)


async def _probe() -> AsyncGenerator[bytes]:
    yield _PROBE


async def _ocr(settings: Settings) -> Finding:
    """Whether text in pictures can be read by the chosen means."""
    choice = settings.ocr
    if choice == "off":
        return Finding(
            "ocr", True, "off: CHATBOX_OCR=rapidocr or tesseract reads the text in pictures", is_serious=False
        )
    trial = await try_ocr(choice)
    if trial.lacks is not None:
        says = _OCR_LACKS[trial.lacks].format(choice=choice, code=trial.code or "other words")
        return Finding("ocr", False, says, is_serious=False)
    missing = [name for name in ("eng", "chi_sim") if choice == "tesseract" and name not in trial.languages]
    if missing:
        packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in missing)
        says = f"tesseract reads {', '.join(trial.languages)}; for {' and '.join(missing)}: `apt install {packages}`"
        return Finding("ocr", False, says, is_serious=False)
    languages = ", ".join(trial.languages) or "English and Chinese"
    return Finding("ocr", True, f"{choice} reads {languages}", is_serious=False)


def _local_runtime() -> Finding:
    """The built-in model's runtime needs AVX2 on x86-64."""
    if platform.machine() in {"x86_64", "AMD64"} and sys.platform == "linux":
        has_avx2 = "avx2" in Path("/proc/cpuinfo").read_text()
        return Finding("processor", has_avx2, "AVX2" if has_avx2 else "no AVX2: no built-in model", is_serious=False)
    return Finding("processor", True, platform.machine(), is_serious=False)


def _weights(data_dir: Path) -> Finding:
    names = [model.name for model in installed(data_dir / "models")]
    says = ", ".join(names) if names else "none: `chatbox models pull` fetches it, or add a provider in the page"
    return Finding("built-in model", bool(names), says, is_serious=False)
