# SPDX-License-Identifier: AGPL-3.0-or-later
"""Refuses an import that does not lead to a lower floor. The floors are those of ARCHITECTURE.md."""

import pathlib
import re
import sys

FLOORS = [
    {"Workers"},
    {"HTTP", "Markup", "Storage", "Crypto"},
    {"Journal"},
    {"Identity", "Media"},
    {"Frame"},
    set(),
    {"Account"},
    set(),
    {"precinct"},
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}


def wrong_imports():
    for source in sorted(pathlib.Path("Sources").glob("*/**/*.swift")):
        module = source.parts[1]
        if module not in LEVEL:
            yield f"{source}: the module {module} has no floor"
            continue
        for name in re.findall(r"^import (\w+)$", source.read_text(), re.M):
            if name in LEVEL and LEVEL[name] >= LEVEL[module]:
                yield f"{source}: {module} must not import {name}"


def long_files():
    for source in sorted(pathlib.Path(".").glob("[ST]*s/**/*.swift")):
        lines = source.read_text().count("\n")
        if lines > 400:
            yield f"{source}: {lines} lines; split it"


problems = [*wrong_imports(), *long_files()]
print("\n".join(problems) or "Every import leads down.")
sys.exit(1 if problems else 0)
