"""Runs an S3 server for as long as somebody holds a share in it: `s3_keeper.py FOLDER PROGRAM ARGUMENT…`.

A share is a lock on a file of the folder. Locks go with their processes, so a test run that is killed leaves no server.
"""

import fcntl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_STOP_SECONDS = 10.0


def main(folder: str, *command: str) -> None:
    with Path(folder, "s3.log").open("ab") as output:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        with Path(folder, "shares.lock").open("rb") as shares:
            fcntl.flock(shares, fcntl.LOCK_EX)  # when nobody has a share any more; who comes now waits for the end
            Path(folder, "address.json").unlink(missing_ok=True)
            _stop(server)
    finally:
        server.kill()


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(_STOP_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
