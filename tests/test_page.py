"""The built web app as it is served."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from chatbox.kernel.i18n import Texts
from chatbox.kernel.web import tell_errors
from chatbox.page.routes import mount_page

_INDEX = "<!doctype html><title>Chatbox</title>" + "<!-- filling -->" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the build leaves it, beside a file that must not be served."""
    built = tmp_path / "web"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(_INDEX)
    (built / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (built / "assets" / "main-abc123.js").write_text("let x;\n" * 500)
    (tmp_path / "secret.key").write_text("secret")
    return built


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with visit(folder) as client:
        yield client


def visit(folder: Path) -> httpx2.AsyncClient:
    app = FastAPI()
    app.state.texts = Texts.load()
    tell_errors(app)
    app.add_api_route("/api/v1/here", lambda: "here")
    mount_page(app, folder)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")


@pytest.mark.parametrize("path", ["/", "/index.html", "/chat/0193", "/settings/providers", "/a/b/c/d", "/x.y"])
async def test_every_address_of_the_app_is_the_app(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)

    assert (response.status_code, response.text) == (200, _INDEX)
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-cache"


async def test_a_built_file_is_kept_for_ever(http: httpx2.AsyncClient) -> None:
    response = await http.get("/assets/main-abc123.js")

    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in response.headers["content-type"]
    assert response.headers["content-encoding"] == "gzip"


async def test_other_files_are_asked_for_again(http: httpx2.AsyncClient) -> None:
    response = await http.get("/favicon.svg")
    again = await http.get("/favicon.svg", headers={"if-none-match": response.headers["etag"]})

    assert response.headers["cache-control"] == "no-cache"
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/assets/old-version.js", "/api/v1/nothing", "/v1/nothing", "/ws/nothing", "/api/"])
async def test_what_is_no_page_is_not_answered_with_one(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_route_goes_before_the_page(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/api/v1/here")).json() == "here"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.key",
        "/..%2fsecret.key",
        "/%2e%2e/secret.key",
        "/assets/..%2f..%2fsecret.key",
        "/..\\secret.key",
        "/%00",
        "/index.html%00.js",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/" + "x" * 5000,
        "/%ff%fe",
    ],
    ids=lambda path: path[:30],
)
async def test_no_address_leads_out_of_the_folder_or_to_a_crash(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)

    assert response.status_code in {200, 404}
    assert "secret" not in response.text.replace("secret.key", "")
    assert "root:" not in response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_page_can_only_be_read(http: httpx2.AsyncClient, method: str) -> None:
    response = await http.request(method, "/")

    assert response.status_code == 405


async def test_without_a_built_page_the_server_says_what_to_do(tmp_path: Path) -> None:
    async with visit(tmp_path) as http:
        response = await http.get("/")

    assert response.status_code == 503
    assert "make run" in response.text
