import logging
from typing import Any

import pytest

from kiseki.models.params import AcceptedParams


class Library:
    def named(self, data: Any, margin: bool = False) -> Any: ...

    def open(self, data: Any, **others: Any) -> Any: ...


def test_a_method_gets_the_params_that_it_takes(caplog: pytest.LogCaptureFixture) -> None:
    accepted = AcceptedParams(Library().named)
    with caplog.at_level(logging.WARNING, "kiseki"):
        assert accepted.of(None) == {}
        assert accepted.of({}) == {}
        assert accepted.of({"margin": True}) == {"margin": True}
    assert caplog.messages == []


def test_what_it_does_not_take_is_left_out_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    accepted = AcceptedParams(Library().named)
    with caplog.at_level(logging.WARNING, "kiseki"):
        assert accepted.of({"margin": True, "b": 1, "a": 2}) == {"margin": True}
        assert accepted.of({"a": 2}) == {}
    assert caplog.messages == ["Library.named() does not take the params a, b, which are left out."]


def test_a_method_that_takes_anything_gets_everything(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "kiseki"):
        assert AcceptedParams(Library().open).of({"a": 1}) == {"a": 1}
    assert caplog.messages == []
