# SPDX-License-Identifier: Apache-2.0
"""What doc/conformance.md promises, held against the tree."""
import functools
import pathlib
import re
import sys

DOC = pathlib.Path("doc/conformance.md")
FOLDERS = ("common", "registrar", "masa", "pledge")
HEAD = ["clause", "demand", "where", "test"]
# a refusal: err, rc, clause; the clause may be a macro or a choice
CALL = re.compile(r"brski_fail\(\s*[^,]+,\s*(?:[^,()]|\([^()]*\))+,\s*([^,]+),")
# and what is handed on to refusals: routes, operations, decoders
CLAUSE = re.compile(r'"((?:RFC \d+|rfc8366bis|cBRSKI|IEEE 802\.1AR|X\.\d+) \d+(?:\.\d+)*)"')
MACRO = re.compile(r'^#define\s+(\w+)\s+"([^"\n]*)"', re.M)


@functools.cache
def read(path):
    path = pathlib.Path(path)
    return path.read_text() if path.is_file() else None


def rows():
    """Line number and cells of each row; a row without a clause has that of the row above."""
    head, clause = None, ""
    for number, line in enumerate(DOC.read_text().splitlines(), 1):
        if not line.startswith("|"):
            head = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if head is None:
            head = cells
        elif head == HEAD and not line.startswith("|---"):
            clause = cells[0] or clause
            yield number, clause, cells


def wrong_place(where):
    path, _, name = where.partition(": ")
    text = read(path)
    if text is None:
        return f"no file {path}"
    if not re.search(rf"\b{re.escape(name)}\b", text):
        return f"no {name} in {path}"
    return None


def wrong_test(test):
    name, _, case = test.partition(": ")
    if not case:
        return None if pathlib.Path("tests", test).is_file() else f"no script tests/{test}"
    path = "tests/flow/flow_onboarding.c" if name == "flow" else f"tests/unit/{name}.c"
    text = read(path)
    if text is None:
        return f"no file {path}"
    # defined, and in the array of cases
    if not re.search(rf"^{case}\(void \*\*state\)", text, re.M) or not re.search(rf"^\t\t\w+\({case}\b", text, re.M):
        return f"no case {case} in {path}"
    return None


def cited():
    """Each clause of the code, and one place where it stands."""
    texts = {str(p): p.read_text() for f in FOLDERS for p in sorted(pathlib.Path(f).rglob("*.[ch]"))}
    shared = dict(m.groups() for path, text in texts.items() if path.endswith(".h") for m in MACRO.finditer(text))
    found = {}
    for path, text in texts.items():
        if not path.endswith(".c"):
            continue
        macros = shared | dict(m.groups() for m in MACRO.finditer(text))
        for match in CALL.finditer(text):
            spec = match.group(1).strip()
            for clause in re.findall(r'"([^"]*)"', spec) or [macros.get(spec)]:
                if clause:
                    found.setdefault(clause, path)
        for match in CLAUSE.finditer(text):
            found.setdefault(match.group(1), path)
    return found


def main():
    bad, clauses, tested = [], set(), {}
    for number, clause, (own, demand, where, test) in rows():
        clauses.update(re.split(r",\s*", clause))
        for cell, check in ((where, wrong_place), (test, wrong_test)):
            why = check(cell.strip("`")) if cell else None
            if why:
                bad.append(f"{DOC}:{number}: {why}")
        start = number if own else max(tested)
        tested[start] = tested.get(start, False) or bool(test)
    bad += [f"{DOC}:{number}: no test" for number, has in tested.items() if not has]
    bad += [f"{path}: {DOC} has no row for {clause}" for clause, path in cited().items() if clause not in clauses]
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


sys.exit(main())
