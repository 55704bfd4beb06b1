"""Structs that several threads decode for the first time at once."""

from __future__ import annotations

import subprocess
import sys

import msgspec

from kiseki.base.learned import learned


class Inner(msgspec.Struct):
    number: int


class Outer(msgspec.Struct):
    inner: Inner


# New structs each time, since only the first time is the dangerous one; threads change as often as they can.
PROGRAM = """
import sys
import threading

import msgspec

from kiseki.base.learned import learned

sys.setswitchinterval(1e-6)
THREADS = 6
found = []


def decode(kind, together):
    together.wait()
    found.append(msgspec.json.decode(b'{"inner": {"field0": 1, "field19": 2}}', type=learned(kind)))


for _ in range(60):
    inner = msgspec.defstruct("Inner", [(f"field{i}", "int | None", None) for i in range(20)])
    together = threading.Barrier(THREADS)
    threads = []
    for number in range(THREADS):
        # Some decode the same, and others what has the same in it.
        if number % 2 == 0:
            outer = msgspec.defstruct("Outer", [("inner", inner)])
        threads.append(threading.Thread(target=decode, args=(outer, together)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert len(found) == 60 * THREADS
assert {(one.inner.field0, one.inner.field19) for one in found} == {(1, 2)}
"""


def test_threads_that_decode_for_the_first_time_at_once() -> None:
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr


def test_a_kind_stays_what_it_is() -> None:
    assert learned(Outer) is Outer
    assert msgspec.json.decode(b'{"inner": {"number": 3}}', type=learned(Outer)) == Outer(inner=Inner(number=3))
