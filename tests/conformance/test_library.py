# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding pyroute2: a missing, unfit or old one is told, and every way to import it gives the same bytes."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.conformance import golden

PACKAGE = 'ansible_collections.multinet.linux.plugins.module_utils'


START = '''
import sys; sys.path[:] = %r
from %s.kernel import codec, namespaces, netlink
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
'''


def run(script: str, path: t.Sequence[str] = (), without_library: bool = False) -> str:
    """Run *script* in an interpreter of its own and return what it prints."""
    whole = [*path, *filter(None, sys.path)]
    if without_library:
        whole = [entry for entry in whole if not (pathlib.Path(entry) / 'pyroute2').exists()]
    done = subprocess.run(
        [sys.executable, '-B', '-S', '-c', START % (whole, PACKAGE) + script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ABSENT = '''
try:
    codec.require()
except codec.MissingLibrary as exc:
    print(exc, exc.trace, sep='\\n')
    assert not [name for name in sys.modules if name.startswith('pyroute2')], sys.modules
'''


def test_without_the_library_the_traceback_is_told() -> None:
    said = run(ABSENT, without_library=True)
    assert said.startswith('pyroute2 cannot be imported\nTraceback (most recent call last):\n')
    assert re.search(r"ModuleNotFoundError: No module named 'pyroute2|ImportError: no package pyroute2", said)


@pytest.mark.parametrize(
    'files, reason',
    [
        ({'__init__.py': ''}, 'ModuleNotFoundError'),
        ({'__init__.py': 'raise RuntimeError("out of order")'}, 'out of order'),
        ({'__init__.py': '(', 'netlink/__init__.py': '('}, 'SyntaxError'),
        (
            {
                '__init__.py': '',
                'netlink/__init__.py': '',
                'netlink/rtnl/__init__.py': '',
                **{
                    'netlink/rtnl/%s.py' % name: ''
                    for name in ('ifinfmsg', 'ifaddrmsg', 'rtmsg', 'fibmsg', 'nsidmsg')
                },
            },
            'AttributeError',
        ),
    ],
)
def test_an_unfit_library_is_a_missing_one(
    files: dict[str, str], reason: str, tmp_path: pathlib.Path
) -> None:
    for name, text in files.items():
        file = tmp_path / 'pyroute2' / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding='utf-8')
    said = run(ABSENT.rsplit('\n', 2)[0], [str(tmp_path)])
    assert 'Traceback (most recent call last):' in said
    assert reason in said


@pytest.mark.parametrize(
    'version, metadata',
    [
        ('0.5.14', 'pyroute2-0.5.14.egg-info'),
        ('0.6.13', 'pyroute2.core-0.6.13.dist-info'),
        ('0.7.1', 'pyroute2-0.7.1-py3.9.egg-info'),
    ],
)
def test_an_old_library_is_refused_though_it_loads(
    version: str, metadata: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / metadata).mkdir()
    [place] = [entry for entry in sys.path if (pathlib.Path(entry) / 'pyroute2').is_dir()]
    (tmp_path / 'pyroute2').symlink_to(pathlib.Path(place, 'pyroute2'))
    said = run(ABSENT, [str(tmp_path)])
    assert said == (
        'pyroute2: is too old (found %s in %s, want 0.7.2 or newer); run the role'
        ' multinet.linux.prepare on this host, '
        'which puts a newer one beside it\n\n' % (version, tmp_path)
    )


@pytest.mark.parametrize('version', ['0.7.2', '0.7.2.post1', '0.7.10', '0.10.0', '1.0'])
def test_a_newer_library_is_not_refused(version: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / ('pyroute2-%s.dist-info' % version)).mkdir()
    [place] = [entry for entry in sys.path if (pathlib.Path(entry) / 'pyroute2').is_dir()]
    (tmp_path / 'pyroute2').symlink_to(pathlib.Path(place, 'pyroute2'))
    assert run('codec.require()\nprint(sys.modules["pyroute2"].__file__)', [str(tmp_path)]).startswith(
        str(tmp_path)
    )


GOLDEN = '''
from ansible_collections.multinet.linux.tests.conformance import golden
kept = golden.kept()
codec.pack.packed = lambda *_args: None
assert {case[0]: golden.encoded(case) for case in golden.cases()} == kept
print(len(kept))
print(hasattr(sys.modules['pyroute2'], 'IPRoute'))
'''


@pytest.mark.parametrize(
    'first, whole',
    [
        ('', False),
        ('import pyroute2', True),
        ('import pyroute2.netlink.rtnl.ifinfmsg', True),
        ('def broken(_names): raise KeyError("out of order")\ncodec._stubbed = broken', True),
        ('codec.importlib.util.find_spec = lambda _name: None', True),
        (
            '''
import importlib.machinery
spec = importlib.machinery.ModuleSpec('pyroute2', None, is_package=True)
spec.submodule_search_locations = ['/proc/self/no-such-folder']
codec.importlib.util.find_spec = lambda _name: spec
''',
            True,
        ),
    ],
)
def test_the_same_bytes_however_the_library_is_imported(first: str, whole: bool) -> None:
    assert run(first + GOLDEN).split() == [str(len(golden.kept())), str(whole)]


READING = '''
import pkgutil
from %(package)s import kernel
from ansible_collections.multinet.linux.tests.conformance import encode
for module in pkgutil.iter_modules(kernel.__path__):
    __import__(kernel.__name__ + '.' + module.name)
def read():
    home = namespaces.open_current()
    with namespaces.entered(namespaces.create_anonymous(home), home), netlink.NetlinkSocket() as sock:
        links = dumps.links(sock)
        names = {link.index: link.name for link in links}
        addresses, routes = dumps.addresses(sock, '', names), dumps.routes(sock, '', names)
        return len(links), addresses, routes, dumps.rules(sock, '')
print(namespaces.in_thread(read))
print([name for name in sys.modules if 'pyroute2' in name or 'pr2modules' in name])
''' % {'package': PACKAGE}


def test_reading_imports_nothing_of_the_library() -> None:
    assert run(READING) == '(1, [], [], [])\n[]\n'


WITH_A_SOCKET = '''
from pyroute2 import IPRoute
from ansible_collections.multinet.linux.tests.conformance import populate, world
def body(here):
    populate.populate(here)
    names = here.names()
    with IPRoute() as ipr:
        links, addresses = list(ipr.get_links()), list(ipr.get_addr())
        routes, rules = list(ipr.get_routes()), list(ipr.get_rules())
    assert sorted((m['index'], m.get_attr('IFLA_IFNAME')) for m in links) == sorted(names.items())
    ours = {(a.link, a.ip) for a in dumps.addresses(here.sock, '', names)}
    theirs = {(names[m['index']], m.get_attr('IFA_LOCAL') or m.get_attr('IFA_ADDRESS')) for m in addresses}
    assert {key for key in ours if not key[1].startswith('::')} <= theirs, ours - theirs
    tables = {r.table for r in dumps.routes(here.sock, '', names)}
    assert tables <= {m.get_attr('RTA_TABLE') for m in routes}
    numbers = {'ipv4': 2, 'ipv6': 10}
    ours = {(numbers[r.family], r.priority) for r in dumps.rules(here.sock, '')}
    assert ours <= {(m['family'], m.get_attr('FRA_PRIORITY') or 0) for m in rules}
    return 'same'
print(world.in_world(body))
'''


def test_a_socket_of_pyroute2_sees_the_same_objects() -> None:
    """Through the few calls that are alike in all releases, with the library imported before."""
    assert run(WITH_A_SOCKET).endswith('same\n')
