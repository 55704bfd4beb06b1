"""What MLflow 3.17.2 with SQLite answered for the same runs: facts that were observed by asking it."""

from __future__ import annotations

import math

import pytest

from kiseki.base.errors import FilterError
from kiseki.query import (
    EXPERIMENTS,
    RUNS,
    DatasetRecord,
    MetricSummary,
    Record,
    matches,
    order,
    parse_filter,
    parse_order_by,
)


def _run(
    name: str,
    start_time: int,
    *,
    metrics: dict[str, list[float]],
    params: dict[str, str],
    tags: dict[str, str],
    datasets: tuple[DatasetRecord, ...] = (),
) -> Record:
    return Record(
        attributes={
            "run_id": f"{name.lower() * 32}",
            "run_name": name,
            "user_id": "someone",
            "status": "RUNNING" if name == "D" else "FINISHED",
            "start_time": start_time,
            "end_time": None if name == "D" else start_time + 500,
            "artifact_uri": f"runs/{name}/artifacts",
        },
        metrics={key: MetricSummary.of(history) for key, history in metrics.items()},
        params=params,
        tags={"mlflow.runName": name, **tags},
        datasets=datasets,
    )


RECORDS = [
    _run(
        "A",
        1000,
        metrics={"loss": [0.5], "acc": [1.0], "a b": [1.0], "m.min": [3.0], "m": [7.0, 2.0, 5.0]},
        params={
            "lr": "0.01",
            "a b": "x",
            "q": "it's",
            "qq": "it''s",
            "U": "ÄÖ",
            "d-e": "1",
            "f/g": "1",
            "n": "10",
        },
        tags={"t": "Hello", "mlflow.user": "bob", "sp ace": "y", "select": "1", "dq": 'say "hi"'},
        datasets=(
            DatasetRecord(name="ds1", digest="dg1", context="train"),
            DatasetRecord(name="ds2", digest="dg2", context="test"),
        ),
    ),
    _run(
        "B",
        2000,
        metrics={"loss": [math.nan], "acc": [2.0]},
        params={"lr": "0.1", "n": "9"},
        tags={"t": "hello"},
        datasets=(DatasetRecord(name="ds1", digest="dg9", context="test"),),
    ),
    _run("C", 3000, metrics={"loss": [math.inf]}, params={"lr": "1e-3"}, tags={"t": "100%", "p": "a_b"}),
    _run("D", 3000, metrics={"loss": [-math.inf]}, params={}, tags={"t": "HELLO", "p": "axb"}),
    _run("E", 5000, metrics={"loss": [-1.5], "acc": [1.0]}, params={"lr": "0.01"}, tags={}),
]


