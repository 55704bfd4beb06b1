from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.client import resolve
from kiseki.client.local import LocalBackend
from kiseki.client.remote import RemoteBackend


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("KISEKI_TRACKING_URI", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(resolve, "_chosen", None)
    monkeypatch.setattr(resolve, "_chosen_registry", None)
    monkeypatch.chdir(tmp_path)
    yield
    resolve.close_all()


def test_the_default_is_a_database_in_this_folder(tmp_path: Path) -> None:
    assert resolve.get_tracking_uri() == f"sqlite:///{tmp_path}/kiseki.db"
    assert not resolve.is_tracking_uri_set()


def test_set_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://theirs:1")
    assert resolve.get_tracking_uri() == "http://theirs:1"
    monkeypatch.setenv("KISEKI_TRACKING_URI", "http://ours:1")
    assert resolve.get_tracking_uri() == "http://ours:1"
    resolve.set_tracking_uri("sqlite:///x.db")
    assert resolve.get_tracking_uri() == "sqlite:///x.db"
    assert resolve.is_tracking_uri_set()
    resolve.set_tracking_uri("")
    assert not resolve.is_tracking_uri_set()


def test_a_child_process_finds_the_same_place(tmp_path: Path) -> None:
    import os

    resolve.set_tracking_uri("sqlite:///sub/x.db")
    assert os.environ["KISEKI_TRACKING_URI"] == f"sqlite:///{tmp_path}/sub/x.db"
    resolve.set_tracking_uri(Path("folder"))
    assert os.environ["KISEKI_TRACKING_URI"] == str(tmp_path / "folder")


def test_the_registry_follows_the_tracking_uri() -> None:
    resolve.set_tracking_uri("http://a:1")
    assert resolve.get_registry_uri() == "http://a:1"
    resolve.set_registry_uri("http://b:1")
    assert resolve.get_registry_uri() == "http://b:1"


@pytest.mark.parametrize(
    ("uri", "absolute"),
    [
        ("http://h:1/", "http://h:1"),
        ("https://h/prefix/", "https://h/prefix"),
        ("sqlite:///a/../b.db", "sqlite:///{}/b.db"),
        ("sqlite:////abs/b.db", "sqlite:////abs/b.db"),
        ("./mlruns", "{}/mlruns"),
        ("folder", "{}/folder"),
        ("file:///abs/x%20y", "/abs/x y"),
        ("postgresql+psycopg://u@h/db", "postgresql+psycopg://u@h/db"),
    ],
)
def test_absolute(uri: str, absolute: str, tmp_path: Path) -> None:
    assert resolve.absolute_uri(uri) == absolute.format(tmp_path)


@pytest.mark.parametrize(
    "uri",
    [
        "ftp://h/x",
        "databricks://x",
        "http://",
        "http://h:port",
        "http://user:secret@h:1",
        "http://h:1/?a=b",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "file://other/x",
    ],
)
def test_what_is_no_tracking_uri(uri: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        resolve.set_tracking_uri(uri)
    assert "secret" not in str(caught.value)
    assert not resolve.is_tracking_uri_set()


def test_a_folder_of_mlflows_file_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("", encoding="utf-8")
    with pytest.raises(InvalidParameter, match="file store"):
        resolve.set_tracking_uri("mlruns")


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "k.db").write_text("", encoding="utf-8")
    with pytest.raises(InvalidParameter, match=f"sqlite:///{tmp_path}/k.db"):
        resolve.set_tracking_uri("k.db")


def test_one_place_has_one_backend(tmp_path: Path) -> None:
    one = resolve.backend_for("sqlite:///a.db")
    assert isinstance(one, LocalBackend)
    assert resolve.backend_for(f"sqlite:///{tmp_path}/./a.db") is one
    assert one.uri == f"sqlite:///{tmp_path}/a.db"
    other = resolve.backend_for("http://h:1/")
    assert isinstance(other, RemoteBackend)
    assert resolve.backend_for("http://h:1") is other


def test_a_folder_holds_database_and_artifacts(tmp_path: Path) -> None:
    backend = resolve.backend_for("place")
    assert backend.get_experiment("0").artifact_location == str(tmp_path / "place" / "artifacts" / "0")
    assert (tmp_path / "place" / "kiseki.db").is_file()
    assert (tmp_path / "place").stat().st_mode & 0o077 == 0
