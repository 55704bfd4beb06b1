"""What a version is registered from: whether a client may name it, and where its files are.

Whatever a client names is data: nothing is opened here. A path, and a location behind the server's artifact proxy, must lie
in the folder of the run or of the logged model that the request names; a bucket may be any, since the server opens only
what lies below its own roots.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.artifact_store import (
    OBJECT_SCHEMES,
    Location,
    check_artifact_location,
    check_path,
    join_uri,
    parse_location,
)
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.ids import ExperimentId, ModelId, RunId, is_model_id, is_run_id
from kiseki.domain.artifacts import Owner
from kiseki.domain.experiments import View
from kiseki.domain.keys import check_given
from kiseki.domain.logged_models import FORBIDDEN_IN_NAME, LoggedModel
from kiseki.domain.model_uris import ModelUri, is_model_uri, parse_model_uri
from kiseki.domain.model_versions import ModelVersion
from kiseki.query import LOGGED_MODELS, parse_filter
from kiseki.service import logged_models, registered_models
from kiseki.service.artifacts import folders_above, written_base
from kiseki.store import Session

MAX_SOURCE_CHARS: Final = 2_048
_BUCKETS: Final = frozenset({*OBJECT_SCHEMES, "dbfs"})
_PROXY: Final = "mlflow-artifacts"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a version is made from: as it is kept, where its files are, and which run and logged model it is of.

    `copied` is the version that it is a copy of.
    """

    source: str
    location: str
    run_id: str = ""
    model_id: str = ""
    copied: ModelVersion | None = None


def resolve(session: Session, source: str, run_id: str, model_id: str, *, own_rights: bool = False) -> Source:
    """What a request to register names; with `own_rights` a path may be any that is absolute.

    Raises:
        InvalidParameter: The source is nothing that may be named so; nothing was looked at.
        NotFound: There is no such logged model, version or run.
    """
    given = check_given(source, "source")
    if len(given) > MAX_SOURCE_CHARS:
        raise _invalid(given, f"it has {len(given)} characters, the limit is {MAX_SOURCE_CHARS}.")
    if run_id and not is_run_id(run_id):
        raise InvalidParameter(f"Invalid value {run_id[:64]!r} for parameter 'run_id' supplied: it is no run id.")
    if model_id and not is_model_id(model_id):
        raise InvalidParameter(
            f"Invalid value {model_id[:64]!r} for parameter 'model_id' supplied: it is no id of a logged model."
        )
    model = logged_models.get(session, model_id) if model_id else None
    _hold(session, run_id, model_id)
    if is_model_uri(given):
        return _of_model_uri(session, given, parse_model_uri(given), run_id, model)
    location = _parsed(given)
    run = run_id or (model.source_run_id if model else "")
    if location.scheme == "runs":
        return _of_run(session, given, location, run_id, model)
    if location.scheme == _PROXY or (location.is_local and not own_rights):
        _check_inside(session, location, run_id, model)
    return Source(source=given, location=given, run_id=run, model_id=model_id)


def _hold(session: Session, run_id: str, model_id: str) -> None:
    """Keeps the run and the logged model from being deleted permanently meanwhile, which looks for versions of theirs."""
    run = session.runs.locate(RunId(run_id)) if run_id else None
    if run is not None and run.purging:
        raise NotFound(f"Run '{run_id}' not found")
    model = session.logged_models.locate(ModelId(model_id)) if model_id else None
    if model_id and (model is None or model.purging):
        raise NotFound(f"Logged model with ID '{model_id}' not found")


def check_location(location: str) -> str:
    """Returns where a version's files are, as it was kept, or raises InvalidParameter when no client may be sent there.

    Rows may be older than this rule, or come from another database.
    """
    found = _parsed(location)
    if found.scheme == "runs":
        raise _invalid(location, "it is no place of files.")
    return location


def _parsed(uri: str) -> Location:
    """A source that is a place of files or of a run."""
    try:
        location = parse_location(uri)
        if location.scheme == "runs":
            return location
        if location.is_local or location.scheme in {_PROXY, *_BUCKETS}:
            check_artifact_location(uri, allowed_schemes=(_PROXY,))
    except InvalidParameter as error:
        raise _invalid(uri, str(error)) from None
    if location.scheme not in {_PROXY, "file", *_BUCKETS}:
        raise _invalid(uri, f"sources of the scheme {location.scheme!r} are not registered.")
    if location.scheme == _PROXY and location.authority:
        raise _invalid(uri, "name the place on this server, without a host: mlflow-artifacts:/…")
    if location.scheme == "dbfs" and location.authority:
        raise _invalid(uri, "a dbfs: URI names no host.")
    if location.is_local and not location.path.startswith("/"):
        raise _invalid(
            uri,
            "To use a local path as a model version source, it must be absolute, and the run_id request parameter has to be "
            "specified.",
        )
    if location.is_local and written_base(location) is None:
        raise _invalid(uri, "'..' is not allowed.")
    return location


