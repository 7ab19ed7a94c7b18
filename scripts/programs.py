"""Finds the programs that tests drive and no package registry has, and installs Debian's where nobody need be asked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chinese screenshots need a font that has the characters.
DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk", "tesseract-ocr", "tesseract-ocr-chi-sim")
INSTALL_SECONDS = 900
ADVICE = """The browser tests need Chromium, and there is none on this machine. Either

    apt-get install chromium fonts-noto-cjk        (Debian; as root `make test` does this itself)

or install Chromium or Chrome in another way and name it: CHATBOX_TEST_BROWSER=/path/to/chromium make test"""


def find() -> Path | None:
    """The browser that `CHATBOX_TEST_BROWSER` names, else the first known one in the search path."""
    if named := os.environ.get("CHATBOX_TEST_BROWSER"):
        return Path(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def main() -> int:
    """Exit code 0 when there is a browser in the end. Tesseract is an alternative: without it its tests are skipped."""
    is_complete = find() is not None and shutil.which("tesseract") is not None
    if not is_complete and shutil.which("apt-get") and os.geteuid() == 0:
        install()
    if find() is None:
        print(ADVICE, file=sys.stderr)
        return 1
    return 0


def install() -> None:
    """Ask Debian's package tool; what it cannot do is told by its own words and by the advice that follows."""
    surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *DEBIAN_PACKAGES]):
        subprocess.run(["apt-get", "-q", *command], env=surroundings, check=False, timeout=INSTALL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
