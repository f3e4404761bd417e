# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run in check mode after other tasks of its play, which have only predicted what they would change.

Nothing is kept of their predictions but what they were asked for: they are planned again, one on what the
other would make, on the host as it is now.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..engine.observe import observe
from ..engine.plan import predict
from ..engine.query import joined
from ..engine.refusals import refuse_named_host
from ..objects.draft import Mode, Policy
from ..objects.layout import Layout
from ..objects.owned import Owned
from ..objects.state import Snapshot
from ..values.names import End, place
from ..values.problems import EngineError, InputError
from .earlier import Earlier
from .run import Run
from .task import Outcome, Task


class RunAfter(Run):
    """The stages of such a run. Only those of check mode: it never writes."""

    def __init__(self, document: t.Mapping[str, t.Any], task: Task) -> None:
        super().__init__(document, task)
        runs = [_run_of(each, task.root) for each in task.earlier]
        self._earlier = [run for run in runs if run]

    def recall(self) -> None:
        super().recall()
        for run in self._earlier:
            run.recall()

    def observe(self) -> None:
        refuse_named_host()
        try:
            have = observe(joined([run.query(run.record.owned) for run in (*self._earlier, self)]))
            owned: dict[str, Owned] = {}
            for run in self._earlier:
                with contextlib.suppress(InputError):  # of rules that the host does not take any more
                    have = _predict(run, have, owned)
            _look_at(self, have, owned)
        except EngineError as error:
            raise EngineError('%s; nothing was changed' % error) from error

    def prediction(self) -> Outcome:
        return super().prediction()._replace(predicted=_not_there(self.want, self.before))


def _run_of(earlier: Earlier, root: str) -> Run | None:
    try:
        return Run(earlier.document, Task(True, earlier.absent, earlier.policy, root=root))
    except InputError:
        return None


def _look_at(run: Run, have: Snapshot, owned: t.Mapping[str, Owned]) -> None:
    """Let a run begin on a host like this. *owned* is what scopes would own by now."""
    if run.want.scope in owned:
        run.record.owned, run.record.identities = owned[run.want.scope].copy(), {}
    run.look_at(have)


def _predict(run: Run, have: Snapshot, owned: dict[str, Owned]) -> Snapshot:
    """The host as a run would make it; as it is if the run would fail."""
    _look_at(run, have, owned)
    predicted = predict(run.want, run.before, run.record.owned, run.policy, run.rules)
    if predicted is None:
        return have
    owned[run.want.scope] = predicted[1]
    return predicted[0]


def _not_there(want: Layout, have: Snapshot) -> tuple[str, ...]:
    """What a document uses and only earlier tasks would make, for people."""
    namespaces = {each.name for each in want.namespaces} & have.predicted
    titles = ['namespace %s' % name for name in sorted(namespaces)]
    for namespace, name in sorted(_named_links(want) & have.predicted_links):
        if namespace not in have.predicted:
            titles.append('link %s/%s' % (place(namespace), name))
    return tuple(titles)


def _named_links(want: Layout) -> set[End]:
    ends: set[End] = set()
    for link in want.links:
        ends.add(link.end)
        ends.update(end for end in (link.peer, link.parent) if end)
        if link.master:
            ends.add((link.namespace, link.master))
    ends.update((each.namespace, each.dev) for each in (*want.neighbours, *want.fdb))
    for each in (*want.addresses, *want.sysctls):
        ends.add((each.namespace, each.link))
    for route in want.routes:
        ends.update((route.namespace, name) for name in route.links)
    return ends


def predicted_namespaces(
    namespaces: t.Iterable[str], scope: str, earlier: t.Sequence[Earlier], root: str
) -> Snapshot:
    """The *namespaces* as earlier tasks would make them; those that nobody makes are missing."""
    entries = [{'name': name, 'create': False} for name in sorted(namespaces)]
    document = {'name': scope, 'namespaces': entries} if entries else {'name': scope}
    run = RunAfter(
        document, Task(check=True, policy=Policy(mode=Mode.ADD), root=root, earlier=tuple(earlier))
    )
    with run.locked():
        run.recall()
        run.observe()
    return run.before
