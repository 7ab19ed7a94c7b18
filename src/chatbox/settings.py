"""Every setting of the server, read once from `CHATBOX_*` environment variables or a `.env` file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_data_dir() -> Path:
    return Path.home() / ".local" / "share" / "chatbox"


class Settings(BaseSettings):
    """What an operator can choose; `docs/running/settings.md` is made from these descriptions."""

    model_config = SettingsConfigDict(env_prefix="CHATBOX_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Annotated[Path, Field(description="Folder that holds everything the embedded parts keep.")] = Field(
        default_factory=_default_data_dir
    )
    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 picks a free one.")] = 8080
    public_url: Annotated[
        str | None,
        Field(description="The address people use, when a proxy stands in front; `https://` turns on secure cookies."),
    ] = None
    trusted_proxies: Annotated[
        str,
        Field(description="Addresses of reverse proxies whose `X-Forwarded-*` headers are believed, comma-separated."),
    ] = "127.0.0.1"
    database_url: Annotated[
        SecretStr | None, Field(description="`postgresql://…` of your own server; empty starts the embedded one.")
    ] = None
    database_pool_size: Annotated[int, Field(ge=1, le=200, description="Connections in the pool of one process.")] = 10
    redis_url: Annotated[
        SecretStr | None, Field(description="`redis://…` to carry events between several instances.")
    ] = None
    s3_bucket: Annotated[
        str | None,
        Field(
            description="Bucket that keeps the files of people; made if it is not there and the key may make it. Empty "
            "keeps them in the data folder."
        ),
    ] = None
    s3_endpoint: Annotated[
        str | None, Field(description="`http(s)://…` of MinIO or another server that speaks S3; empty means AWS.")
    ] = None
    s3_public_endpoint: Annotated[
        str | None, Field(description="The same server as browsers reach it, when that address is another one.")
    ] = None
    s3_access_key: Annotated[str | None, Field(description="Access key for the bucket.")] = None
    s3_secret_key: Annotated[SecretStr | None, Field(description="Secret key for the bucket.")] = None
    s3_region: Annotated[str, Field(description="Region of the bucket.")] = "us-east-1"
    upload_limit_mb: Annotated[
        int,
        Field(
            ge=1,
            le=100_000,
            description="How large one file may be, in MB (2²⁰ bytes), as long as no admin chooses otherwise.",
        ),
    ] = 10
    file_quota_mb: Annotated[
        int,
        Field(
            ge=1,
            le=10_000_000,
            description="How much all files of one person may take, in MB, as long as no admin chooses otherwise.",
        ),
    ] = 1000
    readers: Annotated[int, Field(ge=1, le=64, description="How many files are read at the same time.")] = 2
    ocr: Annotated[
        Literal["rapidocr", "tesseract", "off"],
        Field(description="What reads the text in pictures: RapidOCR (in the extra `ocr`), Tesseract, or nothing."),
    ] = "rapidocr"
    secret_key: Annotated[
        SecretStr | None,
        Field(
            min_length=32,
            description="Key that signs tokens and encrypts stored keys: at least 32 characters, the same on every "
            "instance. Empty: made at the first start and kept in the data folder, or in an external database.",
        ),
    ] = None
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="How much is logged.")] = (
        "info"
    )
    access_token_minutes: Annotated[int, Field(ge=1, le=1440, description="Life of an access token.")] = 15
    refresh_token_days: Annotated[int, Field(ge=1, le=365, description="Life of a sign-in that is not used.")] = 30
    shutdown_seconds: Annotated[
        int,
        Field(
            ge=0, le=600, description="How long running answers may go on after SIGTERM before they are interrupted."
        ),
    ] = 20
    log_retention_minutes: Annotated[
        int, Field(ge=60, description="How long the event log of an answer is kept after it ended.")
    ] = 120
    local_model: Annotated[
        str | None, Field(description="Built-in model to offer first; empty offers what is in the data folder.")
    ] = None
    scripted_model: Annotated[
        bool, Field(description="Offer the scripted demo model (for demonstrations and tests).")
    ] = False
