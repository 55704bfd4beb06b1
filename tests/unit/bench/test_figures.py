"""The maths of ratios and targets."""

import pytest

from bench.figures import Figure, Measurement, Target, number


def figure(*, ours: Measurement, theirs: Measurement, higher: bool, compared: bool = True) -> Figure:
    return Figure(
        scenario="log_batch",
        name="log-batch",
        unit="points/s",
        higher_is_better=higher,
        measurements={"kiseki": ours, "mlflow": theirs},
        compared=compared,
    )


@pytest.mark.parametrize(("higher", "ratio"), [(True, 4.0), (False, 0.25)])
def test_ratio_says_how_many_times_better_kiseki_is(higher: bool, ratio: float) -> None:
    measured = figure(ours=Measurement(value=200.0), theirs=Measurement(value=50.0), higher=higher)
    assert measured.ratio("mlflow") == ratio


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Measurement(value=None, problem="did not start"), Measurement(value=50.0)),
        (Measurement(value=200.0), Measurement(value=50.0, problem="points are missing")),
        (Measurement(value=200.0), Measurement(value=0.0)),
    ],
)
def test_there_is_no_ratio_without_two_values_that_hold(ours: Measurement, theirs: Measurement) -> None:
    measured = figure(ours=ours, theirs=theirs, higher=True)
    assert measured.ratio("mlflow") is None
    assert measured.reached(Target(bound=2, peer="mlflow")) is None
    assert measured.ratio("fasttrackml") is None


def test_there_is_no_ratio_where_more_is_not_better() -> None:
    measured = figure(ours=Measurement(value=1.0), theirs=Measurement(value=3.0), higher=True, compared=False)
    assert measured.ratio("mlflow") is None
    assert measured.reached(Target(bound=1)) is True


@pytest.mark.parametrize(
    ("higher", "target", "reached"),
    [
        (True, Target(bound=200), True),
        (True, Target(bound=201), False),
        (False, Target(bound=200), True),
        (False, Target(bound=199), False),
        (True, Target(bound=4, peer="mlflow"), True),
        (True, Target(bound=4.1, peer="mlflow"), False),
        (False, Target(bound=4, peer="mlflow"), False),
    ],
)
def test_reached(higher: bool, target: Target, reached: bool) -> None:
    measured = figure(ours=Measurement(value=200.0), theirs=Measurement(value=50.0), higher=higher)
    assert measured.reached(target) is reached


def test_a_failed_check_reaches_no_target() -> None:
    ours = Measurement(value=900_000.0, problem="a history has 9 points, not the 10 that were logged")
    measured = figure(ours=ours, theirs=Measurement(value=50.0), higher=True)
    assert measured.reached(Target(bound=300_000)) is None
    assert measured.value("kiseki") is None


def test_describe() -> None:
    measured = figure(ours=Measurement(value=1.0), theirs=Measurement(value=1.0), higher=True)
    assert measured.describe(Target(bound=300_000)) == "≥ 300,000 points/s"
    assert measured.describe(Target(bound=10, peer="mlflow")) == "≥ 10× mlflow"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.04567, "0.0457"), (12.345, "12.3"), (345.6, "346"), (12_345.6, "12,350"), (300_000.0, "300,000")],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text
