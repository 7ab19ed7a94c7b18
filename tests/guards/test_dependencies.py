"""What comes to other people's machines: licences that allow it, locks that work anywhere, no hidden start code."""

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.guards.sources import ROOT, WEB, refuse

_PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
_ALLOWED_LICENCES = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT",
    "MIT-0", "MIT-CMU", "MPL-2.0", "OFL-1.1", "PSF-2.0", "Unlicense", "Zlib",
    "EPL-2.0",  # asks that changes to its own files are published; elkjs, which lays out diagrams, is shipped unchanged
}  # fmt: skip
# Packages of the page that name their licence only in a file.
_UNDECLARED = {"node_modules/khroma": "MIT"}
# What packages without an SPDX expression write, in SPDX's words.
_IN_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    # It means those of PDFium and what that contains, all of which ask for their notice only.
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause",
}
_PIN = re.compile(r"^(?P<pin>[A-Za-z0-9][^\s\\]*(?: ; [^\\]+?)?) ?\\?$", re.MULTILINE)
_A_HOST = re.compile(r"[a-z]+://|--(?:extra-)?index-url|--find-links|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev)\b")


def test_every_dependency_may_be_given_to_others() -> None:
    refuse(f"{name}: {_licences(name)}" for name in _installed() if not _is_allowed(_licences(name)))


def test_every_package_of_the_page_may_be_given_to_others() -> None:
    packages: dict[str, dict[str, str]] = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    shipped = {
        path: package
        for path, package in packages.items()
        if path and not package.get("dev") and not package.get("link")
    }
    assert shipped
    licences = {path: _words(package.get("license") or _UNDECLARED.get(path, "")) for path, package in shipped.items()}
    refuse(f"{path}: {found}" for path, found in licences.items() if not _is_allowed(found))


def test_no_dependency_runs_code_whenever_python_starts() -> None:
    files = {name: metadata.distribution(name).files or [] for name in _installed()}
    refuse(f"{name}: {file}" for name, listed in files.items() for file in listed if file.suffix == ".pth")


@pytest.mark.parametrize("lock", _PYTHON_LOCKS)
def test_no_lock_names_a_host(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    refuse(f"{lock}:{number}: {line}" for number, line in enumerate(lines, 1) if _A_HOST.search(line))


def test_the_lock_of_the_page_names_no_place_to_install_from() -> None:
    packages: dict[str, dict[str, object]] = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    # A link is a folder of our own.
    refuse(path for path, package in packages.items() if "resolved" in package and not package.get("link"))


@pytest.mark.parametrize("lock", _PYTHON_LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    refuse(block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pins = dict(_pins("requirements-dev.lock"))
    asked = [Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    refuse(str(wish) for wish in asked if not wish.specifier.contains(_version(pins, wish.name), prereleases=True))
    assert dict(_pins("requirements.lock")).items() <= pins.items()


def _pins(lock: str) -> Iterator[tuple[str, str]]:
    for match in _PIN.finditer((ROOT / lock).read_text("utf-8")):
        pin = Requirement(match["pin"])
        yield canonicalize_name(pin.name), str(pin.specifier).removeprefix("==")


def _version(pins: dict[str, str], name: str) -> str:
    return pins.get(canonicalize_name(name), "0")


def _installed() -> list[str]:
    """The packages that `requirements.lock` puts on a machine like this one."""
    wanted = (Requirement(match["pin"]) for match in _PIN.finditer((ROOT / "requirements.lock").read_text("utf-8")))
    return [pin.name for pin in wanted if pin.marker is None or pin.marker.evaluate()]


def _is_allowed(licences: set[str]) -> bool:
    return bool(licences) and licences <= _ALLOWED_LICENCES


def _licences(name: str) -> set[str]:
    about = metadata.metadata(name).json
    if expression := about.get("license_expression"):
        return _words(str(expression))
    classifiers = [line.split(" :: ")[-1] for line in about.get("classifier", []) if line.startswith("License :: ")]
    named = [words for words in classifiers if words != "OSI Approved"] or [str(about.get("license", ""))]
    return set().union(*(_words(_IN_SPDX.get(words, words)) for words in named if words))


def _words(expression: str) -> set[str]:
    """The licences that an SPDX expression names. Of a choice (`OR`) it is enough that one is allowed."""
    both = expression.replace("(", "").replace(")", "").split(" AND ")
    chosen: set[str] = set()
    for part in both:
        choice = set(part.strip().split(" OR "))
        chosen |= choice & _ALLOWED_LICENCES or choice
    return chosen
