import socket

import pytest

from kiseki.cli.ports import check_port, free_port
from kiseki.exceptions import Unavailable


def test_a_port_that_is_free_is_taken_and_another_one_else() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken: int = busy.getsockname()[1]
        assert free_port("127.0.0.1", taken) not in {0, taken}
        with pytest.raises(Unavailable, match=f"127.0.0.1:{taken}: Address already in use. Give another --port"):
            check_port("127.0.0.1", taken)
    assert check_port("127.0.0.1", taken) == free_port("127.0.0.1", taken) == taken


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_port_0_is_any_free_port(host: str) -> None:
    assert check_port(host, 0) > 0


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_this_machine_is_told(host: str) -> None:
    for find in (check_port, free_port):
        with pytest.raises(Unavailable, match=f"Cannot listen on {host}:.*--host"):
            find(host, 5000)
