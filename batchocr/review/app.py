"""The review's server side: requests in, the queue's answers and pictures out.

Words are named by number only, so that no request can reach a file of the machine but the job's pages. Each
request opens the job for itself (a millisecond), which is also how several tabs and several servers share it.

Left out: who may ask (guard.py), what is answered (queue.py, crops.py), and the process (server.py).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import BatchocrError, OutputError, PageError, UsageError
from ..job import Job, Look, OutdatedError, open_job
from . import queue
from .crops import Crops
from .guard import MOST_BYTES, Guard

STATIC = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
STATUSES: dict[type[Exception], int] = {OutdatedError: 409, UsageError: 400, PageError: 404, OutputError: 507}
KEPT = "private, max-age=86400, immutable"  # a word's picture never changes under its address, see `edition`
Body = dict[str, Any]


def make_app(table: Path, crops: Crops, *, token: str, port: int, edition: str) -> Guard:
    """The application of one job's review.

    edition: differs from one start of the server to the next; it is part of every picture's address, so that no
    browser shows a picture of an earlier job for a word of this one.
    """
    writing = threading.Lock()  # one export at a time: they would share a temporary name

    def ask(answer: Callable[[Job], object]) -> JSONResponse:
        with open_job(table) as job:
            return JSONResponse(answer(job))

    async def static(request: Request) -> Response:
        name, kind = STATIC[request.url.path]
        return Response(files(__package__).joinpath(name).read_bytes(), media_type=kind)

    def get_queue(request: Request) -> Response:
        order = request.query_params.get("order", "doubt")
        return ask(lambda job: {"edition": edition, "table": table.name, **queue.queue(job, order)})

    def get_words(request: Request) -> Response:
        keys = [_number(key) for key in request.query_params.get("keys", "").split(",") if key]
        return ask(lambda job: queue.words(job, keys))

    def get_changes(request: Request) -> Response:
        after = _number(request.query_params.get("after", "0"))
        return ask(lambda job: queue.changes(job, after))

    def get_digits(request: Request) -> Response:
        return ask(queue.digits)

    def get_glyphs(request: Request) -> Response:
        digit, most = request.query_params.get("digit", ""), _number(request.query_params.get("most", "60"))

        def screen(job: Job) -> object:
            shown = queue.glyphs(job, digit, most)
            crops.wish(queue.next_pictures(job, digit, len(shown)))
            return shown

        return ask(screen)

    def get_results(request: Request) -> Response:
        return ask(queue.results)

    def get_picture(request: Request) -> Response:
        key, position = request.path_params["key"], request.path_params.get("position", 0)
        return Response(
            crops.picture(key, position), media_type="image/jpeg", headers={"Cache-Control": KEPT}
        )

    def get_page(request: Request) -> Response:
        data, width, height = crops.whole(request.path_params["key"])
        headers = {"X-Page-Width": str(width), "X-Page-Height": str(height)}
        return Response(data, media_type="image/jpeg", headers=headers)

    async def post_decision(request: Request) -> Response:
        return await run_in_threadpool(decide, await _body(request))

    def decide(body: Body) -> Response:
        key, what, text, seen = (_field(body, *kind) for kind in DECISION)
        return ask(lambda job: {"log": queue.decide(job, key, what, text, seen).key})

    async def post_looks(request: Request) -> Response:
        return await run_in_threadpool(look, await _body(request))

    def look(body: Body) -> Response:
        looks = [Look(*_fields_of(one, int, int, str)) for one in _field(body, "looks", list)]
        return ask(lambda job: queue.look(job, looks))

    async def post_back(request: Request) -> Response:
        return await run_in_threadpool(take_back, await _body(request))

    def take_back(body: Body) -> Response:
        looks = [_field_of(key, int) for key in _field(body, "looks", list)]
        lines = [_fields_of(one, int, int) for one in _field(body, "lines", list)]
        return ask(lambda job: {"words": [one.word for one in job.take_back(looks, lines)]})

    async def post_export(request: Request) -> Response:
        return await run_in_threadpool(export)

    def export() -> Response:
        with writing, open_job(table) as job:
            job.export()
            job.note_export()
            return JSONResponse(queue.results(job))

    app = Starlette(
        routes=[
            *(Route(path, static) for path in STATIC),
            Route("/api/queue", get_queue),
            Route("/api/words", get_words),
            Route("/api/changes", get_changes),
            Route("/api/digits", get_digits),
            Route("/api/glyphs", get_glyphs),
            Route("/api/results", get_results),
            Route("/api/decision", post_decision, methods=["POST"]),
            Route("/api/looks", post_looks, methods=["POST"]),
            Route("/api/back", post_back, methods=["POST"]),
            Route("/api/export", post_export, methods=["POST"]),
            Route("/strip/{edition}/{key:int}.jpg", get_picture),
            Route("/glyph/{edition}/{key:int}-{position:int}.jpg", get_picture),
            Route("/page/{edition}/{key:int}.jpg", get_page),
        ],
        exception_handlers={BatchocrError: _refused},
    )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        crops.hold_back()
        await app(scope, receive, send)

    return Guard(answer, token=token, port=port)


DECISION: tuple[tuple[str, type], ...] = (("word", int), ("what", str), ("text", str), ("seen", int))


async def _body(request: Request) -> Body:
    """The JSON object of a request. Raises UsageError if it is none."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_BYTES:
            raise UsageError("that is too much at once")
    try:
        body = json.loads(data)
    except ValueError:
        raise UsageError("the request is no JSON") from None
    if request.headers.get("content-type") != "application/json" or not isinstance(body, dict):
        raise UsageError("the request is no JSON object")
    return body


def _field(body: Body, name: str, kind: type) -> Any:
    return _field_of(body.get(name), kind)


def _fields_of(values: object, *kinds: type) -> tuple[Any, ...]:
    if not isinstance(values, list) or len(values) != len(kinds):
        raise UsageError(f"the request holds {values!r} where {len(kinds)} values belong")
    return tuple(map(_field_of, values, kinds))


def _field_of(value: object, kind: type) -> Any:
    if type(value) is not kind or (isinstance(value, int) and abs(value) >= 1 << 63):
        raise UsageError(f"the request holds {value!r} where a value of the kind {kind.__name__} belongs")
    return value


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"{text[:40]!r} is no number")
    return int(text)


async def _refused(request: Request, error: Exception) -> Response:
    """The sentence of an error, under the status of its kind."""
    status = next((number for kind, number in STATUSES.items() if isinstance(error, kind)), 500)
    return JSONResponse({"error": str(error)}, status)
