# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: namespaces
short_description: Network namespaces as hosts
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Makes a host of each network namespace that the layouts of other hosts declare, with the become plugin
    P(multinet.linux.netns#become) set, so that any module of any collection runs inside it. The source must
    come after those with the hosts themselves.
  - It reads the same variables as the playbook C(multinet.linux.apply) and the role
    P(multinet.linux.bridged_nodes#role), from inventories, C(group_vars) and C(host_vars). Nothing is
    contacted, and a namespace need not exist yet.
  - The name of such a host is C(NAMESPACE.HOST). It is in the groups C(multinet_namespaces), C(LAYOUT) and
    C(namespaces_of_HOST), but in no group of the host. Letters that Ansible does not take in the name of a
    group become C(_). The playbooks of this collection leave the group
    C(multinet_namespaces) out of C(all); do the same in yours.
  - Variables whose names begin with C(ansible_) are copied from the host, but for those about C(become). The
    variables C(multinet_host), C(multinet_layout) and C(ansible_netns) tell where the namespace is.
  - A host whose layouts are invalid, or are templates that need more than its inventory, is left out with a
    warning.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [multinet.linux.namespaces]
  variable:
    description: The variable with the layouts of a host.
    type: str
    default: multinet_layouts
  layout_prefix:
    description: What the names of the groups of layouts begin with, for those that other groups have too.
    type: str
    default: ""
  host_prefix:
    description: What the names of the groups of hosts begin with.
    type: str
    default: namespaces_of_
seealso:
  - plugin: multinet.linux.netns
    plugin_type: become
"""

EXAMPLES = r"""
# namespaces.multinet.yml; the name of the file must end with multinet.yml or multinet.yaml
plugin: multinet.linux.namespaces

# ansible-inventory -i hosts.yml -i namespaces.multinet.yml --graph
# ansible-playbook -i hosts.yml -i namespaces.multinet.yml site.yml, with a play such as
#
# - name: Inside the nodes of the layout pxc, on all hosts
#   hosts: pxc
#   tasks:
#     - name: See who is the neighbour
#       ansible.builtin.command: ip neighbour
"""

import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.inventory.helpers import get_group_vars
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.declared import declared_namespaces

ALL = 'multinet_namespaces'
_BECOME = ('ansible_become', 'ansible_become_user', 'ansible_become_method')


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc] # ansible-core has no types
    """Adds a host for each namespace."""

    NAME = 'multinet.linux.namespaces'

    def verify_file(self, path: str) -> bool:
        """Whether *path* may be a source of this plugin."""
        return bool(super().verify_file(path)) and path.endswith(('multinet.yml', 'multinet.yaml'))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the namespaces of all hosts that there are by now. Raises AnsibleParserError."""
        super().parse(inventory, loader, path, cache=cache)
        self._read_config_data(path)
        taken = set(inventory.groups)
        for host in list(inventory.hosts.values()):
            variables = self._variables(host)
            if ALL not in [group.name for group in host.get_groups()]:
                self._add_all(host.name, variables, taken)

    def _variables(self, host: t.Any) -> dict[str, t.Any]:
        """All that inventories say of a host, as ansible.builtin.constructed reads it."""
        sources = getattr(self.inventory, 'processed_sources', [])
        groups = host.get_groups()
        of_groups = get_vars_from_inventory_sources(self.loader, sources, groups, 'all')
        of_host = get_vars_from_inventory_sources(self.loader, sources, [host], 'all')
        variables = get_group_vars(groups)
        for more in (of_groups, host.get_vars(), of_host):
            variables = combine_vars(variables, more)
        return t.cast('dict[str, t.Any]', variables)

    def _add_all(self, host: str, variables: dict[str, t.Any], taken: set[str]) -> None:
        self.templar.available_variables = variables
        try:
            namespaces = declared_namespaces(variables, self.get_option('variable'), self.templar.template)
        except (InputError, AnsibleError) as error:
            self.display.warning(
                '%s: its namespaces are left out: %s' % (host, str(error).replace('\n', '; '))
            )
            return
        for layout, namespace in namespaces:
            name = '%s.%s' % (namespace, host)
            self.inventory.add_host(name, self.inventory.add_group(ALL))
            for prefix, of in (('layout_prefix', layout), ('host_prefix', host)):
                self._add_to_group(name, self.get_option(prefix) + of, taken)
            for key, value in self._variables_inside(host, layout, namespace, variables).items():
                self.inventory.set_variable(name, key, value)

    def _add_to_group(self, name: str, group: str, taken: t.Container[str]) -> None:
        group = to_safe_group_name(group, force=True, silent=True)
        if group in taken:
            raise AnsibleParserError(
                'group %s: is that of a layout too, and would get its namespaces;'
                ' set layout_prefix or host_prefix in the source of multinet.linux.namespaces' % group
            )
        self.inventory.add_group(group)
        self.inventory.add_host(name, group)

    @staticmethod
    def _variables_inside(
        host: str, layout: str, namespace: str, variables: t.Mapping[str, t.Any]
    ) -> dict[str, t.Any]:
        """What a namespace has of its host, and what makes tasks run in it."""
        kept = {key: value for key, value in variables.items() if key.startswith('ansible_')}
        inside = {key: value for key, value in kept.items() if key not in _BECOME}
        inside.setdefault('ansible_host', host)
        inside.update(
            ansible_become=True,
            ansible_become_method='multinet.linux.netns',
            ansible_netns=namespace,
            multinet_host=host,
            multinet_layout=layout,
            multinet_layouts=[],
        )
        return inside
