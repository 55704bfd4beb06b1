"""Changes of many runs at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import RunId
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.keys import check_given, check_key, check_value
from kiseki.domain.runs import NAME_TAG
from kiseki.service.runs import MAX_TAGS_PER_BATCH, check_active, check_restorable, locate, write_tags
from kiseki.store import Session
from kiseki.store.protocol import RunKey

MAX_RUNS: Final = 1_000
MAX_TEXT_CHARS: Final = 64 * 2**20
"""The most characters that the tags may come to in all runs together."""


def edit(
    session: Session,
    run_ids: Sequence[str],
    set_tags: Mapping[str, str],
    delete_tags: Sequence[str] = (),
    stage: LifecycleStage | None = None,
    name: str = "",
) -> list[RunId]:
    """Makes the same change of 1 to 1,000 runs and returns those that are not as they were, in the order given.

    A run in the trash takes no change but to be restored, which comes first; moving to the trash comes last. A tag to
    be deleted that a run does not have is no error.

    Raises:
        NotFound: A run does not exist; the message has its id.
        InvalidParameter: A tag or name is not valid, too much is given, or a run is in the trash.
    """
    _check(run_ids, set_tags, delete_tags, name)
    tags = {**set_tags, NAME_TAG: name} if name else dict(set_tags)
    now = now_ms()
    changed = []
    for run_id in dict.fromkeys(run_ids):
        key = locate(session, run_id)
        moves = stage is not None and stage is not key.lifecycle_stage
        if moves and stage is LifecycleStage.ACTIVE:
            session.runs.set_lifecycle(check_restorable(key), stage, now)
        elif tags or delete_tags:
            check_active(key)
        if _change_tags(session, key, tags, delete_tags) or moves:
            changed.append(key.run_id)
        if moves and stage is LifecycleStage.DELETED:
            session.runs.set_lifecycle(key, stage, now)
    return changed


def _check(run_ids: Sequence[str], set_tags: Mapping[str, str], delete_tags: Sequence[str], name: str) -> None:
    if not 1 <= len(run_ids) <= MAX_RUNS:
        raise InvalidParameter(
            f"Invalid value for parameter 'run_ids' supplied: it has {len(run_ids)} runs. Give 1 to {MAX_RUNS}."
        )
    for field, count in (("set_tags", len(set_tags)), ("delete_tags", len(delete_tags))):
        if count > MAX_TAGS_PER_BATCH:
            raise InvalidParameter(f"'{field}' has {count} tags; the limit is {MAX_TAGS_PER_BATCH}.")
    for i, (key, value) in enumerate(set_tags.items()):
        check_key(key, f"set_tags[{i}].key")
        check_value(value, f"set_tags[{i}].value")
    for i, key in enumerate(delete_tags):
        check_given(key, f"delete_tags[{i}]")
        if key in set_tags:
            raise InvalidParameter(f"The tag {key[:250]!r} is to be set and to be deleted. Give it once.")
    if len(run_ids) * sum(map(len, set_tags.values())) > MAX_TEXT_CHARS:
        raise InvalidParameter(
            f"The values of 'set_tags' in {len(run_ids)} runs are over {MAX_TEXT_CHARS} characters. Give fewer runs at once."
        )
    if name:
        check_value(name, "name")
        if len(set(run_ids)) > 1:
            raise InvalidParameter(
                f"'name' renames one run, and {len(set(run_ids))} were given. Give one, or leave 'name' out."
            )
        if set_tags.get(NAME_TAG, name) != name or NAME_TAG in delete_tags:
            raise InvalidParameter(f"'name' is also the tag {NAME_TAG}, of which the request says something else.")


def _change_tags(session: Session, key: RunKey, tags: Mapping[str, str], delete_tags: Sequence[str]) -> bool:
    """Sets and deletes tags; whether anything changed. The tag that has the run's name renames it."""
    present = session.runs.tags(key, [*tags, *delete_tags]) if tags or delete_tags else {}
    new = {tag: value for tag, value in tags.items() if present.get(tag) != value}
    if new.get(NAME_TAG) == "":
        # As everywhere, an empty name is ignored.
        del new[NAME_TAG]
    if new:
        write_tags(session, key, new)
    gone = [session.runs.delete_tag(key, tag) for tag in delete_tags if tag in present]
    return bool(new or gone)
