# SPDX-License-Identifier: Apache-2.0
"""Results of `make check`: prints what failed or was skipped, then one line "PASSED FAILED SKIPPED".

usage: count.py BUILD [TESTS]   A cmocka program counts as its test cases, any other test as one.
"""
import pathlib
import re
import sys

SHOWN = 30  # last lines of the log of a failed test


def cases(log):
    """(passed, failed, skipped) of cmocka's summaries, or None."""
    text = log.read_text(errors="replace") if log.exists() else ""
    found = [
        sum(int(n) for n in re.findall(rf"^\[  {word} *\] (\d+) test\(s\)", text, re.M))
        for word in ("PASSED", "FAILED", "SKIPPED")
    ]
    return found if sum(found) else None


def main():
    total = [0, 0, 0]
    for trs in sorted(pathlib.Path(sys.argv[1]).glob("tests/**/*.trs")):
        result = re.findall(r"^:test-result: *(\w+)", trs.read_text(), re.M)[-1]
        log = trs.with_suffix(".log")
        one = [result == "PASS", result in ("FAIL", "ERROR", "XPASS"), result == "SKIP"]
        counts = cases(log) or one
        if one[1]:
            counts[1] = max(counts[1], 1)
            print(f"FAILED: {trs.stem}", *log.read_text(errors="replace").splitlines()[-SHOWN:], sep="\n   ")
        elif one[2]:
            print(f"skipped: {trs.stem}")
        total = [a + b for a, b in zip(total, counts)]
    print(*map(int, total))


main()