def _of_model_uri(session: Session, given: str, named: ModelUri, run_id: str, model: LoggedModel | None) -> Source:
    if named.path:
        raise _invalid(given, "a version is a whole model, not a part of one.")
    if named.model_id:
        if model is None or model.model_id != named.model_id:
            raise _invalid(given, "The model_id request parameter must identify the resource that contains the source.")
        return Source(
            source=str(named),
            location=model.artifact_uri,
            run_id=run_id or model.source_run_id,
            model_id=model.model_id,
        )
    copied = registered_models.resolve(session, named)
    if (run_id and run_id != copied.run_id) or (model and model.model_id != copied.model_id):
        raise _invalid(given, "The run_id and model_id request parameters must match the referenced model version.")
    return Source(
        source=f"models:/{copied.name}/{copied.version}",
        location=copied.location,
        run_id=copied.run_id,
        model_id=copied.model_id,
        copied=copied,
    )


def _of_run(session: Session, given: str, location: Location, run_id: str, model: LoggedModel | None) -> Source:
    """A path of a run; a logged model of the run whose name the path is, where there is one."""
    named, _, path = location.path.lstrip("/").partition("/")
    if location.authority or not is_run_id(named) or not path:
        raise _invalid(given, "write runs:/<run id>/<path of the model>.")
    if named != run_id:
        raise _invalid(given, "The run_id request parameter must identify the resource that contains the source.")
    checked = check_path(path, folder=True)
    key = session.runs.locate(RunId(named))
    if key is None:
        raise NotFound(f"Run '{named}' not found")
    found = _model_named(session, str(key.experiment), named, checked) if model is None else model
    if found is not None and found.source_run_id == named and found.name == checked:
        return Source(source=given, location=found.artifact_uri, run_id=named, model_id=found.model_id)
    return Source(
        source=given,
        location=join_uri(key.artifact_uri, checked),
        run_id=named,
        model_id=model.model_id if model else "",
    )


def _model_named(session: Session, experiment: str, run_id: str, name: str) -> LoggedModel | None:
    if any(one in name for one in FORBIDDEN_IN_NAME):
        return None
    where = parse_filter(f"name = '{name}' AND source_run_id = '{run_id}'", LOGGED_MODELS)
    page = session.logged_models.search([ExperimentId(experiment)], View.ACTIVE_ONLY, where, [], [], 1, "")
    return page.items[0] if page.items else None


def _check_inside(session: Session, location: Location, run_id: str, model: LoggedModel | None) -> None:
    """Raises InvalidParameter unless a location lies in the artifacts of the run or of the logged model, by its text."""
    roots = [model.artifact_uri] if model else []
    run = session.runs.locate(RunId(run_id)) if run_id else None
    if run is not None:
        roots.append(run.artifact_uri)
    if not any(_is_inside(location, parse_location(root)) for root in roots):
        what = "a local path" if location.is_local else "a location behind the artifact proxy"
        raise _invalid(
            location.uri,
            f"To use {what} as a model version source, the run_id or the model_id request parameter has to be specified "
            "and the source has to be contained within the artifact directory of that run or logged model. The run_id "
            "request parameter must identify the resource that contains the source.",
        )


def _is_inside(location: Location, root: Location) -> bool:
    if location.scheme != root.scheme or location.authority != root.authority:
        return False
    if location.scheme == _PROXY:
        return location.path == root.path or location.path.startswith(f"{root.path}/")
    wanted, base = written_base(location), written_base(root)
    return wanted is not None and base is not None and (wanted == base or base in folders_above(wanted))


def _invalid(source: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid model version source: {source[:300]!r}. {reason}")


def owner_of(session: Session, version: ModelVersion) -> Owner | None:
    """The logged model or the run whose files a version's are, if it is still there."""
    if version.model_id and session.logged_models.locate(ModelId(version.model_id)) is not None:
        return Owner(model_id=version.model_id)
    if version.run_id and session.runs.locate(RunId(version.run_id)) is not None:
        return Owner(run_id=version.run_id)
    return None
