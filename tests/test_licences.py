"""What the app brings along has a licence that lets a teacher pass it on: permissive, or excepted here for a reason."""

import re
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "MIT",
    "MIT-CMU",
    "PSF-2.0",
    "Zlib",
}
"""SPDX's names of licences that ask for no more than to be named."""

OTHER_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
}
"""How older packages name them, in a classifier or in words."""

EXCEPTIONS = {
    "certifi": "MPL-2.0, by file: Mozilla's certificates, unchanged; Streamlit's requests wants them",
    "orjson": "MPL-2.0, by file, in a part of it, unchanged; with it Streamlit writes figures",
    "nvidia-*": "NVIDIA's own: only where torch's build for its cards was installed instead of the one named here",
    "cuda-*": "likewise",
}


def installed(requirements):
    """All that these requirements bring along, by name, each with the metadata of what is installed."""
    found, met = {}, set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *sorted(wanted.extras)):
            name = canonicalize_name(wanted.name)
            if (name, extra) in met:
                continue
            met.add((name, extra))
            found[name] = distribution(name)
            further = map(Requirement, found[name].requires or ())
            waiting += [one for one in further if one.marker is None or one.marker.evaluate({"extra": extra})]
    return found


def licence(metadata):
    """A package's licence as an SPDX expression, or in the package's own words."""
    if expression := metadata.get("License-Expression"):
        return expression
    marks = [one for one in metadata.get_all("Classifier") or () if one.startswith("License ::")]
    said = [one.rpartition(" :: ")[2] for one in marks] or [metadata.get("License") or "no licence"]
    return " AND ".join(OTHER_NAMES.get(one, one) for one in said)


def is_permissive(expression):
    """Whether an SPDX expression leaves a way to take only permissive licences; ``WITH`` only adds permissions."""
    expression = re.sub(r" WITH [\w.-]+", "", expression)
    either = re.sub(r"\([^()]*\)", lambda part: "MIT" if is_permissive(part[0][1:-1]) else "none", expression)
    if either != expression:
        return is_permissive(either)
    return any(all(one.strip() in PERMISSIVE for one in part.split(" AND ")) for part in expression.split(" OR "))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("GPL-2.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("(GPL-3.0-only OR BSD-3-Clause) AND Apache-2.0 WITH LLVM-exception", True),
        ("GNU General Public License v2 or later (GPLv2+)", False),
    ],
)
def test_an_expression_is_read(expression, expected):
    assert is_permissive(expression) is expected


def test_all_that_is_installed_for_the_app_is_permissive_or_excepted():
    requirements = [line for line in REQUIREMENTS.read_text().splitlines() if line.strip()]
    wanted = [line for line in requirements if (marker := Requirement(line).marker) is None or marker.evaluate()]
    found = installed(wanted)
    assert {"streamlit", "torch", "plotly", "graphlay", "jinja2"} <= found.keys()
    licences = {
        name: licence(one.metadata)
        for name, one in found.items()
        if not any(fnmatch(name, pattern) for pattern in EXCEPTIONS)
    }
    assert {name: said[:80] for name, said in licences.items() if not is_permissive(said)} == {}


def test_an_exception_is_one():
    for name in EXCEPTIONS:
        if "*" not in name:
            assert not is_permissive(licence(distribution(name).metadata)), f"{name} needs no exception"
