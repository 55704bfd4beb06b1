from __future__ import annotations

import pytest

from kiseki.base.errors import FilterError
from kiseki.query import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    Aggregate,
    And,
    Comparison,
    Field,
    Kind,
    Node,
    Not,
    Op,
    Or,
    parse_filter,
)
from kiseki.query.comparison import MAX_LIST, MAX_LISTED, MAX_PATTERN
from kiseki.query.lexer import MAX_TEXT
from kiseki.query.nodes import MAX_DEPTH
from kiseki.query.parser import MAX_COMPARISONS, MAX_PARENTHESES


def metric(key: str, aggregate: Aggregate = Aggregate.LAST) -> Field:
    return Field(kind=Kind.METRIC, key=key, aggregate=aggregate)


def param(key: str) -> Field:
    return Field(kind=Kind.PARAM, key=key)


def tag(key: str) -> Field:
    return Field(kind=Kind.TAG, key=key)


def attribute(key: str) -> Field:
    return Field(kind=Kind.ATTRIBUTE, key=key)


def null(key: str) -> Comparison:
    return Comparison(field=tag(key), op=Op.IS_NULL)


A, B, C, D = (null(key) for key in "abcd")


def short(text: str) -> str:
    """`text` with the letters a to d standing for `tags.a IS NULL` and so on."""
    return " ".join(f"tags.{word} IS NULL" if word in {"a", "b", "c", "d"} else word for word in text.split())


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", None),
        ("AND", None),
        ("and AND", None),
        ("a", A),
        ("( ( a ) )", A),
        ("a AND b", And(items=(A, B))),
        ("a and b AND c", And(items=(A, B, C))),
        ("a OR b AND c", Or(items=(A, And(items=(B, C))))),
        ("a AND b or c", Or(items=(And(items=(A, B)), C))),
        ("( a OR b ) AND c", And(items=(Or(items=(A, B)), C))),
        ("a AND ( b AND ( c AND d ) )", And(items=(A, B, C, D))),
        ("a OR ( ( b OR c ) ) OR d", Or(items=(A, B, C, D))),
        ("NOT a AND b", And(items=(Not(item=A), B))),
        ("not ( a AND b )", Not(item=And(items=(A, B)))),
        ("NOT NOT a", A),
        ("NOT NOT NOT a", Not(item=A)),
        ("NOT ( NOT a )", A),
        ("NOT ( NOT ( a AND b ) ) AND c", And(items=(A, B, C))),
        ("a AND NOT ( b OR NOT c )", And(items=(A, Not(item=Or(items=(B, Not(item=C))))))),
        # Surplus ANDs, as MLflow takes them.
        ("a AND", A),
        ("AND a", A),
        ("a AND AND b AND AND", And(items=(A, B))),
        ("( AND a AND ) OR b AND", Or(items=(A, B))),
        ("a AND NOT b AND", And(items=(A, Not(item=B)))),
    ],
)
def test_structure(text: str, node: Node | None) -> None:
    assert parse_filter(short(text), RUNS) == node


