import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.base.settings import export, flag, number, setting, variable, withdraw


def test_kisekis_variable_comes_before_mlflows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_SOMETHING", "theirs")
    assert setting("SOMETHING") == "theirs"
    assert variable("SOMETHING") == "MLFLOW_SOMETHING"
    monkeypatch.setenv("KISEKI_SOMETHING", "")
    assert setting("SOMETHING") == "theirs"
    monkeypatch.setenv("KISEKI_SOMETHING", "ours")
    assert setting("SOMETHING") == "ours"
    assert variable("SOMETHING") == "KISEKI_SOMETHING"
    withdraw("SOMETHING")
    assert setting("SOMETHING") is None
    export("SOMETHING", "again")
    assert setting("SOMETHING") == "again"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("FALSE", False), ("off", False), ("", True)])
def test_a_flag(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_FLAG", text)
    assert flag("FLAG", True) is value


def test_a_setting_that_is_not_what_it_must_be_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_FLAG", "maybe")
    with pytest.raises(InvalidParameter, match="MLFLOW_FLAG is 'maybe'"):
        flag("FLAG", True)
    monkeypatch.setenv("KISEKI_NUMBER", "ten")
    with pytest.raises(InvalidParameter, match="KISEKI_NUMBER is 'ten'"):
        number("NUMBER", 1)
    monkeypatch.setenv("KISEKI_NUMBER", "11")
    with pytest.raises(InvalidParameter, match="from 0 to 10"):
        number("NUMBER", 1, high=10)
    monkeypatch.setenv("KISEKI_NUMBER", "2.5")
    assert number("NUMBER", 1) == 2.5
