"""What the doctor finds on a machine, good and bad."""

import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.app import app_settings
from tests.support.bad_s3 import Answer, bad_s3
from tests.support.objects import keys_of
from tests.support.process import free_port
from tests.support.redis_server import redis_server
from tests.support.s3_server import OwnBucket, S3Address

from chatbox.doctor import Finding, examine
from chatbox.files.ocr_trial import WORDS
from chatbox.kernel.clock import utc_now
from chatbox.kernel.storage.s3_browsers import set_rule
from chatbox.migrations.migrate import migrate


async def found(data_dir: Path, database_url: str, **more: Any) -> dict[str, Finding]:
    return {finding.what: finding for finding in await examine(app_settings(data_dir, database_url, **more))}


async def test_a_good_machine_has_nothing_serious(tmp_path: Path, fresh_database: str) -> None:
    findings = await found(tmp_path, fresh_database)

    assert not [finding for finding in findings.values() if finding.is_serious and not finding.is_fine]
    assert findings["postgres"].says.startswith("18")
    assert findings["extensions"].is_fine
    assert findings["schema"].says == "up to date"
    assert "redis" not in findings


async def test_an_empty_database_is_migrated_at_the_next_start(
    tmp_path: Path, postgres_server: Any, migrated_template: str
) -> None:
    findings = await found(tmp_path, postgres_server.url("postgres"))

    assert (findings["schema"].is_fine, findings["schema"].is_serious) == (False, False)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:{port}/none",
        "mysql://somewhere",
        "postgresql://[broken",
        "postgresql://u@127.0.0.1:port/x",
        "",
    ],
)
async def test_a_database_that_cannot_be_used_is_serious(tmp_path: Path, url: str) -> None:
    findings = await found(tmp_path, url.replace("{port}", str(free_port())) or "x")

    assert not findings["postgres"].is_fine
    assert findings["postgres"].is_serious
    assert findings["postgres"].says


async def test_a_data_folder_that_cannot_be_written_is_serious(tmp_path: Path, fresh_database: str) -> None:
    (tmp_path / "file").write_text("in the way")

    findings = await found(tmp_path / "file" / "data", fresh_database)

    assert not findings["data folder"].is_fine
    assert findings["data folder"].is_serious


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_taken_port_is_noticed(tmp_path: Path, fresh_database: str, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        findings = await found(tmp_path, fresh_database, host=host, port=port)

    assert not findings[f"port {port}"].is_fine
    assert "CHATBOX_PORT" in findings[f"port {port}"].says


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "no such host"])
async def test_a_port_that_nobody_listens_on_is_free(tmp_path: Path, fresh_database: str, host: str) -> None:
    port = free_port()

    assert (await found(tmp_path, fresh_database, host=host, port=port))[f"port {port}"].is_fine


async def test_redis_is_looked_at_when_it_is_wanted(tmp_path: Path, fresh_database: str) -> None:
    with redis_server(tmp_path / "redis") as redis:
        there = await found(tmp_path, fresh_database, redis_url=SecretStr(redis.url))
    gone = await found(tmp_path, fresh_database, redis_url=SecretStr(redis.url))
    nonsense = await found(tmp_path, fresh_database, redis_url=SecretStr("http://somewhere"))

    assert there["redis"].is_fine
    for findings in (gone, nonsense):
        assert (findings["redis"].is_fine, findings["redis"].is_serious) == (False, False)


async def test_the_folder_of_the_files_is_looked_at(tmp_path: Path, fresh_database: str) -> None:
    at_first = (await found(tmp_path, fresh_database))["files"]
    (tmp_path / "files").mkdir()
    later = (await found(tmp_path, fresh_database))["files"]
    (tmp_path / "files").rmdir()
    (tmp_path / "files").write_text("in the way")
    blocked = (await found(tmp_path, fresh_database))["files"]

    assert (at_first.is_fine, later.is_fine, blocked.is_fine) == (True, True, False)
    assert "made at the next start" in at_first.says
    assert "GB free" in later.says
    assert blocked.is_serious


async def test_a_bucket_is_tried_with_an_object(tmp_path: Path, fresh_database: str, s3_bucket: OwnBucket) -> None:
    finding = (await found(tmp_path, fresh_database, **s3_bucket.settings))["bucket"]

    assert (finding.is_fine, finding.says) == (True, "takes objects and gives them back")
    assert await keys_of(s3_bucket.storage) == []


async def test_a_bucket_is_looked_at_as_browsers_reach_it(
    tmp_path: Path, fresh_database: str, s3_bucket: OwnBucket
) -> None:
    here = await found(tmp_path, fresh_database, **s3_bucket.settings)
    public = f"http://localhost:{free_port()}"
    elsewhere = await found(tmp_path, fresh_database, **s3_bucket.settings, s3_public_endpoint=public)
    behind_tls = await found(tmp_path, fresh_database, **s3_bucket.settings, public_url="https://chat.example.org")

    assert (here["bucket links"].is_fine, here["bucket links"].says) == (
        True,
        f"browsers get files from {s3_bucket.server.url}",
    )
    assert elsewhere["bucket"].is_fine
    for findings in (elsewhere, behind_tls):
        links = findings["bucket links"]
        assert (links.is_fine, links.is_serious) == (False, False)
        assert "CHATBOX_S3_PUBLIC_ENDPOINT" in links.says
    assert public in elsewhere["bucket uploads"].says


