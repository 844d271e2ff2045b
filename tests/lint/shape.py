# SPDX-License-Identifier: Apache-2.0
"""Length of functions and files. In style(9) the braces of a function stand in column 0."""
import pathlib
import sys

MEDIAN, P90, LONGEST, FILE = 16, 60, 60, 800


def functions(path):
    """(lines, where) of each function in a file."""
    start = None
    before = ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("{") and before.rstrip().endswith(")"):
            start = number
        elif line.startswith("}") and start is not None:
            yield number - start + 1, f"{path}:{start}"
            start = None
        if line.strip():
            before = line


def main():
    paths = [p for d in ("common", "registrar", "masa", "pledge") for p in pathlib.Path(d).rglob("*.[ch]")]
    found = sorted(f for p in paths for f in functions(p))
    sizes = [size for size, _ in found]
    median, p90 = sizes[len(sizes) // 2], sizes[len(sizes) * 9 // 10]
    print(f"{len(sizes)} functions: median {median} lines, 90th percentile {p90}, longest {sizes[-1]}")
    bad = [f"{where}: {size} lines in one function" for size, where in found if size > LONGEST]
    for path in sorted(paths):
        lines = path.read_text().count("\n")
        if lines > FILE:
            bad.append(f"{path}: {lines} lines in one file")
    if median > MEDIAN or p90 > P90:
        bad.append(f"functions are too long: median {median} > {MEDIAN} or 90th percentile {p90} > {P90}")
    print("\n".join(bad))
    return 1 if bad else 0


sys.exit(main())
