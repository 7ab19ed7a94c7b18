"""A process that takes a share in an embedded server, run by the tests to be left alone, asked to stop, or killed.

Argument: the server's folder. Writes the server's URL (or the reason why there is none), then waits for its input to
end, gives up its share and ends.
"""

import sys
from pathlib import Path

from chatbox.kernel.postgres import EmbeddedPostgres, PostgresFailed

if __name__ == "__main__":
    server = EmbeddedPostgres(Path(sys.argv[1]), durability="throwaway")
    try:
        print(server.start().url("postgres"), flush=True)
    except PostgresFailed as failure:
        print(f"failed: {failure}", flush=True)
    sys.stdin.read()
    server.stop()
