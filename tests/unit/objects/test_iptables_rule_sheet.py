# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many rules as one input of iptables-restore, and which of those that come back belong to which."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_sheet import (
    RuleKey,
    RuleSheet,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import (
    SavedTable,
    parse_save,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import BASE_CHAINS
from hypothesis import given
from hypothesis import strategies as st

SPECS = st.builds(
    '{}{}'.format,
    st.sampled_from(
        ['-s 1.1.1.1', '-s 1.1.1.1,2.2.2.2', '--twice x', '-m comment --comment multinet-between-0']
    ),
    st.sampled_from(['', ' -j ACCEPT', ' -m comment --comment multinet-between-']),
)


ITEMS = st.lists(
    st.tuples(st.sampled_from(['nat', 'filter']), st.sampled_from(['', 'INPUT', 'OUTPUT']), SPECS),
    unique=True,
    max_size=12,
)


def loaded(text: str) -> dict[str, SavedTable]:
    """What a tool would make of *text*: one rule for each address, and two of '--twice' to everybody's
    surprise."""
    out = []
    for line in text.split('\n'):
        if '--twice' in line:
            out += [line, line]
        elif ',' in line:
            out += [line.replace('1.1.1.1,2.2.2.2', '1.1.1.1'), line.replace('1.1.1.1,2.2.2.2', '2.2.2.2')]
        else:
            out.append(line)
    return parse_save('\n'.join(out))


@given(ITEMS)
def test_rules_that_come_back_are_told_apart(items: list[RuleKey]) -> None:
    chains = {table: frozenset(('multinet-canonical',)) for table in BASE_CHAINS}
    surprised = RuleSheet(items, chains, separate_all=False)
    careful = RuleSheet(items, chains, separate_all=True)
    surprise = any('--twice' in spec for _table, _chain, spec in items)
    assert (surprised.read(loaded(surprised.text)) is None) == surprise
    found = careful.read(loaded(careful.text))
    assert found is not None and set(found) == set(items)
    for item, rules in found.items():
        expected = loaded('*filter\n-A INPUT %s\nCOMMIT\n' % item[2])['filter'].chains['INPUT'].rules
        assert rules == expected
    if items:
        for number, owners in careful.owners.items():
            line = careful.text.split('\n')[number - 1]
            assert not line.startswith('-A') or (len(owners) == 1 and line.endswith(owners[0][2]))


def test_a_comment_that_iptables_1_8_7_ends_with_a_blank_is_a_fence_too() -> None:
    sheet = RuleSheet([('filter', 'INPUT', '-s 1.1.1.1,2.2.2.2')], {}, separate_all=False)
    saved = loaded(sheet.text.replace('multinet-between-0', 'multinet-between-0 '))
    assert sheet.read(saved) == {('filter', 'INPUT', '-s 1.1.1.1,2.2.2.2'): ('-s 1.1.1.1', '-s 2.2.2.2')}
