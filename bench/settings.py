"""How much the benchmark does."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The sizes of the scenarios. What a peer cannot do in reasonable time is done at the size given for it."""

    quick: bool
    clients: int
    rounds: int
    seconds: float
    # One set of servers for all scenarios that can live with one, instead of a fresh one for each.
    shared_servers: bool
    search_runs: int
    mlflow_search_runs: int
    fasttrackml_search_runs: int
    search_requests: int
    # A query that is slower than this is not asked as often as search_requests says.
    query_seconds: float
    chart_series: int
    chart_points: int
    chart_long_points: int
    chart_peer_points: int
    chart_requests: int
    history_points: int
    history_peer_points: int
    disk_points: int
    disk_peer_points: int
    starts: int
    imports: int
    idle_seconds: float
    stable_seconds: float
    database: str = ""
    """A kind of database server, or SQLite."""


FULL = Settings(
    quick=False,
    clients=8,
    rounds=3,
    seconds=6.0,
    shared_servers=False,
    search_runs=100_000,
    mlflow_search_runs=10_000,
    fasttrackml_search_runs=100_000,
    search_requests=20,
    query_seconds=40.0,
    chart_series=50,
    chart_points=100_000,
    chart_long_points=1_000_000,
    chart_peer_points=10_000,
    chart_requests=10,
    history_points=1_000_000,
    history_peer_points=100_000,
    disk_points=1_000_000,
    disk_peer_points=100_000,
    starts=3,
    imports=7,
    idle_seconds=5.0,
    stable_seconds=6.0,
)

QUICK = Settings(
    quick=True,
    clients=8,
    rounds=1,
    seconds=1.5,
    shared_servers=True,
    search_runs=1_000,
    mlflow_search_runs=300,
    fasttrackml_search_runs=1_000,
    search_requests=3,
    query_seconds=2.0,
    chart_series=5,
    chart_points=10_000,
    chart_long_points=50_000,
    chart_peer_points=2_000,
    chart_requests=3,
    history_points=50_000,
    history_peer_points=5_000,
    disk_points=50_000,
    disk_peer_points=5_000,
    starts=1,
    imports=3,
    idle_seconds=1.0,
    stable_seconds=1.5,
)