@pytest.mark.parametrize("text", ["  ", "\n\t", "\u3000"])
def test_blank_text_is_no_filter(text: str) -> None:
    assert parse_filter(text, RUNS) is None


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("metrics.loss < 0.1", Comparison(field=metric("loss"), op=Op.LT, value=0.1)),
        ("metric.loss<=-.5e-3", Comparison(field=metric("loss"), op=Op.LE, value=-0.0005)),
        ("metrics.loss >= +1.", Comparison(field=metric("loss"), op=Op.GE, value=1.0)),
        ("metrics.loss > 1E3", Comparison(field=metric("loss"), op=Op.GT, value=1000.0)),
        ("metrics.loss != 99999999999999999999", Comparison(field=metric("loss"), op=Op.NE, value=1e20)),
        ("metrics.loss.last = 1", Comparison(field=metric("loss"), op=Op.EQ, value=1.0)),
        ("metrics.loss.min = 1", Comparison(field=metric("loss", Aggregate.MIN), op=Op.EQ, value=1.0)),
        ("metrics.val.loss.max = 1", Comparison(field=metric("val.loss", Aggregate.MAX), op=Op.EQ, value=1.0)),
        ("metrics.loss.first = 1", Comparison(field=metric("loss", Aggregate.FIRST), op=Op.EQ, value=1.0)),
        ("metrics.loss.count > 9", Comparison(field=metric("loss", Aggregate.COUNT), op=Op.GT, value=9)),
        ("metrics.loss.count >= 9.5", Comparison(field=metric("loss", Aggregate.COUNT), op=Op.GE, value=10)),
        ("metrics.`loss.min` = 1", Comparison(field=metric("loss.min"), op=Op.EQ, value=1.0)),
        ('metrics."loss.min" = 1', Comparison(field=metric("loss.min"), op=Op.EQ, value=1.0)),
        ("metrics.'loss.min' = 1", Comparison(field=metric("loss.min"), op=Op.EQ, value=1.0)),
        ("metrics.`a b`.min = 1", Comparison(field=metric("a b", Aggregate.MIN), op=Op.EQ, value=1.0)),
        ("metrics.loss.MIN = 1", Comparison(field=metric("loss.MIN"), op=Op.EQ, value=1.0)),
        ("metrics.min = 1", Comparison(field=metric("min"), op=Op.EQ, value=1.0)),
        ("metrics.min.min = 1", Comparison(field=metric("min", Aggregate.MIN), op=Op.EQ, value=1.0)),
        ("metrics.val/loss-2:x = 1", Comparison(field=metric("val/loss-2:x"), op=Op.EQ, value=1.0)),
        ("metrics.損失 = 1", Comparison(field=metric("損失"), op=Op.EQ, value=1.0)),
        ("`metrics`.loss = 1", Comparison(field=metric("loss"), op=Op.EQ, value=1.0)),
        ("`metrics`.`loss` = 1", Comparison(field=metric("loss"), op=Op.EQ, value=1.0)),
        ("metrics.loss is null", Comparison(field=metric("loss"), op=Op.IS_NULL)),
        ("params.lr = '0.01'", Comparison(field=param("lr"), op=Op.EQ, value="0.01")),
        ("parameters.lr.min = '0.01'", Comparison(field=param("lr.min"), op=Op.EQ, value="0.01")),
        ("param.a = ''", Comparison(field=param("a"), op=Op.EQ, value="")),
        ("parameter.a = 'it''s'", Comparison(field=param("a"), op=Op.EQ, value="it's")),
        ('params.a = "it\'s ""x"""', Comparison(field=param("a"), op=Op.EQ, value='it\'s "x"')),
        (r"params.a = 'C:\'", Comparison(field=param("a"), op=Op.EQ, value="C:\\")),
        ("params.a = '-- ; /* */ OR 1=1'", Comparison(field=param("a"), op=Op.EQ, value="-- ; /* */ OR 1=1")),
        ("params.a NOT IN ('x', \"y\",)", Comparison(field=param("a"), op=Op.NOT_IN, value=("x", "y"))),
        ("params.a in('x','y','x')", Comparison(field=param("a"), op=Op.IN, value=("x", "y"))),
        ("params.a like '%%a%%%_%'", Comparison(field=param("a"), op=Op.LIKE, value="%a%_%")),
        ("params.in = '1'", Comparison(field=param("in"), op=Op.EQ, value="1")),
        ("tags.mlflow.user ILIKE 'a%'", Comparison(field=tag("mlflow.user"), op=Op.ILIKE, value="a%")),
        ("tag.`a b` != 'x'", Comparison(field=tag("a b"), op=Op.NE, value="x")),
        ("tags.`a``b` != 'x'", Comparison(field=tag("a`b"), op=Op.NE, value="x")),
        ("tags.t IS\nNOT  null", Comparison(field=tag("t"), op=Op.IS_NOT_NULL)),
        ("run_id = 'x'", Comparison(field=attribute("run_id"), op=Op.EQ, value="x")),
        ("run_uuid = 'x'", Comparison(field=attribute("run_id"), op=Op.EQ, value="x")),
        ("`run name` = 'x'", Comparison(field=attribute("run_name"), op=Op.EQ, value="x")),
        ("attr.\"Run Name\" = 'x'", Comparison(field=attribute("run_name"), op=Op.EQ, value="x")),
        ("run.status IN ('FAILED')", Comparison(field=attribute("status"), op=Op.IN, value=("FAILED",))),
        ("Created > 5", Comparison(field=attribute("start_time"), op=Op.GT, value=5)),
        ("attribute.created = 5.0", Comparison(field=attribute("start_time"), op=Op.EQ, value=5)),
        ("start_time = 1e3", Comparison(field=attribute("start_time"), op=Op.EQ, value=1000)),
        ("start_time < -1.5", Comparison(field=attribute("start_time"), op=Op.LT, value=-1)),
        ("start_time >= -1.5", Comparison(field=attribute("start_time"), op=Op.GE, value=-1)),
        ("start_time > -1.5", Comparison(field=attribute("start_time"), op=Op.GT, value=-2)),
        ("start_time <= 1.5", Comparison(field=attribute("start_time"), op=Op.LE, value=1)),
        ("start_time = 9007199254740993", Comparison(field=attribute("start_time"), op=Op.EQ, value=2**53 + 1)),
        ("start_time = -0009", Comparison(field=attribute("start_time"), op=Op.EQ, value=-9)),
        (f"start_time = {2**63 - 1}", Comparison(field=attribute("start_time"), op=Op.EQ, value=2**63 - 1)),
        (f"start_time = {-(2**63)}", Comparison(field=attribute("start_time"), op=Op.EQ, value=-(2**63))),
        ("end_time IS NULL", Comparison(field=attribute("end_time"), op=Op.IS_NULL)),
        (
            "dataset.context = 'train'",
            Comparison(field=Field(kind=Kind.DATASET, key="context"), op=Op.EQ, value="train"),
        ),
    ],
)
def test_comparisons_of_runs(text: str, node: Node) -> None:
    assert parse_filter(text, RUNS) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("name LIKE 'a%'", Comparison(field=attribute("name"), op=Op.LIKE, value="a%")),
        ("attribute.name IN ('a')", Comparison(field=attribute("name"), op=Op.IN, value=("a",))),
        ("attributes.experiment_id = '1'", Comparison(field=attribute("experiment_id"), op=Op.EQ, value="1")),
        ("last_update_time >= 5", Comparison(field=attribute("last_update_time"), op=Op.GE, value=5)),
        ("tags.k IS NULL", Comparison(field=tag("k"), op=Op.IS_NULL)),
    ],
)
def test_comparisons_of_experiments(text: str, node: Node) -> None:
    assert parse_filter(text, EXPERIMENTS) == node


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("tags.t = 'x", 9, ["Invalid clause(s) in filter string: ''x'", "closing '", "''"]),
        ("tags.t = “x”", 9, ["typographic quote"]),
        ("tags.t = 'x';", 12, ["';'", "no comments, semicolons"]),
        ("tags.t = 'x' -- c", 13, ["'--'"]),
        ("tags.t = 'x'/*c*/", 12, ["'/*'"]),
        ("tags.t = 'x'; DROP TABLE runs", 12, ["';'"]),
        ("tags.t = 'x' UNION SELECT 1", 13, ["'UNION'", "expected AND, OR or the end"]),
        ("tags.t = 'x' tags.u = 'y'", 13, ["expected AND, OR or the end"]),
        ("tags.t = 'x' && tags.u = 'y'", 13, ["'&&'", "expected AND"]),
        ("1 = 1", 0, ["Invalid comparison clause. Expected 'Identifier' found '1'"]),
        ("'a' = 'a'", 0, ["Expected 'Identifier'"]),
        ("= 'a'", 0, ["expected a field", RUNS.example]),
        ("tags.t", 6, ["expected a comparator", "'LIKE'"]),
        ("tags.t =", 8, ["'tags.t ='", "expected a text in quotes"]),
        ("metrics.m >", 11, ["expected a number"]),
        ("metrics.a b = 1", 10, ["'b'", "backticks"]),
        ("metrics.m == 1", 10, ["Invalid comparator '==' not one of '=', '!='", "write ="]),
        ("metrics.m <> 1", 10, ["Invalid comparator '<>'", "write !="]),
        ("metrics.m LIKE 1", 10, ["Invalid comparator 'LIKE'", "metrics.m is a number", "metrics.m = 0.1"]),
        ("metrics.m.min LIKE 1", 14, ["metrics.m.min = 0.1"]),
        ("metrics.m IN ('1')", 10, ["Invalid comparator 'IN'"]),
        ("metrics.m > '1'", 12, ["Expected numeric value type for metric. Found '1'", "without quotes"]),
        ("metrics.m > nan", 12, ["Expected numeric value type for metric. Found nan"]),
        ("metrics.m > 1e999", 12, ["Invalid value for metric: 1e999", "1.79e308"]),
        ("metrics.m > 0x10", 12, ["'0x10'", "no number"]),
        ("metrics.m > 1_0", 12, ["'1_0'"]),
        ("metrics.m > 1.2.3", 12, ["'1.2.3'"]),
        ("metrics.m > 2and metrics.m > 1", 12, ["'2and'"]),
        ("metrics.m > 1,000", 13, ["','"]),
        ("metrics.m.count = 1.5", 18, ["Invalid value 1.5", "write an integer: 1"]),
        ("metrics.m > ١", 12, ["'١'"]),
        ("metrics. m > 1", 0, ["key is missing"]),
        ("metrics.`` > 1", 0, ["key is missing"]),
        ("metrics.`a`.b > 1", 11, ["'.b'", "metrics.`a.b`"]),
        ("params.p = 1", 11, ["Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1", "'1'"]),
        ("tags.t = 1", 9, ["Expected a quoted string value for tag"]),
        ("tags.t = NULL", 9, ["Got value NULL", "IS NULL"]),
        ("status = 3", 9, ["Expected a quoted string value for attributes. Got value 3"]),
        ("dataset.name = 3", 15, ["Expected a quoted string value for dataset attributes"]),
        ("params.p = abc", 11, ["either not quoted or unidentified quote types used for string value abc", "'abc'"]),
        ("params.p = `abc`", 11, ["Use either single or double quotes", "'abc'"]),
        (
            "params.p > 'a'",
            9,
            ["Invalid comparator '>' not one of '=', '!=', 'LIKE'", "params.p is a text", "params.p = 'my-value'"],
        ),
        ("params.`a b` > 'a'", 13, ["params.`a b` = 'my-value'"]),
        ("params.p NOT LIKE 'a'", 13, ["Invalid comparator 'NOT LIKE'", "NOT tags.team LIKE"]),
        ("params.p NOT NULL", 13, ["expected IN after NOT"]),
        ("params.p IS 'a'", 12, ["expected NULL or NOT NULL"]),
        ("params.p IN 'a'", 12, ["list in parentheses"]),
        ("params.p IN ()", 13, ["expected a non-empty list of string values, but got empty list"]),
        ("params.p IN (1, 2)", 13, ["While parsing a list in the query", "different type in list: 1"]),
        ("params.p IN ('a',,'b')", 17, ["ill-formed list"]),
        ("params.p IN ('a' 'b')", 17, ["expected a comma"]),
        ("params.p IN ('a', ", 18, ["not closed"]),
        ("params.p IN (('a'))", 13, ["different type in list: ("]),
        ("run_id = ('a')", 9, ["Got value ("]),
        ("run_id IS NULL", 0, ["IS NULL / IS NOT NULL is only supported for", "'attribute' 'run_id'"]),
        ("start_time > 'x'", 13, ["Expected numeric value type for numeric attribute: start_time. Found 'x'"]),
        ("start_time = 1.5", 13, ["Invalid value 1.5"]),
        (f"start_time > {2**63}", 13, ["does not fit into 64 bits", str(2**63 - 1)]),
        (f"start_time > {-(2**63) - 1}", 13, ["does not fit into 64 bits"]),
        ("start_time > 1e30", 13, ["does not fit into 64 bits"]),
        (
            "METRICS.m > 1",
            0,
            ["Invalid entity type 'METRICS'", "['metric', 'parameter', 'tag', 'attribute', 'dataset']"],
        ),
        (".t = 'x'", 0, ["Invalid entity type ''"]),
        ("foo = 'x'", 0, ["Invalid attribute key 'foo' specified. Valid keys are ['run_id'", "metrics.<key>"]),
        ("tags.t = 'x' AND foo = 'x'", 17, ["Invalid attribute key 'foo'"]),
        ("dataset.foo = 'x'", 0, ["Invalid dataset key 'foo' specified"]),
        ("(tags.t = 'x'", 13, ["parenthesis of position 0 is not closed"]),
        ("tags.t = 'x')", 12, ["closes none"]),
        ("()", 1, ["expected a comparison"]),
        ("(AND)", 4, ["expected a comparison"]),
        ("tags.t = 'x' OR", 15, ["expected a comparison"]),
        ("OR tags.t = 'x'", 0, ["expected a comparison"]),
        ("tags.t = 'x' OR AND tags.t = 'y'", 16, ["after OR"]),
        ("tags.t = 'x' AND OR tags.t = 'y'", 17, ["expected a comparison"]),
        ("tags.t = 'x' AND NOT", 20, ["expected a comparison"]),
        ("NOT AND tags.t = 'x'", 4, ["expected a comparison"]),
        ("NOT", 3, ["expected a comparison"]),
        ("tags.t = 'a\x00b'", 11, ["U+0000", "cannot be stored"]),
        ("tags.t = '\ud800'", 10, ["U+D800"]),
        ("tags.\u202e = 'x'", 5, ["\\u202e"]),
    ],
)
def test_errors_say_what_where_and_what_to_write(text: str, position: int, words: list[str]) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, RUNS)
    error = caught.value
    assert error.position == position
    assert f"At position {position}: " in error.message
    for word in words:
        assert word in error.message
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert error.http_status == 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("metrics.m > 1", "Invalid entity type 'metrics'. Valid values are ['attribute', 'tag']"),
        ("Name = 'x'", "Invalid attribute key 'Name' specified. Valid keys are ['name', 'experiment_id'"),
        ("experiment_id LIKE '1'", "Invalid comparator 'LIKE' not one of '=', '!=', 'IN', 'NOT IN'"),
        ("experiment_id = 1", "Expected a quoted string value for attributes. Got value 1"),
        ("name IS NULL", "IS NULL / IS NOT NULL is only supported for tags, not for 'attribute' 'name'"),
        ("creation_time > '0'", "Expected numeric value type for numeric attribute: creation_time. Found '0'"),
    ],
)
def test_errors_of_experiments(text: str, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, EXPERIMENTS)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("name = 'forest'", Comparison(field=attribute("name"), op=Op.EQ, value="forest")),
        ("attributes.name LIKE 'f%'", Comparison(field=attribute("name"), op=Op.LIKE, value="f%")),
        # A text of one word, as MLflow takes it.
        ("name = forest", Comparison(field=attribute("name"), op=Op.EQ, value="forest")),
        ("params.depth = 3", Comparison(field=param("depth"), op=Op.EQ, value="3")),
        ("tags.team != vision-2", Comparison(field=tag("team"), op=Op.NE, value="vision-2")),
        ("status = 'READY'", Comparison(field=attribute("status"), op=Op.EQ, value="READY")),
        ("status = 2", Comparison(field=attribute("status"), op=Op.EQ, value="READY")),
        ("status != 'LOGGED_MODEL_UPLOAD_FAILED'", Comparison(field=attribute("status"), op=Op.NE, value="FAILED")),
        (
            "status IN ('1', 'PENDING', 'READY')",
            Comparison(field=attribute("status"), op=Op.IN, value=("PENDING", "READY")),
        ),
        ("status LIKE '1'", Comparison(field=attribute("status"), op=Op.LIKE, value="1")),
        ("creation_time > 5", Comparison(field=attribute("creation_timestamp"), op=Op.GT, value=5)),
        ("attributes.creation_timestamp_ms <= 5", Comparison(field=attribute("creation_timestamp"), op=Op.LE, value=5)),
        ("metrics.acc > 0.5", Comparison(field=metric("acc"), op=Op.GT, value=0.5)),
        ("metrics.acc.max > 0.5", Comparison(field=metric("acc", Aggregate.MAX), op=Op.GT, value=0.5)),
        # What is kept of a model's metric has no first value and no count.
        ("metrics.acc.count > 0.5", Comparison(field=metric("acc.count"), op=Op.GT, value=0.5)),
        ("metrics.acc IS NULL", Comparison(field=metric("acc"), op=Op.IS_NULL)),
    ],
)
def test_comparisons_of_logged_models(text: str, node: Node) -> None:
    assert parse_filter(text, LOGGED_MODELS) == node


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("metric.m > 1", "Invalid entity type 'metric'. Valid values are ['attributes', 'metrics', 'params', 'tags']"),
        ("param.p = 'x'", "Invalid entity type 'param'"),
        ("attribute.name = 'x'", "Invalid entity type 'attribute'"),
        ("datasets.name = 'x'", "Invalid entity type 'datasets'"),
        ("run_id = 'x'", "Invalid attribute key 'run_id' specified. Valid keys are ['name'"),
        ("name = NULL", "Expected a quoted string value"),
        ("name = two words", "Invalid clause(s) in filter string: 'words'"),
        ("metrics.m > x", "Expected numeric value type for metric. Found x"),
        ("creation_timestamp > 'x'", "Expected numeric value type for numeric attribute"),
        ("name IS NULL", "IS NULL / IS NOT NULL is only supported for"),
    ],
)
def test_errors_of_logged_models(text: str, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, LOGGED_MODELS)
    assert words in caught.value.message