async def test_a_bucket_without_a_rule_for_pages_is_fine_and_says_how_to_set_one(
    tmp_path: Path, fresh_database: str, s3_bucket: OwnBucket
) -> None:
    before = (await found(tmp_path, fresh_database, **s3_bucket.settings))["bucket uploads"]
    await set_rule(s3_bucket.server.bucket(s3_bucket.name), s3_bucket.server.signer, utc_now, ["https://a.example"])
    own = {**s3_bucket.settings, "public_url": "https://a.example/chat"}
    after = (await found(tmp_path, fresh_database, **own))["bucket uploads"]

    assert (before.is_fine, "chatbox storage cors" in before.says) == (True, True)
    assert after.says == "pages at https://a.example may send straight to the bucket"


async def test_a_bucket_that_cannot_be_used_is_serious(
    tmp_path: Path, fresh_database: str, s3_server: S3Address
) -> None:
    there = s3_server.settings("nobody-made-it")
    missing = (await found(tmp_path, fresh_database, **there))["bucket"]
    still_missing = (await found(tmp_path, fresh_database, **there))["bucket"]
    refused = (await found(tmp_path, fresh_database, **{**there, "s3_secret_key": SecretStr("wrong")}))["bucket"]
    async with bad_s3(lambda request: Answer(200 if "list-type" in request.target else 403)) as server:
        read_only = (await found(tmp_path, fresh_database, **{**there, "s3_endpoint": server.url}))["bucket"]

    assert (missing.is_fine, missing) == (True, still_missing)
    assert (refused.is_fine, refused.is_serious) == (False, True)
    assert "CHATBOX_S3_SECRET_KEY" in refused.says
    assert (read_only.is_fine, read_only.is_serious) == (False, True)
    assert "403" in read_only.says


async def test_ocr_is_tried_with_a_picture(tmp_path: Path, fresh_database: str) -> None:
    off = (await found(tmp_path, fresh_database))["ocr"]
    on = (await found(tmp_path, fresh_database, ocr="rapidocr"))["ocr"]

    assert (off.is_fine, "CHATBOX_OCR" in off.says) == (True, True)
    assert (on.is_fine, on.says) == (True, "rapidocr reads English and Chinese")


@pytest.mark.parametrize(
    ("languages", "is_fine", "says"),
    [
        ("eng chi_sim osd", True, "tesseract reads chi_sim, eng"),
        ("eng", False, "tesseract reads eng; for chi_sim: `apt install tesseract-ocr-chi-sim`"),
        ("osd", False, "apt install tesseract-ocr-eng"),
        (None, False, "tesseract is not installed"),
    ],
)
async def test_tesseract_is_looked_for_with_its_languages(
    tmp_path: Path,
    fresh_database: str,
    monkeypatch: pytest.MonkeyPatch,
    languages: str | None,
    is_fine: bool,
    says: str,
) -> None:
    stand_in_for_tesseract(tmp_path / "bin", languages)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/sbin" if languages else str(tmp_path / "bin"))

    finding = (await found(tmp_path, fresh_database, ocr="tesseract"))["ocr"]

    assert (finding.is_fine, finding.is_serious) == (is_fine, False)
    assert says in finding.says


async def test_ocr_that_reads_something_else_is_told(
    tmp_path: Path, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_tesseract(tmp_path / "bin", "eng", words="Rcad mc")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")

    finding = (await found(tmp_path, fresh_database, ocr="tesseract"))["ocr"]

    assert not finding.is_fine
    assert "could not read" in finding.says


def stand_in_for_tesseract(folder: Path, languages: str | None, words: str = WORDS) -> None:
    """A program in the place of Tesseract, which knows these languages and reads these words in any picture."""
    folder.mkdir()
    if languages is not None:
        program = folder / "tesseract"
        program.write_text(
            f'#!/bin/sh\n[ "$1" = --list-langs ] && echo {languages} || {{ cat >/dev/null; echo {words}; }}\n'
        )
        program.chmod(0o755)


async def test_a_missing_model_is_no_obstacle_and_says_how_to_get_it(tmp_path: Path, fresh_database: str) -> None:
    finding = (await found(tmp_path, fresh_database))["built-in model"]

    assert (finding.is_fine, finding.is_serious) == (False, False)
    assert "chatbox models pull" in finding.says


async def test_looking_changes_nothing(tmp_path: Path, fresh_database: str) -> None:
    await found(tmp_path / "data", fresh_database)

    assert list((tmp_path / "data").iterdir()) == []
    before, now = await migrate(fresh_database)
    assert before == now