def found(text: str) -> str:
    node = parse_filter(text, RUNS)
    return "".join(str(record.attributes["run_name"]) for record in RECORDS if matches(node, record))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "ABCDE"),
        ("AND", "ABCDE"),
        ("metrics.loss < 0.6", "ADE"),
        ("metric.loss < 0.6", "ADE"),
        ("metrics.loss<0.6", "ADE"),
        ("metrics.loss != 0.5", "BCDE"),
        ("metrics.loss != 0", "ABCDE"),
        ("metrics.loss = 0.5", "A"),
        ("metrics.loss > 1e3", "C"),
        ("metrics.loss > 1E3", "C"),
        ("metrics.loss > .1", "AC"),
        ("metrics.loss > -.5", "AC"),
        ("metrics.loss > 1.", "C"),
        ("metrics.loss>-1", "AC"),
        ("metrics.loss > -1e-3", "AC"),
        ("metrics.loss=-1.5", "E"),
        ("metrics.loss > 00001", "C"),
        ("metrics.loss > 99999999999999999999999999", "C"),
        ("metrics.`m.min` = 3", "A"),
        ('metrics."m.min" = 3', "A"),
        ("metrics.'m.min' = 3", "A"),
        ("metrics.m = 5", "A"),
        ("metrics.`a b` = 1", "A"),
        ("`metrics`.loss < 0.6", "ADE"),
        ("`metrics`.`loss` < 0", "DE"),
        ('`metrics`."loss" < 0', "DE"),
        ("params.lr = '0.01'", "AE"),
        ('param.lr = "0.01"', "AE"),
        ("parameter.lr = '0.01'", "AE"),
        ("parameters.lr = '0.01'", "AE"),
        ("params.LR = '0.01'", ""),
        ("params.lr like '0.%'", "ABE"),
        ("params.lr ILIKE '0.%'", "ABE"),
        ("params.lr IS NULL", "D"),
        ("params.lr is not null", "ABCE"),
        ("params.lr IS not NULL", "ABCE"),
        ("params.lr != '0.01'", "BC"),
        ('params.q = "it\'s"', "A"),
        ("params.`d-e` = '1'", "A"),
        ("params.`f/g` = '1'", "A"),
        ("params.`a b` = 'x'", "A"),
        ("params.U = 'ÄÖ'", "A"),
        ("params.U ILIKE 'äö'", ""),
        ("params.U LIKE 'Ä_'", "A"),
        ("params.like = '1'", ""),
        ("params.and = '1'", ""),
        ("params.1a = 'x'", ""),
        ("params.a[0] = 'x'", ""),
        ("params.ключ = 'x'", ""),
        ("params.日本 = 'x'", ""),
        ("params.a..b = 'x'", ""),
        ("params.a. = 'x'", ""),
        ("tags.t = 'hello'", "B"),
        ("tag.t = 'hello'", "B"),
        ("tags.t = ' hello'", ""),
        ("tags.t LIKE 'h%'", "B"),
        ("tags.t ILIKE 'h%'", "ABD"),
        ("tags.t ILIKE 'HELL_'", "ABD"),
        ("tags.t LIKE '100%'", "C"),
        (r"tags.t LIKE '100\%'", ""),
        ("tags.t LIKE ''", ""),
        ("tags.t LIKE '%'", "ABCD"),
        ("tags.p LIKE 'a_b'", "CD"),
        ("tags.mlflow.user = 'bob'", "A"),
        ("tags.`mlflow.runName` = 'A'", "A"),
        ("tags.\"mlflow.runName\" LIKE 'A%'", "A"),
        ("tags.select = '1'", "A"),
        ("tags.t IS NULL", "E"),
        ("tags.`t` IS NULL", "E"),
        ("tags.t IS NOT NULL", "ABCD"),
        ("tags.t IS NULL AND tags.t IS NOT NULL", ""),
        ("tags.t IS NULL AND metrics.acc = 1", "E"),
        ("tags.t != 'hello' and tags.t != 'Hello'", "CD"),
        ("tags.`sp ace` = 'y'", "A"),
        ("tags.dq = 'say \"hi\"'", "A"),
        ("tags.t = ''", ""),
        ("tags.t = 'a and b'", ""),
        ("tags.t = 'hello' AND", "B"),
        ("tags.t = 'hello' and", "B"),
        ("AND tags.t = 'hello'", "B"),
        ("tags.t = 'hello' AND AND tags.t = 'hello'", "B"),
        ("tags.t='hello'and tags.t='hello'", "B"),
        ("tags.t = 'hello'AND params.n = '9'", "B"),
        ("tags.t=\t'HELLO'", "D"),
        ("tags.t\u3000=\u3000'hello'", "B"),
        ("metrics.acc = 1 \t and \t metrics.loss < 0", "E"),
        ("metrics.acc = 1 AND metrics.acc = 1.0 AND params.lr = '0.01'", "AE"),
        ("run_id = 'x'", ""),
        ("run_id != 'x'", "ABCDE"),
        ("run_id LIKE '%'", "ABCDE"),
        ("run_id IN ('x', \"y\")", ""),
        ("run_id IN( 'x')", ""),
        ("run_id IN ('x',)", ""),
        ("run_id not in ('x','y')", "ABCDE"),
        ("run_id NOT   IN ('x','y')", "ABCDE"),
        ("run_name = 'A'", "A"),
        ("\"run name\" = 'A'", "A"),
        ("`run name` = 'A'", "A"),
        ("attributes.`Run name` = 'A'", "A"),
        ("attributes.`Run Name` = 'A'", "A"),
        ("attr.run_name = 'A'", "A"),
        ("attribute.run_name LIKE 'A%'", "A"),
        ("run.run_name = 'A'", "A"),
        ("user_id != 'x'", "ABCDE"),
        ("status = 'FINISHED'", "ABCE"),
        ('status = "RUNNING"', "D"),
        ("status = 'finished'", ""),
        ("status != 'FINISHED'", "D"),
        ("status ILIKE 'fin%'", "ABCE"),
        ("status = 'NOSUCH'", ""),
        ("start_time = 1000", "A"),
        ("start_time = 1e3", "A"),
        ("start_time = 1000.", "A"),
        ("start_time > 1000.0", "BCDE"),
        ("start_time > 1000.5", "BCDE"),
        ("start_time >= 1000.5", "BCDE"),
        ("start_time < 1000.5", "A"),
        ("start_time <= 1000.5", "A"),
        ("start_time > -1", "ABCDE"),
        ("created > 1000", "BCDE"),
        ("attributes.Created > 1000", "BCDE"),
        ("end_time > 1000", "ABCE"),
        ("end_time != 1500", "BCE"),
        ("artifact_uri LIKE '%'", "ABCDE"),
        ("dataset.name = 'ds1'", "AB"),
        ("datasets.name = 'ds1'", "AB"),
        ("dataset.context = 'test'", "AB"),
        ("dataset.name != 'ds1'", "A"),
        ("dataset.name NOT IN ('ds1')", "A"),
        ("dataset.name IN ('ds1','ds2')", "AB"),
        ("dataset.name ILIKE 'DS%'", "AB"),
        ("dataset.name = 'ds1' AND dataset.digest = 'dg2'", "A"),
        ("dataset.name = 'ds2' AND dataset.context = 'train'", "A"),
        ("status = 'FINISHED' and start_time > 1000 and metrics.acc = 1", "E"),
    ],
)
def test_what_mlflow_finds_is_found(text: str, names: str) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "names", "mlflow_names"),
    [
        # A suffix is an aggregate: MLflow looks for the metric `m.min`.
        ("metrics.m.min = 2", "A", ""),
        ("metrics.m.min = 3", "", "A"),
        # A doubled quote is one quote: MLflow looks for both characters.
        ("params.q = 'it''s'", "A", ""),
        ("params.qq = 'it''s'", "", "A"),
    ],
)
def test_where_the_meaning_differs(text: str, names: str, mlflow_names: str) -> None:
    assert found(text) == names != mlflow_names


