"""The only file that knows python-socketio: parses, enqueues, emits."""

from aiohttp import web

from signaling.sessions import Sessions


class Gateway:
    """`origins` are the allowed values of a browser's Origin header, as "https://host[:port]"; the request's own host is always allowed."""

    def __init__(self, sessions: Sessions, origins: frozenset[str] = frozenset()) -> None: ...

    def attach(self, app: web.Application) -> None:
        """Serves /socket.io on the application."""
