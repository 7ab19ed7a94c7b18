"""Makes the project's own Python environment from a lock file; needs nothing but Python itself (3.11 or newer).

    python3 scripts/environment.py .venv requirements.lock

Runs before anything is installed, so it uses the standard library only.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
UV = "uv>=0.13,<1"
STEP_SECONDS = 900
NO_VENV = """This Python cannot make a virtual environment: its `ensurepip` module is missing.
Debian and Ubuntu keep it in a package of its own; install that one, then try again:

    apt-get install python3-venv

or install uv (https://docs.astral.sh/uv/), which is used instead where it is found."""


class SetupFailed(Exception):
    """Something on this machine is missing; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Make the environment named first, where it is not there yet, and install the lock file named second."""
    environment, lock = Path(arguments[0]).absolute(), arguments[1]
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise SetupFailed(
                f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try PYTHON=python3.12."
            )
        python = interpreter_of(environment)
        if not python.exists():
            make(environment)
        run([uv_in(python), "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", lock])
    except SetupFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        print(f"This step failed (exit {failure.returncode}): {' '.join(failure.cmd)}", file=sys.stderr)
        print("If it fails again without a reason that you can see, `make clean` starts afresh.", file=sys.stderr)
        return 1
    return 0


def interpreter_of(environment: Path) -> Path:
    """Where the interpreter of a virtual environment is on this system."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make(environment: Path) -> None:
    """Make an empty environment with the standard library's `venv`, else with an installed uv or virtualenv."""
    try:
        import ensurepip  # noqa: F401 - Debian's Python lacks it
    except ImportError:
        make_without_ensurepip(environment)
    else:
        run([sys.executable, "-m", "venv", str(environment)])


def make_without_ensurepip(environment: Path) -> None:
    """What is left on a Python that Debian has cut down: uv, virtualenv, or a pip that works from outside."""
    if uv := shutil.which("uv"):
        run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
    elif has_module("virtualenv"):
        run([sys.executable, "-m", "virtualenv", "--quiet", str(environment)])
    elif has_module("pip"):
        run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
        run([sys.executable, "-m", "pip", "--python", str(interpreter_of(environment)), "install", "--quiet", UV])
    else:
        raise SetupFailed(NO_VENV)


def has_module(name: str) -> bool:
    """Whether this interpreter can run `python -m name`."""
    done = subprocess.run([sys.executable, "-m", name, "--version"], capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def uv_in(python: Path) -> str:
    """The environment's own uv, which is put there when it is missing; make's other steps use it too."""
    own = python.with_name("uv.exe" if os.name == "nt" else "uv")
    if not own.exists():
        outer = shutil.which("uv")
        installer = (
            [outer, "pip", "install", "--python", str(python)] if outer else [str(python), "-m", "pip", "install"]
        )
        run([*installer, "--quiet", UV])
    return str(own)


def run(command: list[str]) -> None:
    """Run one step with the machine's own package index; its output is the user's."""
    subprocess.run(command, check=True, timeout=STEP_SECONDS, env=surroundings())


def surroundings() -> dict[str, str]:
    """The environment for a step: uv reads no settings of pip, so a mirror that pip knows is passed on."""
    mirror = os.environ.get("PIP_INDEX_URL", "")
    passed_on = {"UV_PYTHON_DOWNLOADS": "never", **({"UV_DEFAULT_INDEX": mirror} if mirror else {})}
    return {**passed_on, **os.environ}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
