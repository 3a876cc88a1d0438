"""Reads the reports of a run in which everything must hold, with a parser that is not ours.

    reports.py FOLDER

Exits with 1 and the reasons where junit.xml and results.json disagree, or something doesn't hold.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from junitparser import Error, Failure, Skipped
from junitparser.xunit2 import JUnitXml

VERDICTS = {Failure: "fail", Error: "error", Skipped: "skip"}


def verdict(case):
    """How the XML says that a case ended."""
    outcomes = [VERDICTS[type(outcome)] for outcome in case.result if type(outcome) in VERDICTS]
    return outcomes[0] if outcomes else "pass"


def complaints(folder):
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    xml = {suite.name: Counter(verdict(case) for case in suite) for suite in JUnitXml.fromfile(str(folder / "junit.xml"))}
    told = {suite["name"]: Counter(case["verdict"] for case in suite["cases"]) for suite in results["suites"]}
    for name in sorted(xml.keys() | told.keys()):
        if xml.get(name) != told.get(name):
            yield f"suite {name}: junit.xml has {xml.get(name)}, results.json has {told.get(name)}"
    total = sum(told.values(), Counter())
    if results["totals"]["cases"] != total.total():
        yield f"results.json claims {results['totals']['cases']} cases and holds {total.total()}"
    if total["pass"] == 0:
        yield "nothing passed"
    for suite in results["suites"]:
        for case in suite["cases"]:
            if case["verdict"] not in ("pass", "skip"):
                yield f"{case['verdict']}: {case['key']}: {case['message']}"
    print(f"{len(told)} suites, {total.total()} cases: {dict(total)}")


def main():
    (folder,) = sys.argv[1:]
    found = list(complaints(Path(folder)))
    if found:
        sys.exit("\n".join(found))


main()
