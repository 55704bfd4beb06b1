import base64
import io
import os
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter, KisekiError, NotFound, Unavailable
from kiseki.client import credentials
from kiseki.client.http import HttpClient
from kiseki.client.remote import RemoteBackend
from kiseki.domain.runs import NewRun
from tests.unit.client.answers import Answers, Reply, Request, in_turn, unused_port


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_BACKOFF_FACTOR", "0.01")
    monkeypatch.setenv("HOME", str(tmp_path))
    credentials._of_file.cache_clear()


def get(http: HttpClient, path: str = "/x") -> bytes:
    with http.request("GET", path) as answer:
        return answer.read()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_an_answer_that_may_change_is_asked_for_again(status: int) -> None:
    with Answers(in_turn(Reply(status=status), Reply(status=status), Reply(body=b"ok"))) as server:
        http = HttpClient(server.uri)
        assert get(http) == b"ok"
        assert len(server.requests) == 3
        http.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 501, 507])
def test_an_answer_that_will_not_change_is_not(status: int) -> None:
    with Answers(in_turn(Reply(status=status))) as server:
        http = HttpClient(server.uri)
        with pytest.raises(Exception, match=str(status)) as caught:
            get(http)
        assert getattr(caught.value, "http_status", None) == status
        assert len(server.requests) == 1
        http.close()


def test_the_retries_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    with Answers(in_turn(Reply(status=503))) as server:
        http = HttpClient(server.uri)
        with pytest.raises(Unavailable):
            get(http)
        assert len(server.requests) == 3
        http.close()


def test_retry_after_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_BACKOFF_JITTER", "0")
    with Answers(in_turn(Reply(status=503, headers={"Retry-After": "7"}), Reply())) as server:
        http = HttpClient(server.uri)
        get(http)
        http.close()
    assert waited == [7.0]


def test_a_body_is_sent_whole_again() -> None:
    with Answers(in_turn(Reply(status=503), Reply())) as server:
        http = HttpClient(server.uri)
        file = io.BytesIO(b"skipped" + b"x" * 100_000)
        file.seek(7)
        with http.request("PUT", "/x", body=file, headers={"Content-Length": "100000"}) as answer:
            answer.read()
        assert [request.body for request in server.requests] == [b"x" * 100_000] * 2
        http.close()


def test_nobody_there_is_told_within_seconds() -> None:
    uri = f"http://127.0.0.1:{unused_port()}"
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        get(HttpClient(uri))
    assert time.monotonic() - started < 5
    assert uri in str(caught.value)
    assert "kiseki server --host 127.0.0.1 --port" in str(caught.value)


def test_a_server_that_answered_once_is_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_MAX_RETRIES", "7")
    with Answers(in_turn(Reply(body=b"ok"))) as server:
        http = HttpClient(server.uri)
        assert get(http) == b"ok"
        http.close()
    # After a first answer a refused connection is tried for longer than at first contact.
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    with pytest.raises(Unavailable, match="after 8 attempts"):
        get(http)
    assert len(asked) == 7
    assert all(second <= 120 for second in asked)


class Chunks(socketserver.StreamRequestHandler):
    """Answers each request with one chunk, and with the last, empty one a little later."""

    def handle(self) -> None:
        while self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
            time.sleep(0.05)
            try:
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                return


def test_a_connection_with_an_unread_rest_of_chunks_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_MAX_RETRIES", "0")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Chunks) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        http = HttpClient(f"http://127.0.0.1:{server.server_address[1]}")
        for _ in range(3):
            with http.request("GET", "/x") as answer:
                # All that was promised elsewhere, so nobody reads on to the end.
                assert answer.read(2) == b"ok"
            assert get(http) == b"ok"
        http.close()
        server.shutdown()


