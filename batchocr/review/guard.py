"""Who may speak to the review: the browser that opened the address with the token, on this machine, and no page
from elsewhere that the same browser shows.

Four locks, each enough against its own kind of caller: only Hosts of this machine (DNS rebinding), only our own
Origin (pages of other sites), a cookie that only the token gives and that scripts cannot read (other users and
programs), and a content security policy under which the page can load nothing but what is in this package.

Left out: encryption, which the loopback does not need, and any way to listen on a network.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 100_000  # of a request's body: a screen of 120 glyphs takes 6,000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # or a link out of the page could carry the token away
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
SAFE_METHODS = frozenset({"GET", "HEAD"})
OWN_SITE = frozenset({"", "none", "same-origin"})  # Sec-Fetch-Site of our own page, and of a typed address
CLOSED = "This address needs its token: open the one that `batchocr review` printed in the terminal.\n"


class Guard:
    """Lets a request through to the app, or answers it itself."""

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = cookie_name(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":  # the server's own start and end
            return await self._app(scope, receive, send)
        if scope["type"] != "http":  # a web socket: there are none
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        by_token = self._has_token(scope)
        refusal = self._refusal(scope["method"], headers, by_token=by_token)
        extra = dict(HEADERS)
        if refusal is None and by_token:
            extra["Set-Cookie"] = f"{self._cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        return await (refusal or self._app)(scope, receive, _with(extra, send))

    def _has_token(self, scope: Scope) -> bool:
        """Whether this is the page's own address, with the token in it."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return scope["path"] == "/" and scope["method"] in SAFE_METHODS and self._is_token(given)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _refusal(self, method: str, headers: Mapping[str, str], *, by_token: bool) -> Response | None:
        """The answer to a request that may not pass, else None."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return PlainTextResponse("This server is for its own machine only.\n", 421)
        if origin is not None and origin != f"http://{host}":
            return PlainTextResponse("Pages from elsewhere may not ask here.\n", 403)
        if method not in SAFE_METHODS and origin is None:
            return PlainTextResponse("Only the review's own page may write.\n", 403)
        if by_token:  # a link to it may stand anywhere: in a terminal, in a chat
            return None
        if headers.get("sec-fetch-site", "") not in OWN_SITE:
            return PlainTextResponse("Pages from elsewhere may not ask here.\n", 403)
        if not self._is_token(cookie_parser(headers.get("cookie", "")).get(self._cookie, "")):
            return PlainTextResponse(CLOSED, 403)
        if int(headers.get("content-length") or 0) > MOST_BYTES:
            return PlainTextResponse("That is too much at once.\n", 413)
        return None


def cookie_name(port: int) -> str:
    """A browser keeps cookies by host, not by port: two reviews at once need two names."""
    return f"batchocr_{port}"


def _with(headers: Mapping[str, str], send: Send) -> Send:
    """Send with headers added to every answer; nothing is kept by the browser unless the answer says so."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            wanted = headers if b"cache-control" in present else {**headers, "Cache-Control": "no-store"}
            message["headers"] = [
                *message["headers"],
                *((name.encode("latin-1"), value.encode("latin-1")) for name, value in wanted.items()),
            ]
        await send(message)

    return send_with
