"""What errors are to other processes."""

import pickle

import pytest

from kiseki.base import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidParameter("x", column="a"),
        errors.FilterError("x", 3),
        errors.MissingDependency("pyarrow", "An export"),
        errors.RemoteError("x", "INTERNAL_ERROR", 502),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_reach_other_processes(error: errors.KisekiError) -> None:
    found = pickle.loads(pickle.dumps(error))
    assert (type(found), str(found), found.http_status) == (type(error), str(error), error.http_status)
    assert vars(found) == vars(error)
