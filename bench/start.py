"""How long a start takes, first and again, what the idle server weighs in memory, and what an installation weighs."""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench import processes, stage
from bench.processes import Cores
from bench.report import Row, percentile, publish

CLAIM = "start, idle memory and installed size"
SETTLE_SECONDS = 10.0
INSTALL_SECONDS = 1_200.0


def measure_starts(cores: Cores, times: int) -> list[Row]:
    """Cold: an empty data folder, so with making the database and all migrations. Warm: the same folder again."""
    cold, warm = [], []
    for _ in range(times):
        with stage.data_folder() as folder:
            with stage.product(cores, folder) as server:
                cold.append(server.ready_seconds)
            with stage.product(cores, folder) as server:
                warm.append(server.ready_seconds)
    return [
        Row("cold start to /readyz, median", percentile(cold, 50), "s"),
        Row("warm start to /readyz, median", percentile(warm, 50), "s", aim=3),
        Row("warm start to /readyz, slowest", max(warm), "s"),
    ]


def measure_memory(cores: Cores) -> list[Row]:
    """A server that nobody uses, without a model loaded, some seconds after its start."""
    with stage.data_folder() as folder, stage.product(cores, folder) as server:
        time.sleep(SETTLE_SECONDS)
        own, database = server.pids()
        own_mb, database_mb = processes.memory_mb(own), processes.memory_mb(database)
    return [
        Row("idle memory, the server", own_mb, "MB"),
        Row("idle memory, its PostgreSQL", database_mb, "MB"),
        Row("idle memory, together", own_mb + database_mb, "MB", aim=250),
    ]


def measure_installation() -> list[Row]:
    """A clean virtual environment with the built wheel, what it depends on as locked, and the byte code, no weights;
    then the same with the reading of pictures added."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise stage.StageFailed("uv is needed to measure the installed size")
    lock = str(stage.ROOT / "requirements.lock")
    with stage.data_folder() as folder:
        environment = folder / "venv"
        install = [uv, "pip", "install", "--quiet", "--python", str(environment), "--compile-bytecode", "-c", lock]
        run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
        run([*install, str(stage.ROOT)])
        alone = disk_mb(environment)
        run([*install, f"{stage.ROOT}[ocr]"])
        return [
            Row("installed, without model weights", alone, "MB", aim=400),
            Row("installed, with the reading of pictures (extra `ocr`)", disk_mb(environment), "MB"),
        ]


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=INSTALL_SECONDS)


def disk_mb(folder: Path) -> float:
    """What the files of a folder take on the disk, in MB (10⁶ bytes); a file with two names counts once."""
    blocks = {}
    for path in folder.rglob("*"):
        entry = path.lstat()
        blocks[entry.st_dev, entry.st_ino] = entry.st_blocks
    return sum(blocks.values()) * 512 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--no-installation", action="store_true", help="leave out the installed size")
    options = parser.parse_args()
    cores = processes.take_cores()
    rows = measure_starts(cores, options.times) + measure_memory(cores)
    if not options.no_installation:
        rows += measure_installation()
    publish("start", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
