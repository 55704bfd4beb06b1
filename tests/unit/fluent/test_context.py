import getpass
import subprocess
import sys
from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.capture.repository import find_repository
from kiseki.capture.secrets import recordable_address
from kiseki.fluent import context


@pytest.fixture(autouse=True)
def fresh() -> None:
    find_repository.cache_clear()


def git(folder: Path, *arguments: str) -> str:
    own = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    command = ["git", "-C", str(folder), *own, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_user_and_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "--fast"])
    tags = context.context_tags()
    assert tags["mlflow.user"] == getpass.getuser()
    assert tags["mlflow.source.name"] == "train.py"
    assert tags["mlflow.source.type"] == "LOCAL"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    assert context.context_tags()["mlflow.user"] == "me"


def test_a_user_id_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert context.context_tags()["mlflow.user"] == "unknown"


def test_the_repository_of_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    script = folder / "train.py"
    script.write_text("", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert not [key for key in context.context_tags() if ".git." in key]
    git(folder, "init", "--quiet")
    find_repository.cache_clear()
    assert not [key for key in context.context_tags() if ".git." in key]
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    git(folder, "remote", "add", "origin", "https://user:secret@example.com/a/b.git")
    find_repository.cache_clear()
    found = {key: value for key, value in context.context_tags().items() if ".git." in key}
    assert found == {
        "mlflow.source.git.commit": git(folder, "rev-parse", "HEAD"),
        "mlflow.source.git.branch": git(folder, "branch", "--show-current"),
        "mlflow.source.git.repoURL": "https://example.com/a/b.git",
    }
    git(folder, "checkout", "--quiet", "--detach")
    find_repository.cache_clear()
    assert "mlflow.source.git.branch" not in context.context_tags()


def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not [key for key in context.context_tags() if ".git." in key]


def test_tags_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_CONTEXT", '{"job": 7, "mlflow.source.type": "JOB"}')
    tags = context.context_tags()
    assert (tags["job"], tags["mlflow.source.type"]) == ("7", "JOB")
    monkeypatch.setenv("KISEKI_RUN_CONTEXT", "[1]")
    with pytest.raises(InvalidParameter, match="KISEKI_RUN_CONTEXT must hold a JSON object"):
        context.context_tags()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://u:p@h/x.git", "https://h/x.git"),
        ("https://token@h:8443/x.git", "https://h:8443/x.git"),
        ("git@h:x.git", "git@h:x.git"),
        ("ssh://git:p@h/x.git", "ssh://git@h/x.git"),
        ("/srv/x.git", "/srv/x.git"),
    ],
)
def test_passwords_do_not_go_into_tags(address: str, shown: str) -> None:
    assert recordable_address(address) == shown
