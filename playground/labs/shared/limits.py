"""How much the work of one person may take from the others: what is too much, what waits for its turn, what is logged.

Limits of one thing stand where it is made: a text's in ``language/``, a table's in ``data/``, a race's in ``race/``.
``docs/ARCHITECTURE.md`` lists them all.
"""

MOST_WORK = 2_500_000
"""Operations of one loss, see ``Objective.work``: one step of Newton's method, with derivatives of second order by
eight parameters, then takes some two seconds on a slow core."""

SURFACE_WORK = 1_500_000_000
"""Operations of one surface in full detail: some 3 s of sums and products, or 15 of powers."""

COARSE_WORK = 100_000_000
"""Likewise of one that is shown while the whole one is made: for that everybody waits."""

LIGHT_SECONDS = 0.5
"""Work that takes no longer is done at once; other waits for its turn, of which the process has one."""

WAIT_SECONDS = 20.0
"""So long a turn is waited for while nobody sees that it is: four or five others' largest runs."""

POLL_SECONDS = 0.1
"""So often who waits is asked whether the work is still wanted."""

LONG_SECONDS = 1.0
"""A run of the page that took longer is logged."""

MOST_LOGGED = 80
"""Characters of what a person chose that are logged with it, of each part of the link."""
