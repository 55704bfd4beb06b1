"""The points that are logged: the same for every server, distinct from each other, known again when read back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST_TIMESTAMP = 1_790_000_000_000
STEP_MILLISECONDS = 100
SPIKE = 1_000_000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """An endless, reproducible series of points under some keys, cut into requests of some steps each.

    All keys of a step share its timestamp, as a training loop logs them; timestamps advance with a jitter. Values are
    random with all their digits. At the step `spike`, the value is `SPIKE`.
    """

    seed: int
    keys: int
    steps: int
    spike: int | None = None

    def key(self, index: int) -> str:
        """The name of a key."""
        return f"metric_{index:02d}"

    def encoded(self, request: int) -> str:
        """The metrics of one request as a JSON list."""
        timestamps, values = self._request(request)
        first = request * self.steps
        columns = [f'{{"key":"{self.key(key)}","value":' for key in range(self.keys)]
        points = []
        for row, (timestamp, step_values) in enumerate(zip(timestamps.tolist(), values.tolist(), strict=True)):
            tail = f',"timestamp":{timestamp},"step":{first + row}}}'
            points += [f"{column}{value!r}{tail}" for column, value in zip(columns, step_values, strict=True)]
        return f"[{','.join(points)}]"

    def expected(self, key: int, requests: Sequence[int]) -> list[tuple[int, int, float]]:
        """The points of one key in the given requests as (step, timestamp, value)."""
        points: list[tuple[int, int, float]] = []
        for request in requests:
            timestamps, values = self._request(request)
            steps = range(request * self.steps, (request + 1) * self.steps)
            points += zip(steps, timestamps.tolist(), values[:, key].tolist(), strict=True)
        return points

    def _request(self, request: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        rng = np.random.default_rng((self.seed, request))
        steps = np.arange(request * self.steps, (request + 1) * self.steps, dtype=np.int64)
        jitter = rng.integers(0, STEP_MILLISECONDS, self.steps, dtype=np.int64)
        values = rng.random((self.steps, self.keys))
        if self.spike is not None:
            values[steps == self.spike] = SPIKE
        return FIRST_TIMESTAMP + steps * STEP_MILLISECONDS + jitter, values