def nested(depth: int) -> str:
    """A filter whose ANDs and ORs alternate `depth` levels deep."""
    text = "tags.a IS NULL"
    for level in range(depth):
        text = f"({text} {'AND' if level % 2 else 'OR'} tags.b IS NULL)"
    return text


IN_LISTS = " OR ".join(["params.a IN (" + ",".join(["''"] * MAX_LIST) + ")"] * (MAX_LISTED // MAX_LIST))


@pytest.mark.parametrize(
    "text",
    [
        "tags.a IS NULL".ljust(MAX_TEXT),
        " AND ".join(["tags.a IS NULL"] * MAX_COMPARISONS),
        "(" * MAX_PARENTHESES + "tags.a IS NULL" + ")" * MAX_PARENTHESES,
        nested(MAX_DEPTH),
        "NOT (" * 499 + "tags.a IS NULL" + ")" * 499,
        "NOT " * 10_000 + "tags.a IS NULL",
        "AND " * 10_000,
        IN_LISTS,
        "tags.a LIKE '" + "a" * MAX_PATTERN + "'",
        "tags.a LIKE '" + "%" * 100_000 + "a" * (MAX_PATTERN - 1) + "'",
        "start_time > " + "0" * 10_000 + "1",
        "metrics.a > 1" + "0" * 300,
        "metrics.a > 1e-" + "9" * 10_000,
        "start_time > 1e-" + "9" * 10_000,
        "metrics." + "a" * 10_000 + " > 1",
    ],
    ids=lambda text: f"{text[:20]}_{len(text)}",
)
def test_up_to_the_limits_filters_are_accepted(text: str) -> None:
    assert parse_filter(text, RUNS) is not None or text.startswith("AND")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("tags.a IS NULL".ljust(MAX_TEXT + 1), "200,000"),
        (" AND ".join(["tags.a IS NULL"] * (MAX_COMPARISONS + 1)), "500 comparisons"),
        (" OR ".join(["tags.a IS NULL"] * 2000), "500 comparisons"),
        ("(" * (MAX_PARENTHESES + 1) + "tags.a IS NULL" + ")" * (MAX_PARENTHESES + 1), "deeper than 500"),
        ("(" * MAX_TEXT, "deeper than 500"),
        ("NOT (" * 40_000, "deeper than 500"),
        (nested(MAX_DEPTH + 1), "deeper than 50 levels"),
        (f"NOT {nested(MAX_DEPTH)}", "deeper than 50 levels"),
        ("params.a IN (" + ",".join(["'a'"] * (MAX_LIST + 1)) + ")", "5,000 values"),
        (f"{IN_LISTS} AND params.a IN ('b')", "20,000 values"),
        ("tags.a LIKE '" + "a" * (MAX_PATTERN + 1) + "'", "10,000"),
        ("tags.a LIKE '" + "%a" * 90_000 + "'", "10,000"),
    ],
    ids=lambda text: f"{text[:20]}_{len(text)}",
)
def test_beyond_a_limit_the_error_names_it(text: str, limit: str) -> None:
    with pytest.raises(FilterError, match="too large") as caught:
        parse_filter(text, RUNS)
    assert limit in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "text",
    [
        "'" * MAX_TEXT,
        "'" * (MAX_TEXT - 1),
        "`" * (MAX_TEXT - 1),
        "tags.a = '" + "''" * 90_000,
        "=" * MAX_TEXT,
        "." * MAX_TEXT,
        " " * (MAX_TEXT - 1) + "x",
        "a" * MAX_TEXT,
        "a-" * (MAX_TEXT // 2),
        "a--" * (MAX_TEXT // 3),
        "metrics.a > " + "9" * 190_000,
        "metrics.a > " + "9" * 190_000 + "a",
        "metrics.a > 1e" + "9" * 190_000,
        "start_time > " + "9" * 190_000,
        "start_time > -" + "9" * 4_301,
        "params.a IN (" + "," * 190_000,
        "(" * 500 + ")" * 500,
        "\x00" * 1000,
        "{{7*7}}",
        "__class__",
        "${jndi:ldap://x}",
        "tags.a = 'x' OR 1=1",
        "tags.a = 'x' UNION ALL SELECT * FROM runs --",
    ],
    ids=lambda text: f"{text[:20]!a}_{len(text)}",
)
def test_hostile_text_is_refused_with_a_short_message(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, RUNS)
    assert len(caught.value.message) < 500
    assert caught.value.message.isprintable()
    assert 0 <= caught.value.position <= len(text)
