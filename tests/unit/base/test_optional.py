import json

import pytest

from kiseki.base.errors import MissingDependency
from kiseki.base.optional import optional


def test_what_is_installed() -> None:
    assert optional("json", "a test") is json


def test_what_is_missing_names_the_line_that_installs_it() -> None:
    with pytest.raises(MissingDependency, match=r"A test needs the package 'no-such-thing'.*pip install no-such-thing"):
        optional("no_such_thing.inner", "A test", "no-such-thing")
    with pytest.raises(ImportError, match="pip install no_such_thing"):
        optional("no_such_thing.inner", "A test")
