"""Every error as `{"code", "detail"}`, whoever raised it."""

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from signaling.errors import Problem, problem, status

CODES = {404: "not-found", 405: "wrong-method", 413: "too-large", 415: "wrong-type", 503: "server-busy"}


def answer(told: Problem) -> web.Response:
    code = status(told.code)
    response = web.Response(status=code, body=msgspec.json.encode(told), content_type="application/json")
    if code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if code == 503:
        response.headers["Retry-After"] = "2"
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost of the middlewares."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        response = answer(Problem(CODES.get(error.status, "malformed")))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:  # a handler's bug is logged by `problem` and must not name itself to the client
        return answer(problem(error))
