"""Serves the built web app: an address that is no file is the app itself, which finds its way in the browser."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent.parent / "web"
_NOT_BUILT = (
    "The server runs, but its web app was not built into this installation. "
    "From a checkout, run `make run`; otherwise install a released wheel.\n"
)
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_SERVER_PATHS = ("api/", "ws/", "v1/", "assets/")


class _Page(StaticFiles):
    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or f"{path}/".startswith(_SERVER_PATHS):
                raise
            response = await super().get_response("index.html", scope)
        # Built files carry a hash in their name; everything else may change with the next version.
        response.headers["cache-control"] = _FOREVER if path.startswith("assets/") else _ASK_AGAIN
        return response


async def _tell_not_built() -> PlainTextResponse:
    return PlainTextResponse(_NOT_BUILT, status_code=503)


def mount_page(app: FastAPI, folder: Path = FOLDER) -> None:
    """Put the page, which was built into `folder`, behind every address that nothing else took."""
    if (folder / "index.html").is_file():
        app.mount("/", GZipMiddleware(_Page(directory=folder, html=True), minimum_size=1000), name="page")
    else:
        app.add_api_route("/", _tell_not_built, include_in_schema=False)
