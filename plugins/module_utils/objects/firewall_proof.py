# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fast path of firewalls: where nothing has changed since a run found all as declared, nothing is read.

Such a run keeps a proof for each namespace: the stamp that its rules had, and a digest of what was declared.
If both are still the same, no program is started, and neither iptables nor nft has anything to do there.
Where only the declaration differs, its rules need not be searched for those of nft (iptables/misread.py).
Four more paths save programs where this one does not apply: rules are read over netlink
(iptables/known_rules.py) and written to new namespaces (iptables/rule_bytes.py), texts that iptables-save
has printed are canonical already (iptables/canonical_rules.py), and only what differs is written
(iptables/restore_text.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
import typing as t

from ..kernel import nfnetlink
from ..kernel.tool_errors import MissingTool
from ..values.problems import EngineError
from .draft import Policy
from .iptables import legacy
from .iptables.value import FAMILIES
from .layout import Layout
from .nftables.value import NftTable, names_only_lo
from .operation import Operation
from .owned import Owned
from .state import Snapshot

if t.TYPE_CHECKING:
    from .iptables.save_text import SavedTable

_IPTABLES, _NFTABLES, _PLAIN = 'iptables', 'nftables', 'plain'

# Where iptables and nft look up the names of services, protocols, users, groups, labels, realms and marks.
_NAME_FILES = (
    '/etc/services',
    '/etc/protocols',
    '/etc/passwd',
    '/etc/group',
    '/etc/nsswitch.conf',
    '/etc/connlabel.conf',
    '/etc/xtables/connlabel.conf',
    '/etc/iproute2/group',
    '/etc/iproute2/rt_marks',
    '/etc/iproute2/rt_realms',
)
# A stamp with a generation of nf_tables.
_COUNTED = re.compile(r'(cookie:\d+:)(\d+)(/\d+)?')
_ZONE_FILE = '/etc/localtime'

FileStatus = t.Optional['tuple[int, int, int]']


def _status(path: str) -> FileStatus:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


# -- what was found ------------------------------------------------------------------------------------------


def stamp(identity: str) -> str:
    """A text that changes with each change of a rule in the calling thread's namespace, which *identity*
    tells apart.

    nf_tables counts its commits. The legacy backend does not, so its rules are read as they lie in the
    kernel and hashed, without counters. Empty if no change could be told: in a namespace without a cookie, or
    with legacy rules on a machine of 32 bits.
    """
    if not identity.startswith('cookie:'):
        return ''
    tables = [(family, table) for family in FAMILIES for table in sorted(legacy.tables(family))]
    if tables and sys.maxsize < 1 << 32:
        return ''
    digest = hashlib.sha256()
    for family, table in tables:
        try:
            digest.update(('%s %s ' % (family, table)).encode())
            digest.update(legacy.entries(family, table))
        except OSError:  # it has another size by now: something else is changing it
            return ''
    return '%s:%s%s' % (identity, _commits(), ' ' + digest.hexdigest() if tables else '')


def stamp_after(text: str, commits: int) -> str:
    """What a stamp is after so many commits of nf_tables, if nobody else commits; empty if that is not
    known."""
    match = _COUNTED.fullmatch(text)
    return '%s%d%s' % (match[1], int(match[2]) + commits, match[3] or '') if match else ''


def _commits() -> str:
    """A text that changes with each commit of nf_tables."""
    generation = nfnetlink.generation()
    text = '' if generation is None else str(generation)
    module = _status('/sys/module/nf_tables')
    if module is None:
        return text
    return text + '/%d' % module[0]  # loaded again, it counts again; sysfs never gives it the same inode


class PlainFamilies(t.NamedTuple):
    """Families of iptables in which iptables-save shows no rule as another one, while the stamp is this."""

    stamp: str
    families: t.Collection[str]


NOT_PLAIN = PlainFamilies('', ())


def plain_after(ops: t.Iterable[Operation], before: Snapshot) -> dict[str, PlainFamilies]:
    """What is plain after the operations, by namespace: what was so in *before*, if nobody else commits rules
    meanwhile, for neither iptables nor we make others.
    """
    commits: dict[str, int] = {}
    for op in ops:
        if op.commits:
            commits[op.namespace] = commits.get(op.namespace, 0) + op.commits
    plain = {}
    for namespace, number in commits.items():
        expected = stamp_after(before.stamps.get(namespace, ''), number)
        plain[namespace] = PlainFamilies(expected, _plain_families(before, namespace))
    return plain


def _plain_families(have: Snapshot, namespace: str) -> list[str]:
    """Of those that were read."""
    families = have.seen[namespace].iptables if namespace in have.seen else {}
    return [family for family in sorted(families) if not any(map(_is_misread, families[family].values()))]


def _is_misread(table: SavedTable) -> bool:
    return any(chain.misread for chain in table.chains.values())


# -- what is declared ----------------------------------------------------------------------------------------


def _name_files() -> list[FileStatus]:
    """Where this has changed, names in rules may mean something else, and the same text may be another
    rule."""
    return [_status(path) for path in _NAME_FILES]


def _time_zone() -> tuple[FileStatus, str | None, int]:
    """The same for times of day, which nft counts from the local time."""
    return _status(_ZONE_FILE), os.environ.get('TZ'), time.localtime().tm_gmtoff


def declaration_digests(layout: Layout, policy: Policy) -> dict[str, str]:
    """A digest of all that decides what the firewall of each namespace is to be, by keys of proofs.

    Raises EngineError if iptables is missing.
    """
    if policy.removes:
        return {}
    return {**_of_iptables(layout, policy), **_of_nftables(layout, policy)}


def _key(kind: str, namespace: str) -> str:
    return kind + ' ' + namespace


def _of_iptables(layout: Layout, policy: Policy) -> dict[str, str]:
    if not layout.iptables:
        return {}
    from .iptables.programs import files_of

    try:
        families = {chain.family for chain in layout.iptables}
        tools = {family: files_of(family) for family in sorted(families)}
    except MissingTool as exc:
        raise EngineError(str(exc)) from exc
    exclusive = {namespace.name: namespace.exclusive_firewall for namespace in layout.namespaces}
    names = _name_files()
    digests: dict[str, t.Any] = {}
    for chain in sorted(layout.iptables, key=lambda chain: chain.key):
        if chain.namespace not in digests:
            is_exclusive = exclusive.get(chain.namespace, False)
            prunes = policy.prunes_tables(chain.namespace)
            start = (layout.scope, is_exclusive, prunes, tools, names)
            digests[chain.namespace] = hashlib.sha256(repr(start).encode())
        digest = digests[chain.namespace]
        # iptables takes no rule with a NUL, so none is ever proven: a NUL between each two rules tells them
        # apart.
        digest.update(repr((chain.key, chain.policy, chain.position, len(chain.rules))).encode())
        digest.update('\0'.join(chain.rules).encode())
    return {_key(_IPTABLES, namespace): digest.hexdigest() for namespace, digest in digests.items()}


def _is_lasting(table: NftTable) -> bool:
    """Whether a table names no link that may come and go."""
    return names_only_lo(table.content)


def _of_nftables(layout: Layout, policy: Policy) -> dict[str, str]:
    """None of namespaces in which a table names a link that may come and go."""
    declared: dict[str, list[NftTable]] = {}
    for table in layout.nftables:
        declared.setdefault(table.namespace, []).append(table)
    lasting = {namespace: tables for namespace, tables in declared.items() if all(map(_is_lasting, tables))}
    if not lasting:
        return {}
    from .nftables.tool import file_of_program

    try:
        program = file_of_program()
    except MissingTool:
        return {}  # reported when it is needed
    start = (layout.scope, policy.prune, program, _name_files(), _time_zone())
    digests = {}
    for namespace, tables in lasting.items():
        contents = sorted((table.key, table.content) for table in tables)
        text = repr((start, contents)).encode('utf-8', 'surrogateescape')
        digests[_key(_NFTABLES, namespace)] = hashlib.sha256(text).hexdigest()
    return digests


# -- both ----------------------------------------------------------------------------------------------------


class Stamps(t.NamedTuple):
    """Stamps by namespace: where a firewall still has its stamp, it is as declared and need not be read.

    ``plain``: what iptables-save shows as it is.
    """

    iptables: t.Mapping[str, str]
    nftables: t.Mapping[str, str]
    plain: t.Mapping[str, PlainFamilies]


NO_STAMPS = Stamps({}, {}, {})


class FirewallProof(t.NamedTuple):
    """What earlier runs proved, and what is declared now.

    ``kept``: (stamp, digest) by "iptables NAMESPACE" and "nftables NAMESPACE", and (stamp, families) by
    "plain NAMESPACE". ``digests``: what is declared, by the first two keys.
    """

    kept: t.Mapping[str, t.Sequence[str]]
    digests: t.Mapping[str, str]

    @classmethod
    def of(cls, layout: Layout, policy: Policy, kept: t.Mapping[str, t.Sequence[str]]) -> FirewallProof:
        return cls(kept, declaration_digests(layout, policy))

    def expected_stamps(self) -> Stamps:
        stamps: dict[str, dict[str, str]] = {_IPTABLES: {}, _NFTABLES: {}}
        for key, (proven_stamp, digest) in self.kept.items():
            if self.digests.get(key) == digest:
                kind, _blank, namespace = key.partition(' ')
                stamps[kind][namespace] = proven_stamp
        return Stamps(stamps[_IPTABLES], stamps[_NFTABLES], self._plain())

    def _plain(self) -> dict[str, PlainFamilies]:
        plain = {}
        for key, (proven_stamp, families) in self.kept.items():
            kind, _blank, namespace = key.partition(' ')
            if kind == _PLAIN:
                plain[namespace] = PlainFamilies(proven_stamp, families.split())
        return plain

    def of_unchanged(self, have: Snapshot) -> FirewallProof:
        """Only of what was unchanged in *have*: what a run has changed itself has no proof yet."""
        unchanged = {_key(_IPTABLES, name) for name in have.iptables_unchanged}
        unchanged |= {_key(_NFTABLES, name) for name in have.nftables_unchanged}
        digests = {key: digest for key, digest in self.digests.items() if key in unchanged}
        return self._replace(digests=digests)

    def renewed(self, layout: Layout, owned: Owned, have: Snapshot) -> dict[str, list[str]]:
        """The proofs that a run keeps which found all as declared in *have*, of namespaces in which the scope
        has a firewall."""
        declared = {_key(_IPTABLES, chain.namespace) for chain in layout.iptables}
        declared |= {_key(_NFTABLES, table.namespace) for table in layout.nftables}
        proofs = {key: list(proof) for key, proof in self.kept.items() if key not in declared}
        for key, digest in self.digests.items():
            kind, _blank, namespace = key.partition(' ')
            present_stamp = have.stamps.get(namespace)
            if present_stamp:
                proofs[key] = [present_stamp, digest]
            if present_stamp and kind == _IPTABLES and namespace not in have.iptables_unchanged:
                # Not all that were read: what an earlier document declared must not show in the record.
                families = [
                    family
                    for family in _plain_families(have, namespace)
                    if owned.iptables.get((namespace, family))
                ]
                proofs[_key(_PLAIN, namespace)] = [present_stamp, ' '.join(families)]
        ours = {_key(_IPTABLES, key[0]) for key, chains in owned.iptables.items() if chains}
        ours |= {_key(_PLAIN, key[0]) for key, chains in owned.iptables.items() if chains}
        ours |= {_key(_NFTABLES, key[0]) for key in owned.nftables}
        return {key: proof for key, proof in proofs.items() if key in ours}
