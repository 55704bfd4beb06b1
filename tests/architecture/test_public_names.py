import types

import pytest

import kiseki


def test_every_name_in_all_exists() -> None:
    missing = [name for name in kiseki.__all__ if not hasattr(kiseki, name)]
    assert missing == []


def test_all_names_are_unique_and_sorted() -> None:
    names = list(kiseki.__all__)
    assert names == sorted(set(names))


def test_dir_shows_every_name_of_all() -> None:
    assert set(kiseki.__all__) <= set(dir(kiseki))


def test_nothing_of_kiseki_is_public_and_missing_from_all() -> None:
    for name in kiseki.__all__:
        getattr(kiseki, name)
    public = {
        name
        for name, value in vars(kiseki).items()
        if not name.startswith("_")
        and not isinstance(value, types.ModuleType)
        and str(getattr(value, "__module__", "")).startswith("kiseki")
    }
    assert public - set(kiseki.__all__) == set()


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(kiseki, "no_such_name")  # noqa: B009 - mypy knows that a plain attribute does not exist
