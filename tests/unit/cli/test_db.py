"""`kiseki db` in process."""

import json
import sqlite3
from pathlib import Path

from kiseki.client import KisekiClient
from tests.unit.cli.conftest import Call


def test_a_backup_and_back(client: KisekiClient, call: Call, folder: Path) -> None:
    run = client.create_run("0").info.run_id
    assert call("db", "backup", "b.db").stdout.startswith("Wrote b.db, ")
    assert "not overwritten" in call("db", "backup", "b.db", code=1).output
    told = json.loads(call("db", "backup", "c.db", "--json").stdout)
    assert told == {"file": str(folder / "c.db"), "bytes": (folder / "c.db").stat().st_size}
    assert "in use" in call("db", "restore", "b.db", "--replace", code=1).output
    assert "has data" in call("db", "restore", "b.db", code=1).output
    call("db", "restore", "b.db", "--backend-store-uri", "sqlite:///new.db")
    assert KisekiClient(f"sqlite:///{folder}/new.db").get_run(run).info.run_id == run


def test_a_copy(client: KisekiClient, call: Call, folder: Path, uri: str) -> None:
    client.create_run("0")
    shown = call("db", "copy", uri, "sqlite:///copy.db").stdout
    assert "both databases have the same in each table" in shown
    assert "has data" in call("db", "copy", uri, "sqlite:///copy.db", code=1).output
    told = json.loads(call("db", "copy", uri, "sqlite:///other.db", "--json").stdout)
    assert told["tables"]["runs"]["rows"] == 1
    assert "no database" in call("db", "copy", "sqlite:///none.db", "sqlite:///x.db", code=1).output
    assert not (folder / "x.db").exists()


def test_schemas(call: Call, folder: Path) -> None:
    assert "no database" in call("db", "current", code=1).output
    assert "no database" in call("db", "check", code=1).output
    made = call("db", "upgrade").stdout
    newest = call("db", "current").stdout.strip()
    assert made == f"sqlite:///kiseki.db was brought from nothing to the schema {newest}.\n"
    assert call("db", "upgrade", "sqlite:///kiseki.db").stdout.endswith(f"the newest schema already, {newest}.\n")
    assert json.loads(call("db", "current", "--json").stdout) == {"schema": newest, "newest": newest}
    assert call("db", "check").stdout.endswith(f"is sound and has the newest schema, {newest}.\n")
    # What 0001 had not.
    driver = sqlite3.connect(folder / "kiseki.db")
    driver.executescript(
        "DROP TABLE views; DROP INDEX ix_runs_activity; UPDATE alembic_version SET version_num = '0001_first';"
    )
    driver.close()
    assert call("db", "current").stdout == f"0001_first (this version has {newest})\n"
    assert "kiseki db upgrade" in call("db", "check", code=1).stdout
    assert "kiseki db upgrade" in call("db", "copy", "sqlite:///kiseki.db", "sqlite:///x.db", code=1).output
    # The state before an upgrade is what a backup is for.
    call("db", "backup", "before.db")
    assert call("db", "upgrade").stdout.startswith("sqlite:///kiseki.db was brought from 0001_first")
    assert json.loads(call("db", "check", "--json").stdout)["problems"] == []


def test_damage_is_told(client: KisekiClient, call: Call, folder: Path) -> None:
    client.create_run("0")
    from kiseki.client.resolve import close_all

    close_all()
    driver = sqlite3.connect(folder / "kiseki.db")
    driver.execute("UPDATE runs SET experiment = 77")
    driver.commit()
    driver.close()
    assert "a row of runs refers to one of experiments" in call("db", "check", code=1).stdout
    assert json.loads(call("db", "check", "--json", code=1).stdout)["ok"] is False
