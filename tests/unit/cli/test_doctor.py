import json
import sqlite3
from pathlib import Path

import pytest

from kiseki.__about__ import __version__
from kiseki.base.uris import without_user
from kiseki.cli.doctor import environment
from kiseki.client import KisekiClient
from tests.unit.cli.conftest import Call


def test_a_sound_installation(call: Call, client: KisekiClient, folder: Path) -> None:
    report = json.loads(call("doctor", "--json").stdout)
    assert report["kiseki"] == __version__
    assert report["packages"]["msgspec"]
    assert report["tracking_uri"] == f"sqlite:///{folder / 'kiseki.db'}"
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert (states["database"], states["schema"]) == ("ok", "ok")
    shown = call("doctor").stdout
    assert f"kiseki          {__version__}\n" in shown
    assert str(folder / "kiseki.db") in shown


def test_a_database_that_is_not_there_is_not_made(call: Call, folder: Path) -> None:
    shown = call("doctor").stdout
    assert "WARNING: " in shown
    assert "kiseki.db is not there" in shown
    needed = call("doctor", "--backend-store-uri", "sqlite:///no/such/folder/server.db", code=1).stdout
    assert "PROBLEM: " in needed
    assert [path.name for path in folder.iterdir()] == []


def test_looking_at_a_database_leaves_it_as_it_is(call: Call, client: KisekiClient, folder: Path) -> None:
    client.backend.close()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "the newest" in call("doctor").stdout
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_of_something_else_is_a_problem(call: Call, folder: Path) -> None:
    driver = sqlite3.connect("kiseki.db")
    driver.execute("CREATE TABLE songs (name TEXT)")
    driver.close()
    assert "PROBLEM: " in call("doctor", code=1).stdout
    (folder / "kiseki.db").write_bytes(b"no database at all, " * 100)
    checks = json.loads(call("doctor", "--json", code=1).stdout)["checks"]
    assert checks[0]["name"] == "database"
    assert "not a database" in checks[0]["found"]


def test_another_schema_is_told(call: Call, client: KisekiClient) -> None:
    client.backend.close()
    driver = sqlite3.connect("kiseki.db", isolation_level=None)
    driver.execute("UPDATE alembic_version SET version_num = '9999_future'")
    driver.close()
    shown = call("doctor").stdout
    assert "WARNING: 9999_future" in shown


def test_a_server_that_does_not_answer_is_a_problem(call: Call) -> None:
    # Port 1 of the loopback has no server.
    failed = call("doctor", "--tracking-uri", "http://127.0.0.1:1", code=1)
    assert "PROBLEM: The tracking server at http://127.0.0.1:1 does not answer" in failed.stdout
    assert "PROBLEM: " in call("doctor", "--tracking-uri", "ftp://x", code=1).stdout


def test_secrets_are_hidden(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "KISEKI_TRACKING_PASSWORD": "hunter2",
        "MLFLOW_TRACKING_TOKEN": "hunter2",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "hunter2",
        "KISEKI_BACKEND_STORE_URI": "postgresql://me:hunter2@host/db",
        "KISEKI_HOST": "0.0.0.0",
        "HOME": "/",
    }
    assert environment(variables) == {
        "KISEKI_TRACKING_PASSWORD": "***",
        "MLFLOW_TRACKING_TOKEN": "***",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "***",
        "KISEKI_BACKEND_STORE_URI": "postgresql://***@host/db",
        "KISEKI_HOST": "0.0.0.0",
    }
    assert set(environment(variables, mask_all=True).values()) == {"***"}
    assert without_user("https://me:p@w@host:1/x") == "https://***@host:1/x"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for options in ([], ["--json"], ["--mask-envs"]):
        shown = call("doctor", "--tracking-uri", "http://me:hunter2@127.0.0.1:1", *options, code=1)
        assert "hunter2" not in shown.output
        assert "KISEKI_HOST" in shown.output
        assert ("0.0.0.0" in shown.output) == ("--mask-envs" not in options)
