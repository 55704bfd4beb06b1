"""Connections to MariaDB and MySQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.databases import Mariadb
from kiseki.base.errors import Unavailable
from kiseki.store import open_store
from kiseki.store.sql.mysql import Mysql
from tests.conformance.rows import ARTIFACT_ROOT, add_run
from tests.databases import ON_SERVERS, fresh, unavailable

pytestmark = pytest.mark.skipif("mariadb" not in ON_SERVERS, reason="KISEKI_TEST_DATABASES leaves it out")


class Secure(Mariadb):
    """A server that has a certificate, which nobody signed but itself."""

    def _prepare(self) -> None:
        super()._prepare()
        new_certificate(self.folder)
        if os.geteuid() == 0:
            who = pwd.getpwnam(self.user)
            os.chown(self.folder / "key.pem", who.pw_uid, who.pw_gid)

    def _command(self) -> list[str]:
        files = (f"--ssl-cert={self.folder / 'cert.pem'}", f"--ssl-key={self.folder / 'key.pem'}")
        return [*super()._command(), *files]


def new_certificate(folder: Path) -> Path:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def secure() -> Iterator[Secure]:
    if reason := Secure.missing() or ("" if shutil.which("openssl") else "openssl is not installed"):
        unavailable(reason)
    with Secure(synced=False) as running:
        yield running


def cipher(engine: Mysql) -> str:
    """How a connection is encrypted; "" when it is not."""
    with closing(engine.connect()) as driver, driver.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        return str(cursor.fetchone()[1])


def test_connections_are_encrypted_where_the_server_can(secure: Secure) -> None:
    engine = Mysql(secure.fresh())
    assert [bool(cipher(engine)) for _ in range(2)] == [True, True]


def test_connections_are_not_encrypted_where_the_server_cannot(tmp_path: Path) -> None:
    engine = Mysql(fresh("mariadb", tmp_path))
    assert [cipher(engine) for _ in range(2)] == ["", ""]


def test_a_certificate_is_checked_where_its_signer_is_named(secure: Secure, tmp_path: Path) -> None:
    uri = secure.fresh()
    store = open_store(f"{uri}?ssl_ca={secure.folder / 'cert.pem'}", ARTIFACT_ROOT)
    add_run(store)
    store.close()
    with pytest.raises(Unavailable, match="certificate"):
        open_store(f"{uri}?ssl_ca={new_certificate(tmp_path)}", ARTIFACT_ROOT)


def test_a_server_without_a_certificate_is_refused_where_its_signer_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="SSL is required"):
        open_store(f"{fresh('mariadb', tmp_path)}?ssl_ca={new_certificate(tmp_path)}", ARTIFACT_ROOT)
