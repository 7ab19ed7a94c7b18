"""Brings a built-in model's weights to this machine: resumed, checked against their hash, one fetcher at a time."""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chatbox.providers.weights import (
    CATALOGUE,
    DEFAULT_MODEL,
    Weights,
    WeightsCorrupt,
    WeightsUnavailable,
    WeightsUnknown,
    is_whole,
    record_as_whole,
    sha256_of,
)
from chatbox.providers.weights_sources import Source, SourceFailed, size_of

LOCK_WAIT_S = 3600.0
"""How long a second fetcher waits for the first, which may be on a slow line."""

_LOCK_POLL_S = 0.1
_SPARE_BYTES = 64 * 1024 * 1024  # left free on the disk for everybody else

Progress = Callable[[int, int, str], None]
"""Told of bytes here, bytes in all, and the source they come from."""

PullProgress = Callable[[str, int, int, str], None]
"""As `Progress`, with the model's name first."""


class _WrongBytes(SourceFailed):
    """The source gave a whole file that is not the wanted one."""


def fetch(model: Weights, folder: Path, progress: Progress | None = None) -> Path:
    """The path of the model's file in `folder`, brought there first if need be. Blocks; minutes on a slow line.

    Safe when several processes ask at once: the others wait and find the file. Raises `WeightsUnavailable` with every
    source's reason, or its kind `WeightsCorrupt`; what a cut download brought is kept for the next call.
    """
    target = folder / model.file
    folder.mkdir(parents=True, exist_ok=True)
    with _only_fetcher(model, folder):
        if is_whole(model, folder):
            return target
        partial = folder / f".{model.file}.partial"
        _try_sources(model, partial, progress or _say_nothing)
        partial.replace(target)
        record_as_whole(model, target)
    return target


def pull_models(folder: Path, names: Sequence[str], on_progress: PullProgress | None = None) -> list[Path]:
    """The files of the named models, fetched in turn; the default model's if no name is given. Blocks.

    Raises `WeightsUnknown` before anything is fetched, or whatever `fetch` raises.
    """
    wanted = list(names) or [DEFAULT_MODEL]
    for name in wanted:
        if name not in CATALOGUE:
            raise WeightsUnknown(f"no built-in model is called {name!r}; there are: {', '.join(CATALOGUE)}")
    return [fetch(CATALOGUE[name], folder, _named(name, on_progress)) for name in wanted]


def _try_sources(model: Weights, partial: Path, progress: Progress) -> None:
    """Fill `partial` with the right bytes from the first source that has them."""
    reasons: dict[str, str] = {}
    is_corrupt = False
    for source in model.sources:
        try:
            _require_space(model, source, partial)
            _fill(model, source, partial, progress)
        except SourceFailed as failure:
            reasons[source.label] = str(failure)
            is_corrupt = is_corrupt or isinstance(failure, _WrongBytes)
        else:
            return
    raise (WeightsCorrupt if is_corrupt else WeightsUnavailable)(model.name, reasons)


def _fill(model: Weights, source: Source, partial: Path, progress: Progress) -> None:
    """Let the source finish `partial`. If old bytes may be to blame for a wrong hash, it is asked for all of them."""
    was_begun = size_of(partial) > 0
    while True:
        if size_of(partial) < model.size:
            source.extend(partial, model.size, lambda done: progress(done, model.size, source.label))
        if size_of(partial) == model.size and sha256_of(partial) == model.sha256:
            return
        partial.unlink(missing_ok=True)
        if not was_begun:
            raise _WrongBytes("its file does not have the promised hash")
        was_begun = False


def _require_space(model: Weights, source: Source, partial: Path) -> None:
    needed = model.size - min(size_of(partial), model.size) + source.extra_bytes + _SPARE_BYTES
    free = shutil.disk_usage(partial.parent).free
    if free < needed:
        raise SourceFailed(f"{partial.parent} has {free // 10**6} MB free, {needed // 10**6} MB are needed")


@contextmanager
def _only_fetcher(model: Weights, folder: Path) -> Iterator[None]:
    """Hold the model's lock file. The system lets go of it when the process dies, so no stale lock is left behind."""
    deadline = time.monotonic() + LOCK_WAIT_S
    with (folder / f".{model.file}.lock").open("ab") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise WeightsUnavailable(model.name, {"lock": "another process is fetching it"}) from error
                time.sleep(_LOCK_POLL_S)
        yield


def _named(name: str, on_progress: PullProgress | None) -> Progress:
    if on_progress is None:
        return _say_nothing
    return lambda done, total, source: on_progress(name, done, total, source)


def _say_nothing(_done: int, _total: int, _source: str) -> None:
    return
