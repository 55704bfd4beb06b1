"""Webhooks: a receiver of messages, and what tests say to and ask of those that send."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.wire.server import NATIVE, Json, Server

ENDPOINT = "webhooks"
EVENTS = [{"entity": "MODEL_VERSION", "action": "CREATED"}]
PUBLIC = "https://8.8.8.8/hook"


class Receiver:
    """A receiver of messages on this machine."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()
                self.wfile.write(b"the receiver's own business")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def told(self, count: int) -> list[Json]:
        """The first messages, as JSON."""
        wait(lambda: len(self.got) >= count)
        return [json.loads(body) for _, body in self.got]


def wait(condition: Callable[[], bool]) -> None:
    """Waits until something holds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def deliveries(server: Server, webhook_id: str) -> list[Json]:
    """The messages to a webhook, with what became of them."""
    answer = server.request("GET", f"{NATIVE}webhooks/deliveries", query={"webhook_id": webhook_id}).ok()
    return list(answer.get("deliveries", []))
