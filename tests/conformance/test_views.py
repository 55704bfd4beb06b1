"""What every `Views` does."""

from __future__ import annotations

from kiseki.domain.views import SavedView
from kiseki.store import Store, open_store
from tests.conformance.rows import ARTIFACT_ROOT

NAMES = ["a", "A", "a ", "ä", "a\u0308", "日本", "🎌", "it's", "a%", "a_", "\\", "x" * 200]


def view(name: str, scope: str = "s", state: str = "{}", time: int = 1) -> SavedView:
    return SavedView(scope=scope, name=name, state=state, update_time=time)


def listed(store: Store, scope: str = "s") -> list[SavedView]:
    return store.read(lambda session: session.views.list(scope))


def save(store: Store, one: SavedView) -> None:
    store.write(lambda session: session.views.save(one))


def delete(store: Store, scope: str, name: str) -> bool:
    return store.write(lambda session: session.views.delete(scope, name))


def test_views_are_kept_whole_and_listed_by_name(store: Store, uri: str) -> None:
    views = [view(name, state=f'"{name}"', time=i) for i, name in enumerate(NAMES)]
    for one in views:
        save(store, one)
    expected = sorted(views, key=lambda one: one.name)
    assert listed(store) == expected
    store.close()
    again = open_store(uri, ARTIFACT_ROOT)
    assert listed(again) == expected
    again.close()


def test_a_view_is_replaced(store: Store) -> None:
    save(store, view("a"))
    save(store, view("b"))
    save(store, view("a", state="[1]", time=7))
    assert listed(store) == [view("a", state="[1]", time=7), view("b")]


def test_scopes_are_apart(store: Store) -> None:
    for scope in ("s", "S", "s ", "x" * 500):
        save(store, view("a", scope, state=f'"{len(scope)}"'))
    assert [listed(store, scope)[0].state for scope in ("s", "S", "s ", "x" * 500)] == ['"1"', '"1"', '"2"', '"500"']
    assert delete(store, "S", "a")
    assert listed(store, "S") == []
    assert listed(store, "s") == [view("a", state='"1"')]
    assert listed(store, "none") == []


def test_delete(store: Store) -> None:
    save(store, view("a"))
    assert not delete(store, "s", "A")
    assert delete(store, "s", "a")
    assert not delete(store, "s", "a")
    assert listed(store) == []


def test_a_long_state(store: Store) -> None:
    one = view("a", state=f'"{"語" * 20_000}"')
    save(store, one)
    assert listed(store) == [one]
