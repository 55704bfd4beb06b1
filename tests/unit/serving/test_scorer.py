"""Requests that are answered together get the answers that each would get alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.base.errors import BadRequest, KisekiError
from kiseki.models.arrow_tables import ARROW_STREAM
from kiseki.models.payload import CSV, JSON
from kiseki.models.signature import ModelSignature
from kiseki.serving.scorer import MAX_ROWS, PROBES, Invocation, Outcome, Scored, Scorer
from kiseki.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

COLUMNS = ModelSignature(
    Schema([ColSpec(DataType.double, "x"), ColSpec(DataType.long, "n"), ColSpec(DataType.string, "s", required=False)]),
    params=ParamSchema([ParamSpec("k", DataType.double, 1.0)]),
)
TENSOR = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 2))]))


class Model:
    """A model made of a function, which counts the rows that it is called with."""

    def __init__(self, function: Callable[[Any, dict[str, Any]], Any]) -> None:
        self.calls: list[int] = []
        self._function = function

    def predict_checked(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        self.calls.append(len(data))
        return self._function(data, params or {})


def rowwise(data: pd.DataFrame, params: dict[str, Any]) -> Any:
    """A row at a time, in a table; a negative x is more than it can take."""
    if (data["x"] < 0).any():
        raise ArithmeticError("the root of a negative number")
    return pd.DataFrame(
        {
            "root": np.sqrt(data["x"]) * params.get("k", 1.0),
            "text": data["s"].astype(object) if "s" in data else [None] * len(data),
            "n": data["n"],
        }
    )


def request(rows: Sequence[Any], params: dict[str, Any] | None = None, columns: str = "xns") -> Invocation:
    body: dict[str, Any] = {"dataframe_split": {"columns": list(columns), "data": rows}}
    if params is not None:
        body["params"] = params
    return Invocation(body=json.dumps(body).encode())


def scorer(model: Model, signature: ModelSignature | None = COLUMNS, *, batching: bool = True) -> Scorer:
    return Scorer(model, signature, batching=batching, told=lambda requests, seconds, failed: None)


def trusted(model: Model, signature: ModelSignature | None = COLUMNS) -> Scorer:
    """A scorer whose model has shown that it can be asked for several requests at once."""
    found = scorer(model, signature)
    for probe in range(PROBES):
        for number in (probe, probe + 0.5):
            found.answer([request([[number, 1, "a"]])])
        found.probe()
    assert found.joins
    model.calls.clear()
    return found


def told(outcome: Outcome) -> Any:
    """An outcome as something that can be compared."""
    if isinstance(outcome, Scored):
        return outcome.media_type, outcome.body
    assert isinstance(outcome, KisekiError)
    return type(outcome), outcome.message


CELL = st.one_of(st.floats(-1, 100), st.integers(-1, 9), st.none(), st.sampled_from(["a", "", "1"]), st.booleans())
ROW = st.one_of(
    st.tuples(st.floats(0, 100), st.integers(0, 2**53 + 3), st.sampled_from(["a", "b", None])).map(list),
    st.lists(CELL, min_size=2, max_size=4),
)
INVOCATION = st.one_of(
    st.builds(
        request,
        st.lists(ROW, max_size=3),
        st.sampled_from([None, {"k": 2.0}, {"k": 2}, {"k": "two"}, {"other": 1}]),
        st.sampled_from(["xns", "nxs", "xn", "xs", "xnsy"]),
    ),
    st.builds(
        Invocation,
        body=st.sampled_from([b"", b"{", b"[]", b"null", b'{"inputs": 1}', b"x,n,s\n1,2,a\n", b"x,n\n1,2\n3,4.5\n"]),
        content_type=st.sampled_from([JSON, CSV, "text/plain"]),
        accept=st.sampled_from(["", ARROW_STREAM]),
    ),
)


@settings(deadline=None)
@given(st.lists(INVOCATION, max_size=8))
def test_together_they_get_what_each_gets_alone(invocations: list[Invocation]) -> None:
    alone = scorer(Model(rowwise), batching=False)
    expected = [told(alone.answer([one])[0]) for one in invocations]
    assert list(map(told, trusted(Model(rowwise)).answer(invocations))) == expected
    # And so they do as long as the model has yet to show it.
    assert list(map(told, scorer(Model(rowwise)).answer(invocations))) == expected


def test_requests_of_one_kind_are_one_prediction() -> None:
    model = Model(rowwise)
    outcomes = trusted(model).answer([request([[number, number, "a"]] * 2) for number in range(5)])
    assert model.calls == [10]
    assert [json.loads(outcome.body) for outcome in outcomes if isinstance(outcome, Scored)] == [
        {"predictions": [{"root": pytest.approx(number**0.5), "text": "a", "n": number}] * 2} for number in range(5)
    ]


def test_requests_with_other_params_are_other_predictions() -> None:
    model = Model(rowwise)
    asked = [request([[4, 1, "a"]], {"k": k} if k else None) for k in (2.0, 3.0, None, 2.0)]
    outcomes = trusted(model).answer(asked)
    assert sorted(model.calls) == [1, 1, 2]
    roots = [json.loads(outcome.body)["predictions"][0]["root"] for outcome in outcomes if isinstance(outcome, Scored)]
    assert roots == [4.0, 6.0, 2.0, 4.0]


def test_a_row_that_the_model_fails_on_fails_its_own_request() -> None:
    model = Model(rowwise)
    serving = trusted(model)
    outcomes = serving.answer([request([[x, 1, "a"]]) for x in (1, -1, 4)])
    assert [isinstance(outcome, Scored) for outcome in outcomes] == [True, False, True]
    failed = outcomes[1]
    assert isinstance(failed, BadRequest)
    assert "ArithmeticError: the root of a negative number" in failed.message
    assert isinstance(failed.__cause__, ArithmeticError)
    # All at once, and then each alone; the next are taken together again.
    assert model.calls == [3, 1, 1, 1]
    assert serving.joins
    serving.answer([request([[1, 1, "a"]]), request([[2, 1, "a"]])])
    assert model.calls[4:] == [2]


def test_whole_numbers_do_not_change_because_another_request_has_fractions() -> None:
    model = Model(rowwise)
    serving = trusted(model)
    large = 2**53 + 1
    outcomes = serving.answer([request([[1, large, "a"]]), request([[1, 1.5, "a"]]), request([[1, 3.0, "a"]])])
    assert isinstance(outcomes[1], KisekiError)
    numbers = [json.loads(one.body)["predictions"][0]["n"] for one in outcomes if isinstance(one, Scored)]
    assert numbers == [large, 3]


def test_trust_is_earned_by_requests_that_differ() -> None:
    model = Model(rowwise)
    serving = scorer(model)
    same, other, failing = request([[1, 1, "a"]]), request([[2, 1, "a"]]), request([[-1, 1, "a"]])
    for asked in (same, same, failing):
        serving.answer([asked])
        serving.probe()
    assert model.calls == [1, 1, 1]
    for probe in range(PROBES):
        assert not serving.joins
        model.calls.clear()
        serving.answer([same])
        serving.answer([other])
        serving.probe()
        # What was asked once is not asked again.
        serving.probe()
        assert model.calls == [1, 1, 2], probe
    assert serving.joins
    model.calls.clear()
    serving.answer([same, other])
    serving.probe()
    assert model.calls == [2]


def test_a_model_that_changes_what_it_is_given_is_shown_it_as_it_was() -> None:
    def spoil(data: pd.DataFrame, params: dict[str, Any]) -> Any:
        data["x"] = data["x"] + 1
        return data["x"].to_numpy()

    serving = trusted(Model(spoil))
    outcomes = serving.answer([request([[1.0, 1, "a"]]), request([[2.0, 1, "a"]])])
    assert [json.loads(one.body)["predictions"] for one in outcomes if isinstance(one, Scored)] == [[2.0], [3.0]]


@pytest.mark.parametrize(
    "function",
    [
        lambda data, params: data["x"] - data["x"].mean(),
        lambda data, params: [float(data["x"].sum())],
        lambda data, params: float(data["x"].sum()),
        lambda data, params: list(range(len(data))),
        lambda data, params: {"x": data["x"].to_numpy(), "mean": float(data["x"].mean())},
        lambda data, params: [data["x"][0] for _ in range(len(data))],
        lambda data, params: np.zeros(len(data)) if len(data) == 1 else 1 / 0,
    ],
    ids=["mean of all", "one for all", "a number", "by place", "one beside", "of the first", "one row only"],
)
def test_a_model_that_answers_tables_otherwise_than_rows_is_asked_for_each_request_alone(
    function: Callable[[Any, dict[str, Any]], Any],
) -> None:
    model = Model(function)
    serving = scorer(model)
    asked = [request([[float(number**2), 1, "a"]]) for number in range(4)]
    expected = [told(scorer(Model(function), batching=False).answer([one])[0]) for one in asked]
    for _ in range(PROBES + 2):
        assert [told(serving.answer([one])[0]) for one in asked] == expected
        serving.probe()
    assert not serving.joins
    model.calls.clear()
    assert list(map(told, serving.answer(asked))) == expected
    serving.probe()
    assert model.calls == [1, 1, 1, 1]


def test_a_model_that_changes_its_mind_loses_its_trust() -> None:
    model = Model(lambda data, params: data["x"].to_numpy() if len(model.calls) < 50 else data["x"].to_numpy()[:1])
    serving = trusted(model)
    model.calls.extend([0] * 50)
    asked = [request([[1.0, 1, "a"]]), request([[2.0, 1, "a"]])]
    outcomes = serving.answer(asked)
    assert [json.loads(one.body)["predictions"] for one in outcomes if isinstance(one, Scored)] == [[1.0], [2.0]]
    assert not serving.joins


def test_more_rows_than_a_batch_holds_are_several() -> None:
    model = Model(rowwise)
    rows = [[1.0, 1, "a"]] * (MAX_ROWS // 2)
    trusted(model).answer([request(rows), request(rows), request(rows), request(rows * 3)])
    assert model.calls == [MAX_ROWS, MAX_ROWS // 2, MAX_ROWS // 2 * 3]


def test_tensors_are_joined_by_their_rows() -> None:
    model = Model(lambda data, params: data.sum(axis=1))
    serving = scorer(model, TENSOR)
    asked = [Invocation(body=json.dumps({"inputs": [[n, n], [n, 1]][: n + 1]}).encode()) for n in range(2)]
    for _ in range(PROBES):
        for one in asked:
            serving.answer([one])
        serving.probe()
    outcomes = serving.answer(asked)
    assert model.calls[-1] == 3
    assert [json.loads(one.body) for one in outcomes if isinstance(one, Scored)] == [
        {"predictions": [0.0]},
        {"predictions": [2.0, 2.0]},
    ]


@pytest.mark.parametrize("signature", [None, ModelSignature(outputs=Schema([ColSpec(DataType.double)]))])
def test_without_a_signature_of_inputs_nothing_is_joined(signature: ModelSignature | None) -> None:
    assert not scorer(Model(rowwise), signature).joins


def test_answers_are_arrow_where_that_is_asked_for() -> None:
    import pyarrow as pa

    (outcome,) = scorer(Model(rowwise)).answer(
        [Invocation(body=request([[4.0, 1, "a"]]).body, accept=f"{ARROW_STREAM}, application/json")]
    )
    assert isinstance(outcome, Scored)
    assert outcome.media_type == ARROW_STREAM
    assert pa.ipc.open_stream(outcome.body).read_all().to_pylist() == [{"root": 2.0, "text": "a", "n": 1}]


def test_every_call_of_the_model_is_told() -> None:
    calls: list[tuple[int, bool]] = []
    serving = Scorer(
        Model(rowwise),
        COLUMNS,
        batching=True,
        told=lambda requests, seconds, failed: calls.append((requests, failed and seconds >= 0)),
    )
    serving.answer([request([[1, 1, "a"]])])
    serving.answer([request([[2, 1, "a"]])])
    serving.answer([request([[-1, 1, "a"]])])
    serving.probe()
    assert calls == [(1, False), (1, False), (1, True), (2, False)]
