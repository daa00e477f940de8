"""The web client's files, read once at start. An address that is neither a file nor a route is a view of the client."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg")
FOREVER = "public, max-age=31536000, immutable"  # names below assets/ hold a hash of the content
NOT_BUILT = "The web client is not built. Start Visite with ./visite, which builds it.\n"


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    gzipped: bytes | None
    type: str
    cache: str

    @property
    def tag(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:32]

    @classmethod
    def read(cls, path: Path, name: str) -> "Page":
        body = path.read_bytes()
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        squeezed = gzip.compress(body, mtime=0) if kind.startswith(COMPRESSED) else None
        return cls(body, squeezed, kind, FOREVER if name.startswith("assets/") else "no-cache")


class Pages:
    """`folder` holds the built client; only names found in it at start are served."""

    def __init__(self, folder: Path) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        names = {path.relative_to(folder).as_posix(): path for path in files}
        self._pages = {name: Page.read(path, name) for name, path in names.items()}

    def attach(self, app: web.Application) -> None:
        app.router.add_get("/{name:.*}", self.serve)

    async def serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if page := self._pages.get(name):
            return _response(request, page, page.cache)
        if "." in name or name.startswith(("api/", "whip/", "whep/", "assets/")):
            raise web.HTTPNotFound
        if index := self._pages.get("index.html"):
            return _response(request, index, "no-store")
        return web.Response(status=503, text=NOT_BUILT)


def _response(request: web.Request, page: Page, cache: str) -> web.Response:
    sent = {"Cache-Control": "no-store" if page.type == "text/html" else cache, "ETag": f'"{page.tag}"'}
    if any(tag.value == page.tag for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=sent)
    body = page.body
    if page.gzipped is not None:
        sent["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            sent["Content-Encoding"] = "gzip"
            body = page.gzipped
    charset = "utf-8" if page.type.startswith("text/") else None
    return web.Response(body=body, headers=sent, content_type=page.type, charset=charset)