@pytest.mark.parametrize(
    "text",
    [
        "tags.t = 'hello' tags.t = 'hello'",
        "run_id IN ('x' 'y')",
        "run_id IN (('x'))",
        "metrics. loss < 0.6",
        "tags. = 'x'",
        "tags.`` = 'x'",
        "params.a.`b c` = 'x'",
        "metrics.`loss`.x < 0",
        "metrics.loss < 1e999",
        "metrics.loss > ١",
        "start_time = 1000.5",
        "start_time != 1000.5",
        "start_time < 1e30",
        "params.q = 'it\\'s'",
        "params.a = '\x00'",
    ],
)
def test_what_mlflow_accepts_and_kiseki_refuses(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text, RUNS)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tags.t = 'hello' OR tags.t='Hello'", "AB"),
        ("(tags.t = 'hello')", "B"),
        ("NOT tags.t = 'hello'", "ACDE"),
        ("tags.t = 'hello'AND(metrics.acc=2)", "B"),
        ("params.d-e = '1'", "A"),
        ("params.f/g = '1'", "A"),
        ("params.lr IN ('0.01')", "AE"),
        ("tags.t NOT IN ('hello')", "ACD"),
        ("run_name IN ('A', 'B')", "AB"),
        ("metrics.loss IS NULL", ""),
        ("metrics.acc IS NULL", "CD"),
        ("end_time IS NULL", "D"),
        ("metrics.loss > +1", "C"),
        ("metrics.loss > 1e+3", "C"),
        ("run_uuid != 'x'", "ABCDE"),
        ("tags.t is   not   null", "ABCD"),
    ],
)
def test_what_kiseki_has_beyond_mlflow(text: str, names: str) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("METRICS.loss < 0.6", "Invalid entity type 'METRICS'"),
        ("metrics.loss == 0.5", "Invalid comparator '=='"),
        ("metrics.loss <> 0.5", "Invalid comparator '<>'"),
        ("metrics.loss !< 1", "Invalid comparator '!<'"),
        ("metrics.loss > '0.1'", "Expected numeric value type for metric. Found '0.1'"),
        ("metrics.loss > inf", "Expected numeric value type for metric. Found inf"),
        ("metrics.loss LIKE '1%'", "Expected numeric value type for metric. Found '1%'"),
        ("metrics.loss < metrics.acc", "Expected numeric value type for metric. Found metrics.acc"),
        ("metrics.loss > - 1", "Invalid clause(s) in filter string"),
        ("metrics.loss BETWEEN 1 AND 2", "Invalid clause(s) in filter string"),
        ("0.6 > metrics.loss", "Invalid comparison clause. Expected 'Identifier' found '0.6'"),
        ("params.lr = 0.01", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 0.01"),
        ("tags.t = 1", "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"),
        ("status = 3", "Expected a quoted string value for attributes. Got value 3"),
        ("dataset.name = 1", "Expected a quoted string value for dataset attributes. Got value 1"),
        ("params.lr = NULL", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value NULL"),
        (
            "params.lr = abc",
            "unidentified quote types used for string value abc. Use either single or double quotes.",
        ),
        ("params.lr > '0.01'", "Invalid comparator '>'"),
        ("params.lr NOT LIKE '0.%'", "Invalid comparator 'NOT LIKE'"),
        ("status IS NULL", "not for 'attribute' 'status'"),
        ("dataset.name IS NULL", "not for 'dataset' 'name'"),
        ("tags = 'hello'", "Invalid attribute key 'tags' specified. Valid keys are "),
        ("RUN_NAME = 'A'", "Invalid attribute key 'RUN_NAME' specified. Valid keys are "),
        ("lifecycle_stage = 'active'", "Invalid attribute key 'lifecycle_stage' specified. Valid keys are "),
        ("attributes.run_name.x = 'A'", "Invalid attribute key 'run_name.x' specified."),
        ("dataset.foo = 'x'", "Invalid dataset key 'foo' specified. Valid keys are "),
        ("start_time > '1000'", "Expected numeric value type for numeric attribute: start_time. Found '1000'"),
        ("run_id IN ()", "expected a non-empty list of string values, but got empty list"),
        ("run_id IN (1,2)", "While parsing a list in the query, expected string value, punctuation, or whitespace"),
        ("run_id IN ('x',,'y')", "expected a non-empty list of string values, but got ill-formed list."),
        ("run_id IN 'x'", "Invalid clause(s) in filter string"),
        ("tags.t = 'hello' -- comment", "Invalid clause(s) in filter string"),
        ("tags.t = 'hello' UNION SELECT 1", "Invalid clause(s) in filter string: 'UNION'"),
    ],
)
def test_what_mlflow_refuses_is_refused_in_its_words(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, RUNS)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ([], "ECDBA"),
        (["metrics.loss"], "DEACB"),
        (["metrics.loss DESC"], "CAEDB"),
        (["metrics.loss desc"], "CAEDB"),
        (["metric.acc desc"], "BEACD"),
        (["metrics.`a b` DESC"], "AECDB"),
        (['metrics."a b"'], "AECDB"),
        (["metrics.'a b'"], "AECDB"),
        (["params.lr"], "EABCD"),
        (["params.lr desc"], "CBEAD"),
        (["parameters.lr"], "EABCD"),
        (["tags.t"], "CDABE"),
        (["tags.t desc"], "BADCE"),
        (["start_time"], "ABCDE"),
        (["Created desc"], "ECDBA"),
        (["run.start_time"], "ABCDE"),
        (["run_name desc"], "EDCBA"),
        (["status"], "ECBAD"),
        (["end_time"], "ABCED"),
        (["end_time desc"], "ECBAD"),
        (["metrics.acc", "start_time"], "AEBCD"),
        (["metrics.DESC"], "ECDBA"),
        (["metrics.asc asc"], "ECDBA"),
        (["param.`x` DESC"], "ECDBA"),
    ],
)
def test_the_order_is_mlflows(items: list[str], names: str) -> None:
    ordered = order(RECORDS, parse_order_by(items, RUNS), RUNS)
    assert "".join(str(record.attributes["run_name"]) for record in ordered) == names


