# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of a document takes what the parser takes, but for problems that no schema can see."""

from __future__ import annotations

import copy
import json
import random
import re
import typing as t
from unittest import mock

import jsonschema
import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document import parse
from ansible_collections.multinet.linux.plugins.module_utils.values import expand
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import (
    InputError,
    Problem,
    Problems,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.document import (
    document_schema,
    document_schema_text,
)
from ansible_collections.multinet.linux.tests import generator
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.everything import CASES, Case
from ansible_collections.multinet.linux.tests.unit.objects.wrong_values import EXAMPLES, an_object
from ansible_collections.multinet.linux.tests.unit.plugin_utils.broken_documents import broken
from ansible_collections.multinet.linux.tests.unit.plugin_utils.example_documents import examples
from hypothesis import given, settings
from hypothesis import strategies as st

SCHEMA = document_schema()
# JSON does not tell 1.0 from 1; YAML and the parser do.
WHOLE = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    'integer', lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
)
VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=WHOLE)(SCHEMA)

IN_RULE = r'.*iptables\[\d+\]\.rules\[\d+\]'
FAMILY = 'compares the families of two addresses'
BEYOND: list[tuple[str, str, str]] = [
    (r'(.*\.)?[a-z_]+', 'contradicts .*', 'a word and a sysctl in different places'),
    # Path, what the parser says there, and why no schema says it.
    (IN_RULE + r'(\..*)?', r'(?!is no key|has no target|has more than one target).*', 'is for iptables'),
    (r'.*', r'has an expression that cannot be worked out .*', 'calculates'),
    (r'.*\.content', r'line \d+ .*', 'is the text of nft'),
    (r'.*sysctls\[.*', r'holds no value: .*', 'knows settings by name'),
    (r'.*', r'has host bits set', 'calculates'),
    (r'.*', r'is the address of the network itself', 'calculates'),
    (r'.*\.mark', r'has bits outside its mask', 'calculates'),
    (r'.*', r'has another address family than .*', FAMILY),
    (r'.*\.family', r'is not that of (the destination|the addresses|via)', FAMILY),
    (r'.*\.(from|pref|expires)', r'does not exist for IPv4 routes', FAMILY),
    (r'.*\.pref', r'does not fit the type', 'compares values'),
    (r'.*\.(scope|tos)', r'does not exist for IPv6.*', FAMILY),
    (r'.*\.tos', r'is too large for IPv4', FAMILY),
    (r'.*\.suppress_prefixlength', r'is longer than an address of IPv4', FAMILY),
    (r'.*\.nexthops', r'has a hop without via, which IPv6 .*', FAMILY),
    (r'.*\.nexthops', r'has the same hop twice', 'compares values'),
    (r'.*\.(realms|flowlabel)', r'(do|does) not exist for IPv[46]( routes)?', FAMILY),
    (r'.*\.flowlabel', r'has bits outside its mask', 'calculates'),
    (r'.*\.[sd]port', r'is not a port with its mask', 'calculates'),
    (r'.*\.dscp', r'cannot be combined with tos, .*', 'compares values'),
    (r'.*\.goto', r'leads backwards', 'compares values'),
    (r'.*\.encap\.\w+', r'is the unspecified address', 'looks into an address'),
    (r'.*\.group\[\d+\]', r'has a nexthop that is in the group already', 'compares entries'),
    (r'.*', r'is the link itself', 'compares values'),
    (r'.*\.peer', r'is the address itself|has another prefix length .*', 'compares values'),
    (r'.*\.broadcast', r'does not exist in .*|is the address itself', 'calculates'),
    (r'.*\.preferred_lifetime', r'is longer than the address lives|does not run down .*', 'compares values'),
    (r'.*\.mngtmpaddr', r'needs another prefix length', 'calculates'),
    (r'.*\.label', r'does not fit', 'compares with the name of the link'),
    (r'.*\.dev', r'is missing: the gateway .*', 'looks into an address'),
    (r'.*\.(via|nexthops)', r'(does|do) not fit a route to this host', FAMILY),
    (r'.*\.(link|local)', r'is missing: the group .*', 'compares an address'),
    (r'.*\.remote', r'is not a unicast address', 'looks into an address'),
    (r'.*\.sixrd_prefixlen', r'leaves too few of 64 bits .*', 'calculates'),
    (r'.*\.forward_delay', r'is too short for stp', 'compares values'),
    (r'.*\.group_fwd_mask', r'has .*, which the kernel refuses', 'looks at bits'),
    (
        r'.*\.(mab|multicast_vlan_snooping|vlans)',
        r'needs (locked and learning|vlan_filtering)',
        'compares values',
    ),
    (r'.*\.vlans', r'has (a VLAN twice|more than one pvid|no effect: .*)', 'compares values'),
    (r'.*\.vlans', r'has a wrong member', 'compares numbers in a text'),
    (r'.*', r'(contradicts|needs) external', 'compares values'),
    (r'.*\.flowlabel(_inherit)?', r'needs addresses of IPv6', FAMILY),
    (r'.*\.srcport', r'is not a range of ports', 'compares numbers in a text'),
    (r'.*_interval', r'is odd, which .*', 'calculates'),
    (r'.*', r'does not fit the mode', 'compares with the mode'),
    (r'.*', r'(contradicts|needs) miimon', 'compares values'),
    (r'.*', r'is not a multiple of miimon.*', 'calculates'),
    (r'.*', r'(has a member|maps a number) twice', 'compares values'),
    (r'.*', r'has more than \d+ members', 'counts members of a list only'),
    (r'.*\.peakrate', r'is not above the rate', 'compares values'),
    (r'.*\.(burst|minburst|latency)', r'(takes too long|is too much) .*', 'calculates'),
    (r'.*', r'is about the same packets as .*', 'compares entries'),
    (r'.*\.ceil', r'is less than the rate', 'compares values'),
    (
        r'.*\.(classid|parent|flowid|pref)',
        r'is (declared twice|of another|not declared|not a class|that of) .*',
        'compares entries',
    ),
    (r'.*\.classid', r'is declared twice', 'compares entries'),
    (r'.*\.divisor', r'is not a power of two', 'calculates'),
    (r'.*\.(bands|priomap)', r'(is too little|names a band) .*', 'compares values'),
    (r'.*\.position', r'is for built-in chains .*', 'depends on the mode of the namespace'),
    (r'.*\.policy', r'cannot be set where others have rules too', 'depends on the mode of the namespace'),
    (r'.*\.table', r'is the table of another scope', 'depends on the scope'),
    (r'.*', r'is set twice, .*', 'compares entries'),
    (r'.*\.replicas', r'makes more than \d+ replicas in this document', 'calculates'),
    (r'namespaces.*', r'is declared twice', 'compares entries'),
]
# These count where the value is a text: a schema sees numbers as numbers only, and counts letters, not bytes.
IN_TEXT = (
    'is out of range',
    'is neither a number nor a range LOW-HIGH',
    'is not a mark',
    'is not a flow label',
    'is not a realm',
    'has a bit of ECN',
    'is not a routing table',
    'is not a protocol',
    'is not a lifetime',
)
LONGEST_NUMBER = 4000  # digits; sys.get_int_max_str_digits()
IN_LETTERS = ('is too long', 'is not a valid link name', 'is not a sysctl of a network namespace')


