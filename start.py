"""
Set up the planner on a machine that has only git and Python, and run it or its tests.

    python3 start.py plan                 plan the shipped theatre; says where the map is
    python3 start.py test                 run every check
    python3 start.py run ARGS...          any planner command, for example: run validate FILE
    python3 start.py wheelhouse FOLDER    gather the wheels for a machine without a network
    python3 start.py --wheels FOLDER ...  use such a folder instead of a network
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE / ".venv"
BIN = HOME / ("Scripts" if os.name == "nt" else "bin")
RUN_LOCK = HERE / "requirements.lock"
TEST_LOCK = HERE / "requirements-test.lock"
THEATRE = HERE / "scenarios" / "east-china-sea.toml"


def main(arguments: list[str]) -> int:
    """Do what the command line asks; return the exit code."""
    wheels = None
    if arguments[:1] == ["--wheels"] and len(arguments) > 2:
        wheels, arguments = Path(arguments[1]).resolve(), arguments[2:]
    match arguments:
        case ["plan"]:
            return planner(wheels, "run", os.path.relpath(THEATRE))
        case ["test", *rest]:
            return test(wheels, rest)
        case ["run", *rest]:
            return planner(wheels, *rest)
        case ["wheelhouse", folder]:
            return wheelhouse(Path(folder))
    print(__doc__)
    return 2


def planner(wheels: Path | None, *arguments: str) -> int:
    """Install what the planner needs, then run one of its commands."""
    install(RUN_LOCK, wheels)
    return subprocess.call([BIN / "python", "-m", "planner", *arguments])


def test(wheels: Path | None, arguments: list[str]) -> int:
    """Install what the tests need, then run the linters, the type checker and the tests."""
    install(TEST_LOCK, wheels)
    browser()
    python = BIN / "python"
    for check in (
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "mypy", "planner"],
        [python, "-m", "pytest", "-n", "auto", *arguments],
    ):
        print("$", *check[1:], flush=True)
        code = subprocess.call(check, cwd=HERE)
        if code:
            return code
    return 0


def install(lock: Path, wheels: Path | None) -> None:
    """Make the virtual environment hold what the lock file names, hashes checked; once."""
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = HOME / f"{lock.name}.done"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"Installing what {lock.name} names into {HOME.name}/ (once; one or two minutes)")
    if not (BIN / "python").exists():
        try:
            venv.create(HOME, with_pip=True, clear=HOME.exists())
        except subprocess.CalledProcessError:
            shutil.rmtree(HOME, ignore_errors=True)
            sys.exit("Python came without its venv module; on Debian: apt-get install python3-venv")
    source = ["--no-index", f"--find-links={wheels}"] if wheels else []
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.check_call([*pip, *source, "--require-hashes", "-r", lock])
    subprocess.check_call([*pip, *source, "--no-deps", "--no-build-isolation", "-e", HERE])
    stamp.write_text(wanted)


def browser() -> None:
    """Install Debian's Chromium for the map's tests where that is possible."""
    if shutil.which("chromium") or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print("Installing Chromium for the map's tests")
    subprocess.call(["apt-get", "update", "-qq"])
    subprocess.call(["apt-get", "install", "-y", "-qq", "chromium"], stdout=subprocess.DEVNULL)


def wheelhouse(folder: Path) -> int:
    """Gather every wheel, to be carried to a machine without a network."""
    return subprocess.call(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--only-binary=:all:",
            "--dest",
            folder,
            "--require-hashes",
            "-r",
            RUN_LOCK,
        ]
    )


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python meets first
        sys.exit(f"Python {sys.version.split()[0]} is too old, expected 3.11 or newer")
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as problem:
        sys.exit(problem.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
