import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each pattern is written in pieces, so that this file does not hold what it forbids.
START = r"(?<![\w.~$}/-])"
MACHINE_PATHS = re.compile(
    "|".join(
        [
            START + "/" + r"work/[\w.]",
            START + "/" + r"root/[\w.]",
            START + "/" + r"home/(?!user/|you/|me/)\w+/",
            START + "/" + r"Users/(?!user/|you/|me/)\w+/",
            START + "/" + r"tmp/scratch\b",
        ]
    )
)
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("deb", "debian", "org"),
            ("anaconda", "org"),
            ("crates", "io"),
            ("pkg", "dev"),
        ]
    )
)
INDEX_OPTION = re.compile(r"^\s*(--(extra-)?index-url|--find-links|-i|-f)\b", flags=re.MULTILINE)


def tracked_files() -> list[Path]:
    """Lists what git tracks or would add: a file is judged before it is committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip(f"no git repository to ask: {listing.stderr.strip()}")
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Names every line that the pattern matches, as file:line: text."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {match.group(0)}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if (match := pattern.search(line))
    ]


@pytest.mark.parametrize("text", ["/" + "work/main", "'/" + "root/.cache'", "cd /" + "home/taro/kiseki"])
def test_a_path_of_a_machine_is_recognised(text: str) -> None:
    assert MACHINE_PATHS.search(text)


@pytest.mark.parametrize(
    "text", ["docs/work/plan", "./work/x", "~/work/x", "/home/user/data", "a/root/b", "/workspace"]
)
def test_a_path_of_no_machine_is_left_alone(text: str) -> None:
    assert not MACHINE_PATHS.search(text)


def test_no_file_names_a_path_of_a_machine() -> None:
    assert found(MACHINE_PATHS, tracked_files()) == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert found(REGISTRY_HOSTS, tracked_files()) == []


def test_pins_name_no_index() -> None:
    pins = sorted((ROOT / "requirements").glob("*.txt"))
    assert [path.name for path in pins] == ["base.txt", "check.txt", "demo.txt", "flavors.txt", "node.txt", "test.txt"]
    assert [path.name for path in pins if INDEX_OPTION.search(path.read_text(encoding="utf-8"))] == []


def test_the_installation_stays_within_thirty_distributions() -> None:
    pins = re.findall(r"^[\w.-]+==", (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(pins) + len(["kiseki"]) <= 30
