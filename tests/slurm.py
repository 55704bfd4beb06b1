"""A Slurm of one machine, with its real daemons and programs: apt-get install slurmctld slurmd slurm-client munge."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.databases import unavailable

PROGRAMS: Final = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
_SECONDS: Final = 60

_CONFIGURATION: Final = """\
ClusterName=kiseki
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/linear
MpiDefault=none
ReturnToService=2
KillWait=20
BatchStartTimeout=30
NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@contextlib.contextmanager
def slurm(folder: Path) -> Iterator[Path]:
    """Starts a cluster; without Slurm a test is skipped, but fails in CI.

    Args:
        folder: An empty one, for all that it keeps.

    Yields:
        Its configuration, which programs find by the variable SLURM_CONF.
    """
    found = {name: shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in PROGRAMS}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        unavailable(f"not installed: {', '.join(missing)}; apt-get install slurmctld slurmd slurm-client munge")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    configuration = folder / "slurm.conf"
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    configuration.write_text(
        _CONFIGURATION.format(host=socket.gethostname().partition(".")[0], folder=folder, ports=_ports(2), user=user)
    )
    # Autodetection fails where none are mounted, as in some containers; nothing here uses any.
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    environment = {**os.environ, "SLURM_CONF": str(configuration)}
    munged = [f"--socket={folder}/munge.socket", f"--key-file={key}", f"--pid-file={folder}/munged.pid"]
    munged += [f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed", "--num-threads=1", "--force"]
    with contextlib.ExitStack() as stack:

        def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            with (folder / f"{name}.out").open("wb") as log:
                process = subprocess.Popen(
                    [str(found[name]), *arguments], env=environment, stdout=log, stderr=log, start_new_session=True
                )
            stack.callback(_end, process)
            return process

        _until((folder / "munge.socket").exists, start("munged", "--foreground", *munged), folder)
        start("slurmctld", "-D")
        slurmd = start("slurmd", "-D")
        states = [str(found["sinfo"]), "--noheader", "--format=%T"]
        _until(lambda: "idle" in _told(states, environment), slurmd, folder)
        yield configuration


def _told(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS).stdout


def _until(condition: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _SECONDS
    while not condition():
        logs = {
            file.name: file.read_text(errors="replace")[-500:]
            for file in folder.iterdir()
            if file.suffix in {".log", ".out"}
        }
        assert process.poll() is None, logs
        assert time.monotonic() < end, logs
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
