"""Sends a folder as artifacts of a new run and fetches it again, by the client of a package that speaks MLflow's API.

    python artifact_client.py PACKAGE TRACKING_URI FOLDER

Prints the seconds that both took. It runs in the environment of the package and needs nothing else.
"""

import importlib
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Runs it."""
    name, uri, folder = sys.argv[1:]
    package = importlib.import_module(name)
    client = getattr(package, "KisekiClient" if name == "kiseki" else "MlflowClient")(uri)
    run_id = client.create_run("0").info.run_id
    with tempfile.TemporaryDirectory(dir=Path(folder).parent) as target:
        began = time.monotonic()
        client.log_artifacts(run_id, folder, "small")
        sent = time.monotonic()
        fetched = Path(client.download_artifacts(run_id, "small", target))
        ended = time.monotonic()
        files = sorted(path.name for path in Path(folder).iterdir())
        assert sorted(path.name for path in fetched.iterdir()) == files
        assert all((fetched / file).read_bytes() == Path(folder, file).read_bytes() for file in files)
    print(sent - began, ended - sent)


if __name__ == "__main__":
    main()
