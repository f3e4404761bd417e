# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents in what users read: pages, examples of modules, playbooks."""

from __future__ import annotations

import functools
import pathlib
import re
import typing as t

import yaml
from ansible_collections.multinet.linux.tests import tree

FOLDERS = ('docs', 'examples', 'playbooks', 'plugins', 'roles')
FENCED = re.compile(r'^```yaml\n(.*?)^```', re.DOTALL | re.MULTILINE)
EXAMPLES = re.compile(r'^EXAMPLES = r"""\n(.*?)^"""', re.DOTALL | re.MULTILINE)
MODULE = 'multinet.linux.'
LISTS = ('multinet_layouts', 'layouts')
KEYS = ('name', 'links', 'addresses', 'routes', 'rules', 'neighbours', 'fdb', 'sysctls', 'iptables')
KEYS += ('iptables_mode', 'nftables', 'namespaces')
"""Those of a document; the others are options of the module."""


class Loader(yaml.SafeLoader):
    """Takes the tags of Ansible for what they hold."""


Loader.add_multi_constructor('!', lambda loader, _suffix, node: loader.construct_scalar(node))


def of_namespace(arguments: t.Any, **contents: t.Any) -> t.Any:
    """The document that a module for single objects makes of its arguments."""
    entry = {'name': arguments.get('namespace', 'blue'), 'create': False, **contents}
    if entry['name'] != 'host':
        return {'name': 'adhoc', 'namespaces': [entry]}
    return {'name': 'adhoc', **contents}


def of_link(arguments: t.Any) -> t.Any:
    keys = [key for key in arguments if key not in ('namespace', 'link_state', 'scope', 'adopt')]
    return of_namespace(arguments, links=[{'kind': 'veth', **{key: arguments[key] for key in keys}}])


def of_nftables(arguments: t.Any) -> t.Any:
    table = {key: arguments[key] for key in ('table', 'family', 'content') if key in arguments}
    return of_namespace(arguments, nftables=[table])


DOCUMENTS: dict[str, t.Callable[[t.Any], t.Any]] = {
    'layout': lambda arguments: {key: arguments[key] for key in KEYS if key in arguments},
    'ns_link': of_link,
    'veth': of_link,
    'ns_route': lambda arguments: of_namespace(
        arguments, routes=arguments.get('routes'), rules=arguments.get('rules')
    ),
    'ns_address': lambda arguments: of_namespace(arguments, addresses=arguments.get('addresses')),
    'ns_rule': lambda arguments: of_namespace(arguments, rules=arguments.get('rules')),
    'ns_neighbour': lambda arguments: of_namespace(
        arguments, neighbours=arguments.get('neighbours'), fdb=arguments.get('fdb')
    ),
    'ns_sysctl': lambda arguments: of_namespace(arguments, sysctls=arguments.get('sysctls')),
    'ns_iptables': lambda arguments: of_namespace(
        arguments, iptables=arguments.get('chains'), iptables_mode=arguments.get('mode')
    ),
    'ns_nftables': of_nftables,
}
"""The document of each module that has one, from the arguments of a task."""


def texts(path: pathlib.Path) -> list[str]:
    """The texts in YAML that a file holds."""
    text = path.read_text(encoding='utf-8')
    if path.suffix == '.md':
        return FENCED.findall(text)
    if path.suffix == '.py':
        return EXAMPLES.findall(text)
    return [text] if path.suffix in ('.yml', '.yaml') else []


def documents_in(value: t.Any) -> t.Iterator[t.Any]:
    """What is given to the module, or stands in a list of layouts, wherever it is."""
    if isinstance(value, list):
        for member in value:
            yield from documents_in(member)
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        module = key[len(MODULE) :] if str(key).startswith(MODULE) else ''
        if module in DOCUMENTS and isinstance(member, dict) and member.get('state') != 'absent':
            yield DOCUMENTS[module](member)
        elif key in LISTS and isinstance(member, list):
            yield from (DOCUMENTS['layout'](entry) for entry in member if isinstance(entry, dict))
        yield from documents_in(member)


def loaded(text: str) -> t.Any:
    """None for a text that is only part of YAML."""
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError:
        return None


@functools.cache
def examples() -> list[tuple[str, t.Any]]:
    """Documents without templates, each with the file that it stands in."""
    files = [tree.TOP / 'README.md']
    for folder in FOLDERS:
        files += sorted(path for path in (tree.TOP / folder).rglob('*') if path.is_file())
    pairs: list[tuple[str, t.Any]] = []
    for path in files:
        for text in texts(path) if path.suffix in ('.md', '.py', '.yml', '.yaml') else []:
            members = [member for member in documents_in(loaded(text)) if '{{' not in repr(member)]
            name = str(path.relative_to(tree.TOP))
            pairs += [(name, member) for member in members]
    return pairs
