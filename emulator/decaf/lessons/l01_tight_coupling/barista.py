"""The barista of the first lesson: a small web server that makes orders, or says that it is on a break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Make = Callable[[int], None]


class _Barista(ThreadingHTTPServer):
    """Makes an order, but not at its first `breaks` tries."""

    def __init__(self, make: Make, breaks: Mapping[int, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self._make = make
        self._breaks = breaks
        self._tries: Counter[int] = Counter()

    def take(self, order: int) -> bool:
        """Returns whether the order is made."""
        self._tries[order] += 1
        if self._tries[order] <= self._breaks.get(order, 0):
            return False
        self._make(order)
        return True


class _Asked(BaseHTTPRequestHandler):
    """One order that is handed over: POST /order/7."""

    server: _Barista

    def do_POST(self) -> None:  # the name that http.server calls
        number = self.path.rpartition("/")[2]
        if "Origin" in self.headers:  # a web page
            self._answer(HTTPStatus.FORBIDDEN, "the barista takes no orders of web pages\n")
        elif not (number.isascii() and number.isdigit() and len(number) < 10):
            self._answer(HTTPStatus.NOT_FOUND, "hand over an order by POST /order/7\n")
        elif self.server.take(int(number)):
            self._answer(HTTPStatus.OK, f"the barista has made order {number}\n")
        else:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "the barista is on a break\n")

    def log_message(self, *_: object) -> None:
        """Write nothing: the cashier says what it got."""

    def _answer(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@contextmanager
def at_work(make: Make, breaks: Mapping[int, int]) -> Iterator[str]:
    """Yield the URL of a barista, who calls `make` with an order, but not at its first `breaks` tries."""
    with _Barista(make, breaks) as barista:
        thread = Thread(target=barista.serve_forever, name="barista", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{barista.server_port}"
        finally:
            barista.shutdown()
            thread.join()