class Refusals(socketserver.ThreadingTCPServer):
    """Answers a GET when another is there, too, and refuses every body unread: what follows is taken for a request."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        self.status = status
        self.meeting = threading.Barrier(2, timeout=60)
        self.opened: list[object] = []
        super().__init__(("127.0.0.1", 0), RefusingHandler)


class RefusingHandler(socketserver.StreamRequestHandler):
    """One connection."""

    server: Refusals

    def handle(self) -> None:
        self.server.opened.append(self.client_address)
        while line := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            if line.startswith(b"GET "):
                self.server.meeting.wait()
                self.answer(200, b"ok")
            else:
                self.answer(self.server.status if line.startswith(b"POST ") else 400, b"refused" * 10_000)

    def answer(self, status: int, body: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))


@pytest.mark.parametrize(("status", "times"), [(413, 1), (503, 3)])
def test_a_refused_body_costs_the_connection_it_was_sent_on(
    monkeypatch: pytest.MonkeyPatch, status: int, times: int
) -> None:
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_MAX_RETRIES", "2")
    with Refusals(status) as server, ThreadPoolExecutor(2) as threads:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        http = HttpClient(f"http://127.0.0.1:{server.server_address[1]}")
        assert list(threads.map(get, [http, http])) == [b"ok", b"ok"]
        assert len(server.opened) == 2
        with pytest.raises(KisekiError, match="refused"):
            http.request("POST", "/x", body=b"not a request\r\n\r\n" * 2)
        # One of the two is left, and as many were opened as were refused but for that which was there.
        assert len(server.opened) == 2 + times - 1
        assert list(threads.map(get, [http, http])) == [b"ok", b"ok"]
        assert len(server.opened) == 2 + times
        http.close()
        server.shutdown()


def test_redirects_are_not_followed() -> None:
    elsewhere = Reply(status=302, headers={"Location": "http://127.0.0.1:1/"})
    with Answers(in_turn(elsewhere)) as server:
        http = HttpClient(server.uri)
        with pytest.raises(Exception, match="redirect"):
            get(http)
        assert len(server.requests) == 1
        http.close()


def test_a_prefix_stays_before_every_path() -> None:
    with Answers(in_turn(Reply())) as server:
        http = HttpClient(f"{server.uri}/prefix/")
        get(http, "/api/x")
        assert server.requests[0].path == "/prefix/api/x"
        http.close()


def sent() -> Request:
    with Answers(in_turn(Reply())) as server:
        http = HttpClient(server.uri)
        get(http)
        http.close()
        return server.requests[0]


def test_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "authorization" not in sent().headers
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = file\nmlflow_tracking_password = 5%0\n", encoding="utf-8"
    )
    credentials._of_file.cache_clear()
    assert sent().headers["authorization"] == "Basic " + base64.b64encode(b"file:5%0").decode()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    assert sent().headers["authorization"] == "Bearer secret"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("KISEKI_TRACKING_PASSWORD", "p:w")
    assert sent().headers["authorization"] == "Basic " + base64.b64encode(b"me:p:w").decode()
    assert sent().headers["user-agent"].startswith("kiseki-python-client/")


def test_a_host_that_only_an_artifact_uri_names_is_not_told_who_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_TRACKING_TOKEN", "secret")
    with Answers(in_turn(Reply(body=b'{"files":[]}'))) as other:
        backend = RemoteBackend("http://127.0.0.1:1")
        host = other.uri.removeprefix("http://")
        assert backend.artifact_store(f"mlflow-artifacts://{host}/a").list("") == []
        assert "authorization" not in other.requests[0].headers


def test_a_setting_that_is_nonsense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_TIMEOUT", "soon")
    with pytest.raises(InvalidParameter, match="KISEKI_HTTP_REQUEST_TIMEOUT"):
        get(HttpClient("http://127.0.0.1:1"))


def test_creations_name_themselves_and_keep_their_name_when_repeated() -> None:
    run = b"""{"run":{"info":{"run_uuid":"r","run_id":"r","run_name":"n","experiment_id":"0","user_id":"u",
    "status":"RUNNING","start_time":1,"artifact_uri":"a","lifecycle_stage":"active"},"data":{}}}"""
    with Answers(in_turn(Reply(status=503), Reply(body=run), Reply(body=run))) as server:
        backend = RemoteBackend(server.uri)
        assert backend.create_run(NewRun(experiment_id="0")).run_id == "r"
        backend.create_run(NewRun(experiment_id="0"))
        first, again, second = (request.headers["idempotency-key"] for request in server.requests)
        assert first == again != second
        backend.close()


def test_an_answer_that_is_not_a_tracking_servers() -> None:
    with Answers(in_turn(Reply(body=b"<html>"))) as server:
        backend = RemoteBackend(server.uri)
        with pytest.raises(Unavailable, match="Check the tracking URI"):
            backend.get_run("r")
        backend.close()
    with Answers(in_turn(Reply(status=404, body=b"<html>", headers={"Content-Type": "text/html"}))) as server:
        backend = RemoteBackend(server.uri)
        with pytest.raises(NotFound, match="tracking server"):
            backend.get_run("r")
        backend.close()
