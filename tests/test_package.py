"""The package: what it declares is what it imports, and it installs what it needs."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ENGINE, APP = ({re.split(r"[\[<>=]", one)[0] for one in group} for group in (PROJECT["dependencies"], EXTRAS["app"]))
UPPER_FLOORS = ("figures", "player", "labs")


def imported(path: Path) -> set[str]:
    """The packages that a file imports, by their first names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"playground"}


def test_every_import_is_declared_and_every_declaration_imported():
    files = {path: imported(path) for path in [*(ROOT / "playground").rglob("*.py"), ROOT / "app.py"]}
    is_upper = {path: path.relative_to(ROOT).parts[1:2] in [(name,) for name in UPPER_FLOORS] for path in files}
    engine = set().union(*(names for path, names in files.items() if not is_upper[path] and path.name != "app.py"))
    assert engine == ENGINE
    assert set().union(*files.values()) == ENGINE | APP


def test_the_two_ways_to_install_ask_for_the_same_versions():
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    asked = [one for one in (*PROJECT["dependencies"], *EXTRAS["app"]) if not one.startswith("torch")]
    assert sorted(one for one in required if one and not one.startswith("torch")) == sorted(asked)
    tested = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8").split("\n")
    assert sorted(filter(None, tested[1:])) == sorted(one for one in EXTRAS["test"] if not one.startswith("gradient-"))


@pytest.mark.slow
def test_the_wheel_holds_all_files_and_its_engine_runs_without_the_app(tmp_path):
    source = tmp_path / "source"  # building leaves files behind
    shutil.copytree(ROOT / "playground", source / "playground", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    held_here = {path.relative_to(source).as_posix() for path in (source / "playground").rglob("*") if path.is_file()}
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(source)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("gradient_playground-*.whl")
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
        held.extractall(tmp_path / "installed")
    assert {name for name in names if name.startswith("playground/")} == held_here
    code = (
        "import sys\n"
        "sys.modules |= dict.fromkeys(['streamlit', 'plotly', 'pandas', 'latex2mathml', 'graphlay', 'starlette'])\n"
        "from playground import Fit, descend\n"
        "fit = Fit('a*x + b', x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])\n"
        "print(*(f'{one:.4f}' for one in descend(fit, [-0.486989, -0.563709], lr=1e-2).parameters[-1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "installed", capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["2.7157", "1.4730"]
