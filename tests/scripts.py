"""Scripts run in an interpreter of their own, where nothing of this project can be found."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_RUN_ALL = """
import contextlib, io, json, os, runpy, sys
assert not any(os.path.isdir(os.path.join(one, "playground")) for one in sys.path), sys.path
said = {}
for name, path in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(path)
    said[name] = printed.getvalue()
print(json.dumps(said))
"""


def run_scripts(scripts: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What scripts print, by name, all run by one interpreter: each as if it were alone, but for torch's own state."""
    paths = {name: folder / f"script{place}.py" for place, name in enumerate(scripts)}
    for name, path in paths.items():
        path.write_text(scripts[name], encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", _RUN_ALL],
        input=json.dumps({name: str(path) for name, path in paths.items()}),
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # beside other tests more threads wait for each other
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    printed: dict[str, str] = json.loads(run.stdout)
    return printed


def read_losses(printed: str) -> dict[int, float]:
    """The losses that a network's script prints, by step; that of the points held out has none."""
    lines = [line.split() for line in printed.splitlines() if not line.startswith("held out")]
    return {int(step): float(loss) for step, loss in lines}
