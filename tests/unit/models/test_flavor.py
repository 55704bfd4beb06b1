import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kiseki
from kiseki.client import resolve
from kiseki.models.flavor import arrays_of, log_flavor
from kiseki.models.package import Parts, package

NAME = "a_flavor_of_this_test"


def log_model(given: Any, artifact_path: str | None = None, metadata: Any = None, **kwargs: Any) -> Any:
    return log_flavor(NAME, locals())


def save_model(given: Any, path: str, mlflow_model: Any = None, metadata: Any = None, unit: str = "m") -> None:
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=[]) as folder:
        (folder.path / "data.txt").write_text(str(given))
        folder.add_flavor("own", unit=unit)


@pytest.fixture(autouse=True)
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KISEKI_TRACKING_URI", f"sqlite:///{tmp_path}/kiseki.db")
    module = ModuleType(NAME)
    vars(module).update(save_model=save_model)
    monkeypatch.setitem(sys.modules, NAME, module)
    monkeypatch.chdir(tmp_path)
    yield
    resolve.close_all()


def test_arguments_go_to_the_logged_model_and_to_its_flavor() -> None:
    info = log_model(3, "lengths", {"purpose": "a test"}, unit="km", tags={"stage": "draft"})
    model = kiseki.models.Model.load(info.model_uri)
    assert model.flavors == {"own": {"unit": "km", "code": None}}
    assert model.metadata == {"purpose": "a test"}
    logged = kiseki.KisekiClient().get_logged_model(info.model_id)
    assert logged.name == "lengths"
    assert logged.tags["stage"] == "draft"


def test_an_argument_that_the_flavor_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        log_model(3, colour="red")


def test_arrays_stand_where_tensors_stood() -> None:
    found = arrays_of({"a": (1, [2]), 3: 4}, lambda value: -value)
    assert found == {"a": [-1, [-2]], "3": -4}
