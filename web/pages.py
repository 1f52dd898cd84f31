"""The built browser app: its files, and its one page for every address that is none of ours."""

from pathlib import Path

from aiohttp import web

from web.errors import DoorError

ASSET_CACHE = "public, max-age=31536000, immutable"
"""Files under `assets/` carry their content's hash in their name."""
OWN_PATHS = ("/api/", "/healthz", "/readyz", "/metrics")


def add_pages(app: web.Application, ui_dir: str | None) -> None:
    """Serve the app from `ui_dir`; without one, the front page leads to the API's description."""
    if ui_dir is None:
        app.router.add_get("/", _to_reference)
        return
    pages = _Pages(Path(ui_dir).resolve())
    app.router.add_get("/{path:.*}", pages.serve)


async def _to_reference(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/api/docs")


class _Pages:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if request.path.startswith(OWN_PATHS):
            raise DoorError("not_found")
        file = self._file(path)
        if file is not None:
            cache = ASSET_CACHE if path.startswith("assets/") else "no-cache"
            return web.FileResponse(file, headers={"Cache-Control": cache})
        if Path(path).suffix:
            raise DoorError("not_found")
        return web.FileResponse(self._folder / "index.html", headers={"Cache-Control": "no-cache"})

    def _file(self, path: str) -> Path | None:
        """The file at a path, if there is one and it lies inside the folder."""
        if not path or "\0" in path:
            return None
        file = (self._folder / path).resolve()
        return file if file.is_relative_to(self._folder) and file.is_file() else None
