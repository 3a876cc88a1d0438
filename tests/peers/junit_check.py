"""Reads a JUnit file with parsers that are not ours.

    junit_check.py REPORT SCHEMA...

Validates REPORT against each XML Schema, with xmlschema and with lxml, and prints what
junitparser counts in it as JSON. Exits with 1 and the reasons where it is not valid.
"""

import json
import sys

import junitparser
import lxml.etree
import xmlschema
from junitparser import xunit2


def complaints(report, schema):
    for error in xmlschema.XMLSchema(schema).iter_errors(report):
        yield f"xmlschema, {schema}: {error.path}: {error.reason}"
    validator = lxml.etree.XMLSchema(lxml.etree.parse(schema))
    if not validator.validate(lxml.etree.parse(report)):
        for error in validator.error_log:
            yield f"lxml, {schema}: line {error.line}: {error.message}"


def kinds(case):
    names = {junitparser.Failure: "failures", junitparser.Error: "errors", junitparser.Skipped: "skipped"}
    yield from (names[type(outcome)] for outcome in case.result)
    if case.is_flaky:
        yield "flaky"


def main():
    report, *schemas = sys.argv[1:]
    found = [complaint for schema in schemas for complaint in complaints(report, schema)]
    if found:
        sys.exit("\n".join(found[:20]))
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0, "flaky": 0}
    claimed = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    names = set()
    for suite in xunit2.JUnitXml.fromfile(report):
        for attribute in claimed:
            claimed[attribute] += getattr(suite, attribute)
        for case in suite:
            names.add((case.classname, case.name))
            counts["tests"] += 1
            for kind in kinds(case):
                counts[kind] += 1
    print(json.dumps({"counted": counts, "claimed": claimed, "names": len(names)}))


main()
