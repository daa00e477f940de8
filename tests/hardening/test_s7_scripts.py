"""S7, the HTTP part: what people write is data everywhere; nothing that we answer is a page made of it."""

from pathlib import Path

from tests.support.api import api

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}",
    "\u2028alert(1)",
)


async def test_scripts_in_names_and_titles_come_back_as_the_same_text_in_json(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        for script in SCRIPTS:
            act = await desk.act(title=script, start="now")
            await desk.invite(act, "family", script)
            answer = await desk.ask("GET", f"/api/v1/acts/{act}", token=desk.admin)
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.json["title"] == script
            assert answer.json["seats"][0]["name"] == script.strip()


async def test_an_error_never_repeats_what_was_sent(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        for path, body in (
            ("/api/v1/acts/%3Cscript%3Ealert(1)", None),
            ("/api/v1/<script>alert(1)</script>", None),
            (f"/api/v1/acts/{act}/timeline?%3Cscript%3E=alert(1)", None),
            ("/api/v1/acts", {"<script>alert(1)</script>": 1}),
            ("/api/v1/acts", {"kind": "<script>alert(1)</script>", "title": "x"}),
            ("/api/v1/acts", {"kind": "MTG", "title": "x", "start": "<script>alert(1)</script>"}),
        ):
            answer = await desk.ask("POST" if body else "GET", path, body, token=desk.admin)
            assert answer.status in (400, 404), path
            assert answer.headers["Content-Type"] == "application/json"
            assert b"script" not in answer.body


async def test_every_answer_forbids_scripts_that_are_not_ours(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        for path in ("/healthz", "/openapi.json", "/api/v1/acts", "/absent"):
            policy = (await desk.ask("GET", path)).headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "require-trusted-types-for 'script'" in policy
            assert "unsafe" not in policy
