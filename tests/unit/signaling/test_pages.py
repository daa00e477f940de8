from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from signaling.api.headers import add_headers
from signaling.api.pages import Pages
from signaling.api.problems import problems
from signaling.links import Address

Client = TestClient[web.Request, web.Application]
SCRIPT = "console.log('x');" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built client, and a secret beside it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Visite</title>")
    (folder / "assets" / "main-0a1b2c.js").write_text(SCRIPT)
    (folder / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@asynccontextmanager
async def site(
    folder: Path, address: str = "http://visite.test"
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application(middlewares=[problems])
    app.on_response_prepare.append(add_headers(Address(address)))
    Pages(folder).attach(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_first_page_is_never_kept(built: Path) -> None:
    async with site(built) as client, client.get("/") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_any_view_of_the_client_is_the_first_page(built: Path) -> None:
    async with site(built) as client:
        for path in ("/join", "/sign-in", "/acts/a1", "/index.html"):
            async with client.get(path) as answer:
                assert answer.status == 200, path
                assert "Visite" in await answer.text()


async def test_hashed_files_are_kept_for_ever_and_travel_compressed(built: Path) -> None:
    async with site(built) as client, client.get("/assets/main-0a1b2c.js") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) < len(SCRIPT) // 4
        assert await answer.text() == SCRIPT


async def test_a_client_that_cannot_unpack_gets_the_plain_file(built: Path) -> None:
    async with site(built) as client, client.get("/icon.svg", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.text() == "<svg/>"


async def test_a_file_that_did_not_change_is_not_sent_again(built: Path) -> None:
    async with site(built) as client:
        async with client.get("/icon.svg") as first:
            tag = first.headers["ETag"]
        async with client.get("/icon.svg", headers={"If-None-Match": tag}) as again:
            assert again.status == 304
            assert await again.read() == b""


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/assets/link.txt",
        "/assets/absent.js",
        "/api/v1/absent",
        "/favicon.ico",
    ],
)
async def test_nothing_outside_the_built_client_is_served(built: Path, path: str) -> None:
    async with site(built) as client:
        url = f"http://{client.host}:{client.port}{path}"
        async with ClientSession() as plain, plain.get(web_url(url)) as answer:
            assert answer.status == 404
            assert "secret" not in await answer.text()


def web_url(text: str) -> URL:
    """The address exactly as written: clients tidy up dots, attackers do not."""
    return URL(text, encoded=True)


async def test_without_a_built_client_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    async with site(tmp_path) as client, client.get("/") as answer:
        assert answer.status == 503
        assert "./visite" in await answer.text()


async def test_the_policy_allows_no_inline_script_and_no_other_host(built: Path) -> None:
    async with site(built) as client, client.get("/") as answer:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://visite.test"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "'none'"
    assert not any("unsafe" in sources or "*" in sources or "http" in sources for sources in policy.values())


async def test_every_answer_carries_the_headers_errors_too(built: Path) -> None:
    async with site(built) as client:
        for path in ("/", "/icon.svg", "/api/v1/absent"):
            async with client.get(path) as answer:
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["X-Frame-Options"] == "DENY"
                assert "camera=(self), microphone=(self)" in answer.headers["Permissions-Policy"]
                assert "Strict-Transport-Security" not in answer.headers


async def test_under_tls_browsers_are_told_to_stay_with_it(built: Path) -> None:
    async with site(built, "https://visite.test") as client, client.get("/") as answer:
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        assert "wss://visite.test" in answer.headers["Content-Security-Policy"]