EXPERIMENT_RECORDS = [
    Record(attributes={"experiment_id": str(number), "name": name, "creation_time": number}, tags=tags)
    for number, (name, tags) in enumerate(
        [("Default", {}), ("probe", {}), ("Alpha", {"k": "v", "a b": "w"}), ("beta", {"k": "V"}), ("al_ha", {})]
    )
]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["al_ha", "beta", "Alpha", "probe", "Default"]),
        ("name = 'Alpha'", ["Alpha"]),
        ("attribute.`name` = 'Alpha'", ["Alpha"]),
        ("name LIKE 'al%'", ["al_ha"]),
        ("name ILIKE 'al%'", ["al_ha", "Alpha"]),
        ("name != 'Alpha'", ["al_ha", "beta", "probe", "Default"]),
        ("experiment_id IN ('1','2')", ["Alpha", "probe"]),
        ("experiment_id NOT IN ('1')", ["al_ha", "beta", "Alpha", "Default"]),
        ("tags.k = 'v'", ["Alpha"]),
        ("tag.k ILIKE 'v'", ["beta", "Alpha"]),
        ("tags.k IS NULL", ["al_ha", "probe", "Default"]),
        ("tags.`a b` = 'w'", ["Alpha"]),
        ("tags.k != 'v'", ["beta"]),
        ("name = 'Alpha' AND tags.k = 'v' AND", ["Alpha"]),
    ],
)
def test_what_mlflow_finds_among_experiments(text: str, names: list[str]) -> None:
    node = parse_filter(text, EXPERIMENTS)
    rows = order([record for record in EXPERIMENT_RECORDS if matches(node, record)], (), EXPERIMENTS)
    assert [row.attributes["name"] for row in rows] == names


@pytest.mark.parametrize(
    ("items", "names"),
    [
        (["name"], ["Alpha", "Default", "al_ha", "beta", "probe"]),
        (["`name` desc"], ["probe", "beta", "al_ha", "Default", "Alpha"]),
        (["name", "name desc"], ["Alpha", "Default", "al_ha", "beta", "probe"]),
        (["experiment_id"], ["Default", "probe", "Alpha", "beta", "al_ha"]),
        (["creation_time"], ["Default", "probe", "Alpha", "beta", "al_ha"]),
    ],
)
def test_the_order_of_experiments_is_mlflows(items: list[str], names: list[str]) -> None:
    rows = order(EXPERIMENT_RECORDS, parse_order_by(items, EXPERIMENTS), EXPERIMENTS)
    assert [row.attributes["name"] for row in rows] == names
