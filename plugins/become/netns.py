# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Run tasks inside a network namespace of the managed host
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Runs any module inside a network namespace, as root, with C(ip netns exec). Works over any connection to a
    host with a POSIX shell.
  - Files in C(/etc/netns/NAME/) are mounted over those in C(/etc). The sockets of nscd, systemd-resolved
    and avahi are hidden, because these daemons answer from the host's network.
  - A task never falls back to the host's network. If no namespace is named, or it does not exist or cannot be
    entered, the task fails and names it. The task also fails if a file in C(/etc/netns/NAME/) has no
    counterpart in C(/etc) to mount over.
  - The name must be a mounted network namespace in C(/run/netns), and its only name. If it is a symbolic
    link, a second name of another namespace, or a name of the network that Ansible is in already, the task
    fails.
options:
  netns:
    description: The namespace, which must exist.
    type: str
    vars:
      - name: ansible_netns
  user:
    description:
      - Only V(root). A task for another user fails; it does not run as root instead.
      - The option is not called C(become_user), because Ansible silently skips a become plugin if that is the
        user it connects as.
    type: str
    default: root
    keyword:
      - name: become_user
    vars:
      - name: ansible_become_user
  become_exe:
    description: The program that makes a non-root connection user root.
    type: str
    default: sudo
    keyword:
      - name: become_exe
    vars:
      - name: ansible_become_exe
  become_flags:
    description: Options of O(become_exe). C(-n) is omitted if a password is given.
    type: str
    default: -H -S -n
    keyword:
      - name: become_flags
    vars:
      - name: ansible_become_flags
  become_pass:
    description: The password that O(become_exe) asks for.
    type: str
    vars:
      - name: ansible_become_password
      - name: ansible_become_pass
notes:
  - If Ansible does not use this plugin, the task runs in the host's network, silently. The variables
    C(ansible_become) and C(ansible_become_method) of an inventory take precedence over the keywords C(become)
    and C(become_method) of a play or task. Set the variables, as in the first example, and let the play check
    once that its tasks run in the namespace.
  - A mount or a namespace that a task creates is gone when the task ends, because C(ip netns exec) runs it in
    a mount namespace of its own. Create namespaces with M(multinet.linux.layout), outside.
  - A task with C(async) and a non-root connection user needs an absolute path in C(ansible_async_dir), such
    as C(/root/.ansible_async). Ansible expands C(~) for the user that it connects as.
  - A service that a task starts runs where its unit says, not in the namespace.
requirements:
  - On the managed host, C(ip), and C(sudo) if the connection user is not root.
"""

EXAMPLES = r"""
# Variables of the play apply whatever the inventory sets. Keywords do not.
- name: Check from the signalling side
  hosts: edge
  vars:
    ansible_become: true
    ansible_become_method: multinet.linux.netns
    ansible_netns: signalling
  tasks:
    - name: Check that tasks run in the namespace
      ansible.builtin.command: test /proc/self/ns/net -ef /run/netns/{{ ansible_netns }}
      changed_when: false
      check_mode: false

    - name: Check that the peer answers
      ansible.builtin.wait_for:
        host: 10.0.0.1
        port: 5060

- name: Run a single task in the namespace
  hosts: edge
  tasks:
    - name: Check that the server answers
      ansible.builtin.uri:
        url: http://10.0.0.1/ping
      vars:
        ansible_become: true
        ansible_become_method: multinet.linux.netns
        ansible_netns: signalling
"""

import shlex
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.become import BecomeBase
from ansible_collections.multinet.linux.plugins.module_utils.values.names import problem_of_namespace_name
from ansible_collections.multinet.linux.plugins.module_utils.values.resolvers import SOCKETS

# /dev/null accepts no connection.
_HIDE = 'for s in %s; do [ ! -S $s ] || mount --bind /dev/null $s || exit 1; done; exec "$@"' % ' '.join(
    SOCKETS
)
# What is wrong with the name is found before the task begins, and goes to modules as their result and to
# people as an error. A name has to be a mount of a network namespace, and the only one: a symbolic link or a
# second name may lead to another network by now, even to the host's. /proc/self/mountinfo has the number of a
# mounted namespace in the place of its root (nsfs_show_path in fs/nsfs.c). Last, "ip netns exec" is tried: it
# only warns about a file that it cannot put over the one in /etc, and goes on.
_ENTER = r"""PATH=$PATH:/usr/sbin:/sbin
place=/run/netns/%(name)s why=
number=$(stat -Lc %%i $place 2>/dev/null)
named() { grep -F " net:[$number] $1" /proc/self/mountinfo | cut -d' ' -f5; }
if [ -L $place ]; then why='a symbolic link, which may lead to any network'
elif [ -z "$number" ]; then why="no file $place"
elif [ -z "$(named "$place ")" ]; then why='a file that is not a network namespace'
elif [ "$(readlink /proc/self/ns/net)" = "net:[$number]" ]; then why='the network that Ansible is in already'
elif [ "$(readlink /proc/1/ns/net)" = "net:[$number]" ]; then why="the host's own network"
else
other=$(named /run/netns/ | grep -vxF $place | head -n 1)
[ -z "$other" ] || why="another name of namespace ${other##*/}"
fi
if [ -n "$why" ] || ! why=$(%(enter)s true 2>&1) || [ -n "$why" ]; then
why=$(printf %%s "$why" | tr '"\\\n\t' "'/  ")
why="namespace %(name)s: cannot be entered, the task was not run (found: $why)"
why="$why; correct that, or correct ansible_netns"
printf '{"failed": true, "msg": "%%s"}\n' "$why"
printf '%%s\n' "$why" >&2
exit 1
fi
exec %(enter)s %(command)s"""


class BecomeModule(BecomeBase):
    name = 'multinet.linux.netns'
    fail = ('Sorry, try again.',)
    missing = ('Sorry, a password is required to run sudo', 'sudo: a password is required')

    def build_become_command(self, cmd: str, shell: t.Any) -> str:
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        name = self._checked()
        command = '%s -c %s' % (getattr(shell, 'executable', None) or '/bin/sh', shlex.quote(cmd))
        enter = _ENTER % {
            'name': name,
            'command': command,
            'enter': 'ip netns exec %s /bin/sh -c %s sh' % (name, shlex.quote(_HIDE)),
        }
        escalate = '[ "$(id -u)" = 0 ] || set -- %s' % ' '.join(map(shlex.quote, self._escalation()))
        return '/bin/sh -c %s' % shlex.quote(
            '%s\nexec "$@" %s' % (escalate, self._build_success_command(enter, shell))
        )

    def _checked(self) -> str:
        """The name of the namespace. Raises AnsibleError without a valid one."""
        name = self.get_option('netns')
        if not name:
            raise AnsibleError(
                'become_method multinet.linux.netns: no namespace is named, the task was not run;'
                ' set ansible_netns'
            )
        problem = problem_of_namespace_name(name)
        if problem:
            raise AnsibleError('ansible_netns: %s; the task was not run' % problem)
        user = self.get_option('user')
        if user not in (None, '', 'root'):
            raise AnsibleError(
                'become_user: is not root (found %s, want root); the task was not run in namespace %s; '
                'leave become_user out, and become that user inside the task' % (user, name)
            )
        return str(name)

    def _escalation(self) -> list[str]:
        words = [self.get_option('become_exe'), *shlex.split(self.get_option('become_flags') or '')]
        if not self.get_option('become_pass'):
            return words
        self.prompt = '[sudo via ansible, key=%s] password:' % self._id
        return [*(word for word in words if word not in ('-n', '--non-interactive')), '-p', self.prompt]
