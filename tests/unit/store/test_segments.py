"""Columns and summaries come back as they went in, bit for bit."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiseki.base.errors import IntegrityError
from kiseki.domain.series import BLOCK_POINTS
from kiseki.store import ordered
from kiseki.store.segments import (
    EMPTY,
    FULL_POINTS,
    ONE_POINT,
    POINT,
    SUMMARY_POINTS,
    Columns,
    arrived,
    by_step,
    by_time,
    concatenate,
    decode,
    decode_steps,
    decode_summary,
    decode_times,
    decode_values,
    encode,
    seal,
    summarise,
)
from kiseki.store.segments import ordered as ordered_values

LOW, HIGH = -(2**63), 2**63 - 1

bit_patterns = st.one_of(
    st.integers(LOW, HIGH),
    # NaNs of both kinds and signs, infinities, zeros, denormals, and what float32 holds exactly.
    st.sampled_from(
        [
            0,
            LOW,
            0x7FF0_0000_0000_0000,
            -0x10_0000_0000_0000,
            0x7FF8_0000_0000_0000,
            0x7FF8_0000_0000_0001,
            0x7FF0_0000_0000_0001,
            -1,
            1,
            0x000F_FFFF_FFFF_FFFF,
            0x3FF0_0000_0000_0000,
            0x4009_2200_0000_0000,
            0x7FEF_FFFF_FFFF_FFFF,
        ]
    ),
)
whole_numbers = st.one_of(
    st.integers(-300, 300), st.integers(LOW, HIGH), st.sampled_from([LOW, HIGH, 0, 2**62, -(2**62)])
)


def floats(bits: list[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(bits, np.int64).view(np.float64)


def columns_of(steps: list[int], times: list[int], bits: list[int]) -> Columns:
    return Columns(step=np.array(steps, np.int64), time=np.array(times, np.int64), value=floats(bits))


def exactly(columns: Columns) -> tuple[list[int], list[int], list[int]]:
    return (
        columns.step.tolist(),
        columns.time.tolist(),
        np.ascontiguousarray(columns.value).view(np.int64).tolist(),
    )


def check(columns: Columns) -> None:
    data = encode(columns)
    found = decode(data)
    assert exactly(found) == exactly(columns)
    assert [column.dtype for column in (found.step, found.time, found.value)] == [np.int64, np.int64, np.float64]
    assert decode_steps(data).tolist() == columns.step.tolist()
    assert decode_times(data).tolist() == columns.time.tolist()
    assert decode_values(data).view(np.int64).tolist() == exactly(columns)[2]


rows = st.lists(st.tuples(whole_numbers, whole_numbers, bit_patterns), min_size=1, max_size=80)


@settings(deadline=None, max_examples=300)
@given(rows)
@example([(LOW, HIGH, 0), (HIGH, LOW, 0), (LOW, HIGH, 1)])
@example([(0, 0, 0), (LOW, HIGH, LOW), (HIGH, -1, 0)])
@example([(LOW, LOW, 0), (-1, -1, 0), (HIGH - 1, HIGH - 1, 0)])
def test_any_columns_come_back(given: list[tuple[int, int, int]]) -> None:
    check(columns_of([row[0] for row in given], [row[1] for row in given], [row[2] for row in given]))


@settings(deadline=None, max_examples=100)
@given(first=whole_numbers, difference=whole_numbers, count=st.integers(1, 200), bits=bit_patterns)
@example(first=HIGH, difference=1, count=3, bits=0)
@example(first=2**62, difference=1, count=3, bits=0)
@example(first=LOW, difference=LOW, count=5, bits=LOW)
@example(first=5, difference=HIGH, count=9, bits=-1)
def test_arithmetic_sequences_that_wrap_around_come_back(first: int, difference: int, count: int, bits: int) -> None:
    wrapped = [(first + i * difference + 2**63) % 2**64 - 2**63 for i in range(count)]
    columns = columns_of(wrapped, wrapped[::-1], [bits] * count)
    check(columns)
    assert len(encode(columns)) < 80


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_differences_at_the_edges_of_their_widths_come_back(width: int) -> None:
    low, high = -(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1
    differences = [low, high, 0, -1, high, low, low, high] * 20
    steps = [(sum(differences[:i]) + 2**63) % 2**64 - 2**63 for i in range(len(differences))]
    check(columns_of(steps, [step ^ 1 for step in steps], list(range(len(steps)))))


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 1_000, FULL_POINTS, 2 * FULL_POINTS - 1])
@pytest.mark.parametrize("kind", ["constant", "float32", "smooth", "random", "few"])
def test_values_of_every_encoding_come_back(kind: str, count: int) -> None:
    random = np.random.default_rng(3)
    values = {
        "constant": np.full(count, -0.0),
        "float32": random.random(count).astype(np.float32).astype(np.float64),
        "smooth": 1.0 / (1.0 + np.arange(count)),
        "random": random.integers(LOW, HIGH, count).view(np.float64),
        "few": random.choice(np.array([0.1, math.nan, math.inf, -0.0]), count),
    }[kind]
    steps = np.arange(count, dtype=np.int64)
    check(Columns(step=steps, time=steps * 7 + random.integers(0, 5, count), value=values))


def test_a_signalling_nan_comes_back_and_warns_of_nothing() -> None:
    signalling = [0x7FF0_0000_0000_0001, -0xF_FFFF_FFFF_FFFF, 0x7FF4_0000_0000_0000]
    check(columns_of([0] * 3, [0] * 3, signalling))
    check(columns_of([0] * 300, [0] * 300, signalling * 100))


def test_columns_that_are_no_whole_arrays_come_back() -> None:
    steps = np.arange(1_000, dtype=np.int64)
    whole = Columns(step=steps, time=steps * 3, value=np.sqrt(steps))
    check(whole.take(slice(100, 900)))
    check(whole.take(steps % 7 == 0))


def test_threads_do_not_share_a_compressor() -> None:
    def work(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(50):
            steps = random.integers(-1000, 1000, 500)
            check(Columns(step=steps, time=steps.cumsum(), value=random.integers(0, 9, 500) / 7))

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, seed) for seed in range(8)]:
            future.result(60)


def test_another_version_is_refused() -> None:
    data = encode(EVERY_ENCODING["raw"])
    with pytest.raises(IntegrityError, match="format version 9"):
        decode(b"\x09" + data[1:])


EVERY_ENCODING = {
    "raw": Columns(step=np.arange(70), time=np.arange(70) * 3, value=np.random.default_rng(1).normal(size=70)),
    "constant": Columns(step=np.arange(70), time=np.arange(70), value=np.full(70, 0.5)),
    "differences": Columns(
        step=np.arange(70) ** 2, time=np.arange(70) ** 3, value=np.arange(70).astype(np.float64) / 2
    ),
    "shuffled": Columns(step=np.arange(70), time=np.arange(70), value=(np.arange(70) % 3).astype(np.float64) / 10),
    "one": Columns(step=np.array([1]), time=np.array([2]), value=np.array([0.1])),
}


@pytest.mark.parametrize("kind", EVERY_ENCODING)
def test_every_flipped_bit_of_a_segment_is_an_error(kind: str) -> None:
    data = encode(EVERY_ENCODING[kind])
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            with pytest.raises(IntegrityError):
                decode(bytes(flipped))
    for length in range(len(data)):
        with pytest.raises(IntegrityError):
            decode(data[:length])


def test_every_flipped_bit_of_what_is_sealed_is_an_error() -> None:
    rows = [seal(ONE_POINT.pack(7, 1, 2, 0.5)), seal(ONE_POINT.pack(8, 2, 3, -0.0) * 2)]
    assert arrived(rows).tobytes() == b"".join(row[:-4] for row in rows)
    for place in range(len(rows[1])):
        for bit in range(8):
            flipped = bytearray(rows[1])
            flipped[place] ^= 1 << bit
            with pytest.raises(IntegrityError):
                arrived([rows[0], bytes(flipped)])
    for length in range(len(rows[1])):
        with pytest.raises(IntegrityError):
            arrived([rows[0], rows[1][:length]])


def test_a_damaged_summary_is_an_error() -> None:
    steps = np.arange(SUMMARY_POINTS)
    data = summarise(Columns(step=steps, time=steps, value=np.sin(steps)))
    assert data is not None
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 0x41
        with pytest.raises(IntegrityError):
            decode_summary(bytes(flipped), by_steps=True)


def test_a_point_as_it_arrives_is_32_bytes_in_both_forms() -> None:
    packed = ONE_POINT.pack(7, LOW, HIGH, -0.0)
    (found,) = np.frombuffer(packed, POINT)
    assert (int(found["key"]), int(found["step"]), int(found["time"])) == (7, LOW, HIGH)
    assert math.copysign(1.0, found["value"]) == -1.0
    assert len(packed) == POINT.itemsize == 32


# --- orders -------------------------------------------------------------------------------------------------------------


few = st.integers(-2, 2)
crowded = st.lists(st.tuples(few, few, bit_patterns), max_size=30)


@settings(deadline=None, max_examples=200)
@given(crowded)
def test_the_orders_of_points(given: list[tuple[int, int, int]]) -> None:
    columns = columns_of([row[0] for row in given], [row[1] for row in given], [row[2] for row in given])
    values = columns.value.tolist()
    ranks = [ordered.from_float(value) for value in values]
    points = [(step, time, rank) for (step, time, _), rank in zip(given, ranks, strict=True)]
    for found, expected in (
        (by_time(columns), sorted(points, key=lambda point: (point[1], point[0], point[2]))),
        (by_step(columns), sorted(points)),
    ):
        numbers = ordered_values(found.value).tolist()
        assert list(zip(found.step.tolist(), found.time.tolist(), numbers, strict=True)) == expected
    assert ordered_values(columns.value).tolist() == ranks


def test_joining() -> None:
    one, two = columns_of([1], [2], [3]), columns_of([4, 5], [6, 7], [8, 9])
    assert exactly(concatenate([one, two])) == ([1, 4, 5], [2, 6, 7], [3, 8, 9])
    assert concatenate([one]) is one
    assert len(concatenate([])) == len(EMPTY) == 0


@settings(deadline=None, max_examples=300)
@given(bit_patterns, bit_patterns)
def test_ordered_numbers_order_as_floats_do(one: int, two: int) -> None:
    first, second = floats([one, two]).tolist()
    a, b = ordered.from_float(first), ordered.from_float(second)
    if math.isnan(first):
        assert a == ordered.NAN
        assert math.isnan(ordered.to_float(a))
    else:
        assert ordered.to_float(a).hex() == first.hex()
        assert a < ordered.NAN
    if first < second:
        assert a < b
    elif first == second != 0:
        assert a == b
    assert LOW <= a <= HIGH


def test_the_named_ordered_numbers() -> None:
    named = [ordered.from_float(value) for value in (-0.0, 0.0, math.inf, math.nan, -math.nan)]
    assert named == [ordered.NEGATIVE_ZERO, ordered.POSITIVE_ZERO, ordered.INFINITY, ordered.NAN, ordered.NAN]


def test_hashes_of_texts_are_64_bits_and_stay_the_same() -> None:
    assert (ordered.text_hash(""), ordered.text_hash("params")) == (-5426141060434712860, -2324900811461965477)
    texts = [f"{i}" for i in range(10_000)] + ["ä", "a\u0308", "\ud800"]
    assert len({ordered.text_hash(text) for text in texts}) == len(texts)


# --- summaries ----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(SUMMARY_POINTS, SUMMARY_POINTS + 300),
    odd=st.lists(st.tuples(st.integers(0, SUMMARY_POINTS - 1), bit_patterns), max_size=200),
)
def test_a_summary_is_that_of_its_blocks(seed: int, count: int, odd: list[tuple[int, int]]) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=count)
    for place, bits in odd:
        values[place] = floats([bits])[0]
    steps = np.sort(random.integers(-1000, 1000, count))
    columns = Columns(step=steps, time=np.arange(count, dtype=np.int64) * 1000, value=values)
    data = summarise(columns)
    assert data is not None
    for by_steps in (True, False):
        blocks, end = decode_summary(data, by_steps)
        x = columns.step if by_steps else columns.time
        assert end == int(x[-1])
        assert blocks.x.tolist() == x[::BLOCK_POINTS].tolist()
        for i, start in enumerate(range(0, count, BLOCK_POINTS)):
            part = values[start : start + BLOCK_POINTS].tolist()
            finite = [value for value in part if math.isfinite(value)]
            assert (int(blocks.count[i]), int(blocks.nonfinite[i])) == (len(part), len(part) - len(finite))
            assert repr(float(blocks.last[i])) == repr(part[-1])
            if finite:
                assert (blocks.min[i], blocks.max[i]) == (min(finite), max(finite))
                scale = max(abs(value) for value in finite)
                if scale < 1e300:
                    assert abs(float(blocks.sum[i]) - math.fsum(finite)) <= 1e-9 * scale + 5e-324
            else:
                assert np.isnan([blocks.min[i], blocks.max[i]]).all()


def test_a_small_segment_has_no_summary() -> None:
    steps = np.arange(SUMMARY_POINTS - 1, dtype=np.int64)
    assert summarise(Columns(step=steps, time=steps, value=np.zeros(len(steps)))) is None
