import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORE = (
    "errors expression objectives optimizers schedulers noise descent landscape race presets "
    "datasets tables fitting second_order probe autograd_graph training_loop gradient_scenario"
).split()


def test_the_core_needs_neither_streamlit_nor_plotly():
    # A fresh interpreter: what other tests have imported doesn't count.
    code = (
        f"import importlib, sys\nfor name in {CORE}: importlib.import_module('playground.' + name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"playground", "torch"} <= loaded
    assert not loaded & {"streamlit", "plotly"}
