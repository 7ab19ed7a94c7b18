"""The built-in model's own process: llama.cpp's HTTP server on loopback, which lives only while its parent does.

Run as `python -m chatbox.providers.local_server MODEL_PATH --slots 2 --slot-tokens 4096 --threads 2` with the key that
clients must show in the environment. It writes one JSON line to standard output, `{"url": …}` once the model is loaded
or `{"error": …}`, and ends when its standard input does. A crash or lack of memory in here never reaches the server.
"""

import argparse
import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

KEY_VARIABLE = "LOCAL_MODEL_SERVER_KEY"
MODEL_ALIAS = "built-in"

_NICENESS = 10  # tokens of other streams, and the database, come first
_OOM_SCORE = 500  # of 1000: short of memory, the system ends this process before the database or the server
_BATCH_TOKENS = 512
_MICRO_BATCH_TOKENS = 256  # as fast as 512 here, with half the compute buffer
_PROMPT_CACHE_MIB = 128  # of prompts that left their slot: some 10,000 tokens of a 0.5B model
_HTTP_THREADS = 8  # more than slots: an answer that was stopped holds its thread until llama.cpp notices
_PING_S = 10  # a comment on the stream while a long prompt is read, so that no client takes silence for death

# How long OpenMP threads spin for each other. The default halves the speed as soon as another program is busy (15
# against 25 tokens a second on two cores), not spinning at all costs as much on a quiet machine (30 against 50).
_SPIN_COUNT = "300"


def main() -> None:
    """Load the model, say where it is served, and stay until the parent is gone."""
    options = _read_arguments()
    key = os.environ.pop(KEY_VARIABLE, "")
    if not key:
        raise SystemExit(f"{KEY_VARIABLE} is not set")
    watch = threading.Thread(target=_leave_with_parent, daemon=True)
    watch.start()
    report = _take_standard_output()
    _step_back()
    try:
        server = _serve(options, key)
    except RuntimeError as error:
        os.write(report, json.dumps({"error": str(error)}).encode() + b"\n")
        os._exit(1)
    os.write(report, json.dumps({"url": server.listening_address}).encode() + b"\n")
    os.close(report)
    watch.join()


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve one model file on loopback.")
    parser.add_argument("model_path", type=Path)
    parser.add_argument("--slots", type=int, required=True, help="answers at once")
    parser.add_argument("--slot-tokens", type=int, required=True, help="prompt and answer of one slot, in tokens")
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


def _leave_with_parent() -> NoReturn:
    """Standard input is a pipe that the parent holds: it ends when the parent closes it or dies, however it dies."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def _take_standard_output() -> int:
    """The real standard output, for our one line alone: whatever else is printed goes to standard error."""
    report = os.dup(1)
    os.dup2(2, 1)
    return report


def _step_back() -> None:
    """Be the first to wait for a processor, and the first to go when memory ends."""
    os.nice(_NICENESS)
    with suppress(OSError):  # Linux only, and not in every container
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE), encoding="ascii")


def _serve(options: argparse.Namespace, key: str) -> Any:
    """A running server. Raises RuntimeError if the file cannot be loaded; llama.cpp's reason is on standard error."""
    os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)
    import xllamacpp  # noqa: PLC0415 - 100 MB of native code that only this process needs; it reads the line above as it loads

    params = xllamacpp.CommonParams()
    params.model.path = str(options.model_path)
    params.model_alias = {MODEL_ALIAS}
    params.n_parallel = options.slots
    params.n_ctx = options.slots * options.slot_tokens
    params.n_batch = _BATCH_TOKENS
    params.n_ubatch = _MICRO_BATCH_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    params.n_threads_http = _HTTP_THREADS
    params.cache_prompt = True
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.sse_ping_interval = _PING_S
    params.use_jinja = True  # the chat template that is in the model's own file
    params.api_keys = [key]
    params.cors_origins = ""
    params.ui = params.endpoint_slots = params.endpoint_metrics = params.endpoint_props = False
    params.offline = True
    params.verbosity = 0
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
