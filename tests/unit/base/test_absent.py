import copy
import pickle
import types
from collections.abc import Callable

import pytest

from kiseki.base.absent import Absent
from kiseki.base.errors import NotImplementedByKiseki

ABSENT = Absent("sklearn")


@pytest.mark.parametrize(
    "use",
    [
        ABSENT,
        lambda: ABSENT.autolog(log_models=False),
        lambda: list(ABSENT.things),
        lambda: ABSENT.start().__enter__(),
        lambda: types.new_class("Mine", (ABSENT.Base,)),
    ],
)
def test_using_it_raises(use: Callable[[], object]) -> None:
    with pytest.raises(NotImplementedByKiseki, match=r"sklearn.*does not have it yet"):
        use()


def test_mentioning_it_does_not() -> None:
    assert repr(ABSENT.model.thing) == "<sklearn.model.thing: not in kiseki yet>"
    assert ABSENT.thing.__name__ == "thing"
    assert not isinstance(1, ABSENT.Model)  # type: ignore[arg-type] # what a script that only asks does
    assert (ABSENT.Model | None) is not None
    assert not hasattr(ABSENT, "_private")
    assert not hasattr(ABSENT, "__array__")
    assert repr(copy.copy(ABSENT)) == repr(pickle.loads(pickle.dumps(ABSENT))) == repr(ABSENT)
