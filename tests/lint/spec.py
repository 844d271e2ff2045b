# SPDX-License-Identifier: Apache-2.0
"""Clauses cited by brski_fail() in code but in no test."""
import pathlib
import re
import sys

CALL = re.compile(r'brski_fail\(\s*[^,]+,\s*[^,]+,\s*("(?:[^"\\]|\\.)*")')


def main():
    tests = "".join(
        path.read_text(errors="replace")
        for path in sorted(pathlib.Path("tests").rglob("*"))
        if path.suffix in (".c", ".h", ".sh", ".py") and "lint" not in path.parts
    )
    missing = {}
    for folder in ("common", "registrar", "masa", "pledge"):
        for path in sorted(pathlib.Path(folder).rglob("*.c")):
            text = path.read_text()
            for match in CALL.finditer(text):
                clause = match.group(1)
                if clause not in tests:
                    line = text.count("\n", 0, match.start()) + 1
                    missing.setdefault(clause, f"{path}:{line}")
    for clause, where in sorted(missing.items()):
        print(f"{where}: no test names {clause}")
    return 1 if missing else 0


sys.exit(main())
