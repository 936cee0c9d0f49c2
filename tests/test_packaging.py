"""What is shipped, held against the tree: the image, compose, the pinned requirements, and names of hosts."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from services.settings import Settings
from services.studio import WORKERS
from services.workers.pool import MEMORY

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
# In pieces, so that this file passes its own test.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("docker", "io"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]


def joined(text: str) -> list[str]:
    """The lines without comments, continued ones as one."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [line.strip() for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


DOCKERFILE = joined((ROOT / "Dockerfile").read_text("utf-8"))


def instruction(name: str) -> str:
    """What the Dockerfile's last instruction of that name says."""
    return [line for line in DOCKERFILE if line.startswith(f"{name} ")][-1].removeprefix(name).strip()


def copied() -> list[str]:
    """Every path that the image gets from this tree."""
    copies = [line.split()[1:] for line in DOCKERFILE if line.startswith(("COPY ", "ADD "))]
    return [source.removeprefix("./") for *sources, _target in copies for source in sources]


def command(words: list[str]) -> list[str]:
    """The same command with the Python that runs the tests."""
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


def normalized(requirement: str) -> str:
    """A distribution's name as indexes compare it, without extras and versions."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pinned(file: str) -> dict[str, set[str]]:
    """Each distribution and the versions that a requirements file pins, for one Python or another."""
    pins: dict[str, set[str]] = {}
    for line in joined((ROOT / file).read_text("utf-8")):
        if found := re.match(r"([\w.-]+)==([\w.!+]+)", line):
            pins.setdefault(normalized(found[1]), set()).add(found[2])
    return pins


# the image --------------------------------------------------------------------------------------------


def test_everything_that_the_image_copies_is_here() -> None:
    assert copied()
    assert [path for path in copied() if path in ("", ".") or not (ROOT / path).exists()] == []


def test_the_build_sees_nothing_but_what_is_copied() -> None:
    rules = joined((ROOT / ".dockerignore").read_text("utf-8"))
    assert rules[0] == "*"
    assert sorted(rule[1:] for rule in rules if rule.startswith("!")) == sorted(copied())


def test_what_is_copied_is_enough_for_the_bot(tmp_path: Path) -> None:
    for path in copied():
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, tmp_path / path, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / path, tmp_path / path)
    done = subprocess.run(
        command(json.loads(instruction("ENTRYPOINT"))),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "DISCORD_TOKEN" in done.stderr


@pytest.mark.parametrize(
    ("name", "cluster"), [("health", {}), ("health-2", {"CLUSTER_COUNT": "3", "CLUSTER_ID": "2"})]
)
@pytest.mark.parametrize(("age", "code"), [(0, 0), (40, 0), (120, 1), (None, 1)])
def test_the_health_check_looks_at_the_age_of_the_bots_file(
    tmp_path: Path, age: float | None, code: int, name: str, cluster: dict[str, str]
) -> None:
    if age is not None:
        (tmp_path / name).touch()
        then = time.time() - age
        os.utime(tmp_path / name, (then, then))
    words = json.loads(instruction("HEALTHCHECK").partition(" CMD ")[2])
    done = subprocess.run(
        command(words),
        env={"DATA_DIR": str(tmp_path), **cluster},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize("setting", ["{port}", ":{port}", "127.0.0.1:{port}", "0.0.0.0:{port}"])
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_asks_the_bot_where_it_can_be_asked(
    tmp_path: Path, setting: str, status: int | None, code: int
) -> None:
    """Whatever the age of the file says: it is there, as after a stop."""

    class Bot(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if status and self.path == "/livez" else 404)
            self.end_headers()
            self.wfile.write(b"so it is")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    (tmp_path / "health").touch()
    with HTTPServer(("127.0.0.1", 0), Bot) as server:
        port = server.server_port
        if status is None:
            server.server_close()
        else:
            threading.Thread(target=server.handle_request, daemon=True).start()
        done = subprocess.run(
            command(json.loads(instruction("HEALTHCHECK").partition(" CMD ")[2])),
            env={"DATA_DIR": str(tmp_path), "METRICS_ADDRESS": setting.format(port=port)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    said = "so it is\n" if status else "no answer from METRICS_ADDRESS"
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(said)


def test_the_health_check_needs_no_library() -> None:
    """It is run every half minute, and to import one takes longer than to ask."""
    words = [*command(["python"]), "-X", "importtime", "-c", "import services.monitoring.container_check"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not loaded & {"aiohttp", "pydantic", "prometheus_client", "sqlalchemy", "structlog"}


def test_the_image_runs_as_nobody_special_and_takes_signals() -> None:
    last = DOCKERFILE[-1]
    assert last.startswith("ENTRYPOINT [")
    assert instruction("STOPSIGNAL") == "SIGTERM"
    assert instruction("USER") not in ("root", "0")
    assert re.fullmatch(r"python:3\.1[1-9][\w.]*-slim-\w+", instruction("FROM"))


def test_the_image_is_built_from_the_package_index_alone() -> None:
    steps = " ".join(line for line in DOCKERFILE if line.startswith("RUN "))
    assert "--require-hashes" in steps
    assert "--requirement requirements.txt" in steps
    assert re.findall(r"\b(?:apt|apt-get|curl|wget|git|npm)\b", steps) == []


def test_compose_gives_the_bot_time_to_stop() -> None:
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    grace = re.search(r"stop_grace_period: (\d+)s", compose)
    assert grace is not None
    assert int(grace[1]) > Settings.model_fields["shutdown_grace"].default


def test_compose_bounds_memory_and_processes() -> None:
    """Of each service, and the bot's by more than its workers can take."""
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    services = re.split(
        r"^  (?=\w+:)", compose.partition("services:")[2].partition("\nvolumes:")[0], flags=re.M
    )
    named = {one.partition(":")[0]: one for one in services if one.strip()}
    assert named.keys() == {"bot", "database"}
    units = {"m": 2**20, "g": 2**30}
    limits: dict[str, int] = {}
    for name, said in named.items():
        found = re.search(r"^    mem_limit: (\d+)([mg])\b", said, re.MULTILINE)
        assert found is not None, name
        limits[name] = int(found[1]) * units[found[2]]
        assert re.search(rf"^    memswap_limit: {found[1]}{found[2]}\b", said, re.MULTILINE), "no swap on top"
        assert re.search(r"^    pids_limit: \d+\b", said, re.MULTILINE), name
    idle = 180 * 2**20  # what the bot may take, and more than a worker does without a job
    assert limits["bot"] > idle + WORKERS * (idle // 2 + MEMORY)


def test_compose_publishes_no_port_and_holds_no_password() -> None:
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    assert not re.search(r"^\s*ports:", compose, re.MULTILINE)
    said = re.findall(r"^ +POSTGRES_PASSWORD: (.*)", compose, re.MULTILINE)
    said += re.findall(r"//jamboree:(.*)@", compose)
    assert len(said) == 2
    assert all(one.startswith("${POSTGRES_PASSWORD:?") for one in said)


# the requirements -------------------------------------------------------------------------------------


def imported_by(path: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def test_every_import_is_a_declared_dependency() -> None:
    folders = [path for path in copied() if (ROOT / path).is_dir()]
    files = [ROOT / "bot.py", *(file for folder in folders for file in (ROOT / folder).rglob("*.py"))]
    names = set().union(*map(imported_by, files)) - sys.stdlib_module_names - {"bot", *folders}
    assert "discord" in names
    declared = {normalized(one) for one in PROJECT["project"]["dependencies"]}
    brought_by = packages_distributions()
    strangers = {
        name for name in names if not declared & {normalized(one) for one in brought_by.get(name, [])}
    }
    assert strangers == set()


def test_the_bot_and_its_services_import_no_stand_in() -> None:
    for folder, barred in (("cogs", {"rehearsal", "bot"}), ("services", {"rehearsal", "cogs", "discord"})):
        for file in (ROOT / folder).rglob("*.py"):
            assert imported_by(file) & barred == set(), file.name


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_every_requirement_is_pinned_and_hashed(file: str) -> None:
    lines = joined((ROOT / file).read_text("utf-8"))
    assert len(lines) > 20
    whole = re.compile(r"[\w.\[\]-]+==[^ ]+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line[:60] for line in lines if not whole.fullmatch(line)] == []


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_a_library_is_the_same_for_each_python(file: str) -> None:
    """The suite runs on one of them: with another PyAV on the next, no sound could be read there."""
    assert {name: versions for name, versions in pinned(file).items() if len(versions) > 1} == {}


def test_every_dependency_is_pinned_and_the_same_for_the_bot_and_its_tests() -> None:
    run, dev = map(pinned, REQUIREMENTS)
    wanted = PROJECT["project"]["dependencies"]
    assert {normalized(one) for one in wanted} - set(run) == set()
    assert {normalized(one) for one in wanted + PROJECT["dependency-groups"]["dev"]} - set(dev) == set()
    assert {name: dev.get(name) for name in run} == run


# the repository ---------------------------------------------------------------------------------------


def committed() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git here: which files are committed cannot be told")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name]


def test_no_committed_file_names_a_package_registry() -> None:
    hosts = re.compile("|".join(map(re.escape, REGISTRIES)).encode())
    found = {
        name: sorted({host.decode() for host in hosts.findall((ROOT / name).read_bytes())})
        for name in committed()
        if (ROOT / name).is_file()
    }
    assert {name: named for name, named in found.items() if named} == {}


def test_no_lock_file_and_no_secret_file_is_committed() -> None:
    barred = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", ".env"}
    assert [name for name in committed() if Path(name).name in barred] == []


@pytest.mark.parametrize("folder", ["bench", "cogs", "rehearsal", "services", "tests", "tools"])
def test_every_file_can_be_looked_over(folder: str) -> None:
    files = (ROOT / folder).rglob("*.py")
    assert [file.name for file in files if len(file.read_text("utf-8").splitlines()) > 400] == []


@pytest.mark.parametrize("folder", ["bench", "cogs", "docs", "rehearsal", "services", "tests", "tools"])
def test_every_room_can_be_looked_over(folder: str) -> None:
    rooms = Counter(str(Path(name).parent) for name in committed() if name.startswith(f"{folder}/"))
    assert {room: count for room, count in rooms.items() if count > 22} == {}


def test_no_cog_opens_a_transaction() -> None:
    opened = re.compile(r"\bdatabase\.(read|write)\(|\.begin\(\) as")
    assert [path for path in (ROOT / "cogs").rglob("*.py") if opened.search(path.read_text())] == []


@pytest.mark.parametrize("folder", ["cogs", "services"])
def test_every_public_name_says_what_it_is_for(folder: str) -> None:
    silent = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name, node in _public(ast.parse(path.read_text()), "")
        if ast.get_docstring(node) is None
    ]
    assert silent == []


_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(node: ast.Module | ast.ClassDef, within: str) -> Iterator[tuple[str, _Named]]:
    for one in node.body:
        if isinstance(one, _Named) and not one.name.startswith("_"):
            yield f"{within}{one.name}", one
            if isinstance(one, ast.ClassDef):
                yield from _public(one, f"{one.name}.")
