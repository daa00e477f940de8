"""Headers that every answer carries: what a page of ours may do, and that nobody else may frame, sniff or keep it."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from signaling.links import Address

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob: mediastream:",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    # Text from people becomes text only: no page of ours may turn a string into markup or script.
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
PERMISSIONS = {
    "camera": "(self)",
    "microphone": "(self)",
    "display-capture": "(self)",
    "autoplay": "(self)",
    "fullscreen": "(self)",
    "screen-wake-lock": "(self)",
    "geolocation": "()",
    "payment": "()",
    "usb": "()",
}
HSTS = "max-age=31536000"


def headers(address: Address) -> dict[str, str]:
    """Headers of a server at this address."""
    fixed = {
        "Content-Security-Policy": _content_security_policy(address),
        "Permissions-Policy": ", ".join(f"{feature}={who}" for feature, who in PERMISSIONS.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return fixed | ({"Strict-Transport-Security": HSTS} if address.secure else {})


def add_headers(address: Address) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A signal for `on_response_prepare`, so that errors and sockets carry them too."""
    fixed = headers(address)

    async def prepare(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(fixed)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.pop("Server", None)

    return prepare


def _content_security_policy(address: Address) -> str:
    # Safari before 15.4 does not count a socket to the same host as 'self'.
    sockets = sorted(f"{'wss' if address.secure else 'ws'}://{urlsplit(origin).netloc}" for origin in address.origins)
    rules = {**POLICY, "connect-src": " ".join(["'self'", *sockets])}
    return "; ".join(f"{directive} {sources}" for directive, sources in rules.items())
