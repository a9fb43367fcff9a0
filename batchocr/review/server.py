"""The process behind the page: a socket on the loopback, the server, and the table written at the end.

Left out: what is served (app.py), and anything that would answer another machine.
"""

from __future__ import annotations

import errno
import random
import secrets
import signal
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import uvicorn

from ..errors import UsageError
from ..job import Job, open_job
from . import queue
from .app import make_app
from .crops import Crops
from .guard import Guard

HOST = "127.0.0.1"
PORTS = range(49_152, 65_536)  # RFC 6335: for private use, given out to nobody
TOKEN_BYTES = 24
GRACE_SECONDS = 2  # for answers under way when the server is to end


def serve(
    table: Path, *, port: int | None, audit: float, tell: Callable[[str], None], show: Callable[[str], object]
) -> None:
    """Serve a table's review until it is interrupted, then write the table.

    port: None is a free one, the same as last time if it can be had. audit: share of the `ok` words to mix in.
    tell: takes the sentences for the person at the terminal. show: opens an address in a browser.
    """
    with open_job(table) as job:
        job.prepare_review()
        if audit:
            job.draw_audit(audit, random.SystemRandom())
        looked_at_first = queue.first_pictures(job)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with closing(_listen(table, port)) as listener, closing(Crops(table)) as crops:
        port = int(listener.getsockname()[1])
        app = make_app(table, crops, token=token, port=port, edition=secrets.token_hex(4))
        server = _server_of(app)
        with _ended_by_signals(server):
            crops.wish(looked_at_first)
            crops.start()
            address = f"http://{HOST}:{port}/?token={token}"
            tell(f"review of {table} at {address}\nCtrl-C ends it and writes the table.")
            show(address)
            server.run(sockets=[listener])
    with open_job(table) as job:
        tell(_ended(job))


def _server_of(app: Guard) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C and a polite kill end the server, also before it runs. An interrupt raised in the midst of an import
    would leave the import lock held, and the thread that cuts pictures would wait for it for ever."""
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ended(job: Job) -> str:
    """Write the table if anything was said since it was written; the sentence that tells of it."""
    if not job.is_exported():
        job.export()
        job.note_export()
    return f"{job.counts().review} strings still to review. Table: {job.table}"


def _listen(table: Path, port: int | None) -> socket.socket:
    """A socket on the loopback. Raises UsageError if a port that was asked for cannot be had."""
    if port is not None:
        return _bound(port)
    with suppress(UsageError):
        return _bound(usual_port(table))
    return _bound(0)


def usual_port(table: Path) -> int:
    """The port of a table's review: always the same, so that a tab left open finds a server begun again."""
    return PORTS[zlib.crc32(bytes(table.resolve())) % len(PORTS)]


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error})"
        raise UsageError(f"--port {port}: {reason}; name another one or leave it out") from None
    return listener