def problems_of(document: t.Any) -> list[Problem]:
    """What the parser has against the objects, each for itself."""
    with mock.patch.object(parse, 'check_document', lambda _document: None):
        try:
            parse.read_layout(document)
        except InputError as exc:
            return list(exc.problems)
    return []


def expanded(document: t.Any) -> t.Any:
    """The document with each replica as an entry of its own; as it is if that cannot be done."""
    namespaces = document.get('namespaces') if isinstance(document, dict) else None
    if not isinstance(namespaces, list):
        return document
    entries: list[t.Any] = []
    for entry in namespaces:
        count = entry.get('replicas') if isinstance(entry, dict) else None
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 4:
            entries.append(entry)
            continue
        plain = {key: value for key, value in entry.items() if key != 'replicas'}
        problems = Problems()
        entries += [expand.value_for(plain, number, 'x', problems) for number in range(1, count + 1)]
        if problems.found:
            return document
    names = [str(entry.get('name')) for entry in entries if isinstance(entry, dict)]
    if len(set(names)) < len(names):
        return document
    return {**document, 'namespaces': entries}


def value_at(document: t.Any, path: str) -> t.Any:
    for key, number in re.findall(r'([^.\[\]]+)|\[(\d+)\]', path):
        try:
            document = document[int(number)] if number else document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def is_beyond(problem: Problem, document: t.Any) -> bool:
    """Whether no schema can see this."""
    value = value_at(document, problem.path)
    if isinstance(value, str) and '{' in value:  # what becomes of an expression is not known
        return True
    if isinstance(value, str) and (problem.what.startswith(IN_TEXT) or len(value) > LONGEST_NUMBER):
        return True
    if isinstance(value, str) and not value.isascii() and problem.what.startswith(IN_LETTERS):
        return True
    return any(matches(line, problem) for line in BEYOND)


