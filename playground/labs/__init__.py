"""The labs, a folder each, and what they share. A new lab is a folder with a ``LAB``, and one more line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from playground.labs.descent.lab import LAB as DESCENT
from playground.labs.fit.lab import LAB as FIT
from playground.labs.gradient.lab import LAB as GRADIENT
from playground.labs.network.lab import LAB as NETWORK
from playground.labs.shared.lab import Lab

LABS: Mapping[str, Lab[Any]] = MappingProxyType({lab.name: lab for lab in (FIT, DESCENT, GRADIENT, NETWORK)})
"""The labs by their pages' addresses, in the order of the navigation; the first is where the app opens."""
