"""Measures the model registry beside MLflow's: ``python -m bench.registry``.

Both have 10,000 registered models with 10 versions each, tags and an alias, written straight into the SQLite database that
each server made itself. One client asks for pages of searches and resolves aliases; answers are compared.
"""

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bench import pages
from bench.command import CACHE
from bench.pages import Asked, Question
from bench.peers import kiseki, mlflow_here

TEAMS: Final = 50
_MODELS: Final = "/api/2.0/mlflow/registered-models/search"
_VERSIONS: Final = "/api/2.0/mlflow/model-versions/search"
_ALIAS: Final = "/api/2.0/mlflow/registered-models/alias"
_BEGAN: Final = 1_700_000_000_000
PAGE_MS: Final = 50.0
"""What a page may take."""
ALIAS_MS: Final = 2.0

Row = tuple[Any, ...]


def rows(models: int, versions: int) -> Iterator[tuple[Row, list[Row]]]:
    """Each model (name, time, team) with its versions (number, time, source, run)."""
    for i in range(models):
        of = [(v + 1, _BEGAN + i * versions + v, f"s3://bucket/{i}/{v}", f"{i:016x}{v:016x}") for v in range(versions)]
        yield (f"model-{i:05d}", _BEGAN + i, f"team-{i % TEAMS}"), of


def fill_kiseki(database: Path, models: int, versions: int) -> None:
    """The rows as kiseki's own store writes them."""
    from kiseki.domain.model_versions import ModelVersion
    from kiseki.domain.registered_models import RegisteredModel
    from kiseki.store import Session, open_store

    store = open_store(f"sqlite:///{database}", "mlflow-artifacts:/")

    def add(part: list[tuple[Row, list[Row]]]) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            for (name, moment, team), of in part:
                key = session.registered_models.create(
                    RegisteredModel(name=name, creation_time=moment, last_update_time=moment, tags={"team": team})
                )
                for number, time_, source, run in of:
                    session.model_versions.add(
                        key,
                        ModelVersion(
                            name=name,
                            version=number,
                            creation_time=time_,
                            last_update_time=time_,
                            source=source,
                            location=source,
                            run_id=run,
                            tags={"n": str(number)},
                        ),
                    )
                session.registered_models.point(key, "champion", 1)

        return work

    part: list[tuple[Row, list[Row]]] = []
    for row in rows(models, versions):
        part.append(row)
        if len(part) == 500:
            store.write(add(part))
            part = []
    store.write(add(part))
    store.close()


def fill_mlflow(database: Path, models: int, versions: int) -> None:
    """The rows in the tables that MLflow's server made."""
    driver = sqlite3.connect(database)
    with driver:
        for (name, moment, team), of in rows(models, versions):
            last = of[-1][1]
            driver.execute(
                "INSERT INTO registered_models (name, creation_time, last_updated_time, description, workspace)"
                " VALUES (?, ?, ?, '', 'default')",
                (name, moment, last),
            )
            driver.execute(
                'INSERT INTO registered_model_tags ("key", value, name, workspace) VALUES (?, ?, ?, ?)',
                ("team", team, name, "default"),
            )
            driver.executemany(
                "INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, current_stage,"
                " source, run_id, status, run_link, storage_location, workspace)"
                " VALUES (?1, ?2, ?3, ?3, '', 'None', ?4, ?5, 'READY', '', ?4, 'default')",
                [(name, *one) for one in of],
            )
            driver.executemany(
                'INSERT INTO model_version_tags ("key", value, name, version, workspace)'
                " VALUES ('n', ?1, ?2, ?1, 'default')",
                [(number, name) for number, *_ in of],
            )
            driver.execute(
                "INSERT INTO registered_model_aliases (alias, version, name, workspace) VALUES ('champion', 1, ?, 'default')",
                (name,),
            )
    driver.close()


def told(body: Any) -> Any:
    """The names and versions in an answer, in their order."""
    if "model_version" in body:
        return body["model_version"]["name"], body["model_version"]["version"]
    versions = [(one["name"], one["version"]) for one in body.get("model_versions", [])]
    return versions or [one["name"] for one in body.get("registered_models", [])]


def questions(models: int) -> list[Question]:
    """All that is measured."""
    name = f"model-{models // 2:05d}"
    page: dict[str, Any] = {"max_results": 100}

    def asked(what: str, path: str, most_ms: float, /, **query: str | int) -> Question:
        return Question(what, f"{path}?{urlencode(query)}", most_ms)

    return [
        asked("an alias resolved", _ALIAS, ALIAS_MS, name=name, alias="champion"),
        asked("models, the first page", _MODELS, PAGE_MS, **page),
        asked("models, by a part of the name", _MODELS, PAGE_MS, filter="name LIKE '%99%'", **page),
        asked("models, by a tag", _MODELS, PAGE_MS, filter="tags.team = 'team-7'", **page),
        asked("models, by the last change", _MODELS, PAGE_MS, order_by="last_updated_timestamp DESC", **page),
        asked("versions, the first page", _VERSIONS, PAGE_MS, **page),
        asked("versions of a model", _VERSIONS, PAGE_MS, filter=f"name = '{name}'", **page),
        asked("versions of a run", _VERSIONS, PAGE_MS, filter=f"run_id = '{models // 2:016x}{3:016x}'", **page),
        asked("versions, by a tag", _VERSIONS, PAGE_MS, filter="tags.n = '3'", **page),
        asked("versions, by a part of the source", _VERSIONS, PAGE_MS, filter="source_path LIKE '%/77/3'", **page),
        asked("versions, by their numbers", _VERSIONS, PAGE_MS, order_by="version_number DESC", **page),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark and writes its table."""
    parser = argparse.ArgumentParser(prog="python -m bench.registry", description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=100, help="requests of kiseki; of MLflow a tenth")
    parser.add_argument("--dry", action="store_true", help="write no result")
    options = parser.parse_args(arguments)
    sizes = {"models": options.models, "versions": options.versions}
    asked = questions(options.models)
    peers = (
        Asked(kiseki(CACHE), partial(fill_kiseki, **sizes), asked, options.repeats),
        Asked(mlflow_here(CACHE), partial(fill_mlflow, **sizes), asked, max(3, options.repeats // 10)),
    )
    note = f"{options.models:,} models with {options.versions} versions each; pages of 100"
    return pages.measure("registry", "model registry", peers, told, note, 20, dry=options.dry)


if __name__ == "__main__":
    sys.exit(main())
