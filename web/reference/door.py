"""Where the description is found."""

from pathlib import Path

import msgspec
from aiohttp import web

from web.openapi import describe
from web.reference.page import render

FOLDER = Path(__file__).parent


def add_reference(app: web.Application, public_url: str) -> None:
    """Routes for the OpenAPI document and the page made from it."""
    description = describe(public_url)
    document, page = msgspec.json.encode(description), render(description)

    async def openapi(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    async def docs(_request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html", charset="utf-8")

    async def script(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(FOLDER / "reference.js", headers={"Cache-Control": "no-cache"})

    async def style(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(FOLDER / "reference.css", headers={"Cache-Control": "no-cache"})

    app.router.add_get("/api/openapi.json", openapi)
    app.router.add_get("/api/docs", docs)
    app.router.add_get("/api/docs/reference.js", script)
    app.router.add_get("/api/docs/reference.css", style)
