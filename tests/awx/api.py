# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the API of AWX, as the modules of awx.awx use it: lists that can be searched, objects with
fields, and lists of other objects below them. It keeps what it is given.
"""

from __future__ import annotations

import http.server
import json
import threading
import typing as t
import urllib.parse

Fields = dict[str, t.Any]
_KINDS = {
    'organizations': 'organization',
    'projects': 'project',
    'inventories': 'inventory',
    'credentials': 'credential',
    'job_templates': 'job_template',
    'workflow_job_templates': 'workflow_job_template',
    'workflow_job_template_nodes': 'workflow_job_template_node',
    'workflow_approval_templates': 'workflow_approval_template',
    'schedules': 'schedule',
}
_UNIFIED = ('projects', 'job_templates', 'workflow_job_templates')
_ALWAYS: dict[str, Fields] = {'project': {'scm_revision': '', 'summary_fields': {}}}
"""Fields that objects of a kind have whatever was given."""
_OF_APPROVAL = ('name', 'description', 'timeout')
_TOP = '/api/v2/'


class Awx:
    """The objects by their number, and what was asked that changes something."""

    def __init__(self) -> None:
        self.objects: dict[int, Fields] = {}
        self.surveys: dict[int, Fields] = {}
        self.below: dict[tuple[int, str], list[int]] = {}
        self.writes: list[str] = []

    def add(self, place: str, fields: Fields) -> Fields:
        """Make an object, and return it as the API does."""
        number = len(self.objects) + 1
        url = '%s%s/%d/' % (_TOP, place, number)
        related = {'survey_spec': url + 'survey_spec/'}
        kind = _KINDS[place]
        own = {'id': number, 'url': url, 'type': kind, 'related': related}
        self.objects[number] = {**_ALWAYS.get(kind, {}), **fields, **own}
        return self.objects[number]

    def named(self, kind: str) -> dict[str, Fields]:
        """The objects of a kind by their names."""
        name = 'identifier' if kind == 'workflow_job_template_node' else 'name'
        return {one[name]: one for one in self.objects.values() if one['type'] == kind}

    def listed(self, place: str, wanted: t.Mapping[str, str]) -> Fields:
        kinds = [_KINDS[name] for name in (_UNIFIED if place == 'unified_job_templates' else (place,))]
        members = [one for one in self.objects.values() if one['type'] in kinds and _fits(one, wanted)]
        return _page(members)

    def answer(self, method: str, url: str, data: Fields) -> tuple[int, t.Any]:
        """The status and content of an answer."""
        parts = urllib.parse.urlsplit(url)
        wanted = dict(urllib.parse.parse_qsl(parts.query))
        if method != 'GET':
            self.writes.append('%s %s' % (method, parts.path))
        words = parts.path[len(_TOP) :].strip('/').split('/')
        if len(words) == 1:
            return (
                (200, self.listed(words[0], wanted)) if method == 'GET' else (201, self.add(words[0], data))
            )
        number = int(words[1])
        if len(words) == 2:
            return self._object(method, number, data)
        return self._below(method, number, words[2], data)

    def _object(self, method: str, number: int, data: Fields) -> tuple[int, t.Any]:
        one = self.objects[number]
        if method == 'PATCH':
            known = _OF_APPROVAL if one['type'] == 'workflow_approval_template' else data
            one.update((key, value) for key, value in data.items() if key in known)
        return 200, one

    def _below(self, method: str, number: int, what: str, data: Fields) -> tuple[int, t.Any]:
        if what == 'survey_spec':
            if method == 'POST':
                self.surveys[number] = data
            return 200, self.surveys.get(number, {})
        if what == 'create_approval_template':
            fields = {key: value for key, value in data.items() if key in _OF_APPROVAL}
            approval = self.add('workflow_approval_templates', fields)
            self.objects[number]['unified_job_template'] = approval['id']
            self.objects[number]['related']['unified_job_template'] = approval['url']
            return 201, approval
        if self.objects[number]['type'] == 'workflow_approval_template':
            return 404, {'detail': 'Not found.'}
        members = self.below.setdefault((number, what), [])
        if method == 'GET':
            return 200, _page([self.objects[member] for member in members])
        if data.get('disassociate'):
            members.remove(data['id'])
        else:
            members.append(data['id'])
        return 204, None


def _page(members: list[Fields]) -> Fields:
    return {'count': len(members), 'next': None, 'previous': None, 'results': members}


def _fits(one: Fields, wanted: t.Mapping[str, str]) -> bool:
    either = {key[4:]: value for key, value in wanted.items() if key.startswith('or__')}
    exact = {key: value for key, value in wanted.items() if not key.startswith('or__')}
    if either and not any(str(one.get(key)) == value for key, value in either.items()):
        return False
    return all(str(one.get(key)) == value for key, value in exact.items())


class Server:
    """Use as a context: the API at ``url`` while it lasts."""

    def __init__(self, awx: Awx) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers by the objects of *awx*."""

            def _answer(self) -> None:
                data = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                status, content = awx.answer(self.command, self.path, json.loads(data or b'{}'))
                body = b'' if content is None else json.dumps(content).encode()
                self.send_response(status)
                self.send_header('X-API-Product-Name', 'AWX')
                self.send_header('X-API-Product-Version', '24.6.1')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = _answer

            def log_message(self, *_words: t.Any) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = 'http://127.0.0.1:%d' % self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
