import subprocess
import sys
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
CORE = "language engine analysis data".split()


def test_the_core_needs_neither_streamlit_nor_plotly():
    # A fresh interpreter: what other tests have imported doesn't count.
    code = (
        "import importlib, pkgutil, sys, playground\n"
        f"for room in {CORE}:\n"
        "    folder = importlib.import_module(f'playground.{room}')\n"
        "    for one in pkgutil.iter_modules(folder.__path__):\n"
        "        importlib.import_module(f'playground.{room}.{one.name}')\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"playground", "torch"} <= loaded
    assert not loaded & {"streamlit", "plotly"}


def test_imports_point_one_way(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert lint_imports() == 0, capsys.readouterr().out