def matches(line: tuple[str, str, str], problem: Problem) -> bool:
    path, what, _why = line
    return bool(re.fullmatch(path, problem.path) and re.fullmatch(what, problem.what))


def errors_of(document: t.Any) -> list[str]:
    return [error.message[:300] + ' at ' + error.json_path for error in VALIDATOR.iter_errors(document)]


def check_agreement(document: t.Any) -> bool:
    """Whether both take it. Fails if they do not agree."""
    document = expanded(document)
    problems, errors = problems_of(document), errors_of(document)
    if not problems:
        assert errors == [], document
    elif not errors:
        unseen = [str(problem) for problem in problems if not is_beyond(problem, document)]
        assert unseen == [], document
    return not problems


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(document_schema_text()) == SCHEMA


@pytest.mark.parametrize(
    'where, document', examples(), ids=lambda value: value if isinstance(value, str) else ''
)
def test_it_takes_the_documents_that_users_see(where: str, document: t.Any) -> None:
    assert errors_of(document) == [], where


def test_users_see_documents() -> None:
    """If they are written otherwise, the test above must not pass for lack of them."""
    assert len(examples()) >= 10


@settings(EXAMPLES, max_examples=20)
@given(st.integers(0, 1 << 30), st.sampled_from(('small', 'medium')))
def test_it_takes_random_documents(seed: int, size: str) -> None:
    document = generator.random_document(seed, size)
    changed = generator.random_change(document, seed)
    for either in (document, changed):
        assert errors_of(either) == []
        assert check_agreement(either)


@pytest.mark.parametrize('case', [case for case in CASES if case.plain], ids=lambda case: case.id)
def test_it_agrees_on_wrong_documents(case: Case) -> None:
    check_agreement(case.document)


def test_what_is_beyond_a_schema_occurs() -> None:
    problems = [problem for case in CASES if case.plain for problem in problems_of(case.document)]
    for line in BEYOND:
        assert any(matches(line, problem) for problem in problems), line


@settings(EXAMPLES, max_examples=40)
@given(st.integers(0, 1 << 30))
def test_it_agrees_on_documents_made_wrong(seed: int) -> None:
    dice = random.Random(seed)
    document = generator.random_document(seed)
    for _number in range(6):
        check_agreement(broken(copy.deepcopy(document), dice))


@settings(EXAMPLES, max_examples=40)
@given(st.integers(0, 1 << 30))
def test_it_agrees_on_objects_with_the_right_keys(seed: int) -> None:
    dice = random.Random(seed)
    contents = {key: [an_object(dice)] for key in ('links', 'routes', 'rules', 'iptables', 'nftables')}
    check_agreement({'name': 'lab', **contents})
    check_agreement({'name': 'lab', 'namespaces': [{'name': 'red', **contents}]})
