"""Connections that are kept between requests."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from tests.faults.server import Target


def test_a_connection_is_kept_while_a_step_of_training_takes_its_time(server: Target) -> None:
    address = urlsplit(server.uri)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    for pause in (0, 6):
        time.sleep(pause)
        # On a connection that was closed meanwhile, this would raise RemoteDisconnected.
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"OK")
    connection.close()
