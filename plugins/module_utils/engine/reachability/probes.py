# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends a probe from the namespace of the calling thread. Uses only the standard library and sockets: no
command is run.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import time
import typing as t

from ...kernel import dns
from ...kernel.netlink import plainly
from ...objects.reachability import OPEN, REFUSED, SILENT, Probe
from .answers import answers, decode
from .connection import (
    ERROR,
    MOST_BYTES,
    NO_ANSWER,
    NOT_ACCEPTED,
    Deadline,
    ProbeEnded,
    Verdict,
    connect,
    converse,
    receive,
    source_of,
    verdict_on,
)
from .icmp import probe_icmp
from .unix import probe_unix

_REQUEST = (
    'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: multinet.linux\r\nAccept: */*\r\nConnection: close\r\n\r\n'
)


def _tcp(probe: Probe, deadline: Deadline) -> Verdict:
    with connect(probe, deadline, socket.SOCK_STREAM) as sock:
        source = source_of(sock)
        return Verdict(OPEN, 'connected', source, decode(converse(probe, sock, deadline)))


class _ReceivedData:
    """As much of a socket as http.client needs to parse data that has been received."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_args: t.Any, **_options: t.Any) -> io.BytesIO:
        return io.BytesIO(self.data)


def _host_header(probe: Probe) -> str:
    if probe.host:
        return probe.host
    host = '[%s]' % probe.to if ':' in probe.to else probe.to
    return host if probe.port == 80 else '%s:%d' % (host, probe.port)


def _http(probe: Probe, deadline: Deadline) -> Verdict:
    with connect(probe, deadline, socket.SOCK_STREAM) as sock:
        source = source_of(sock)
        try:
            sock.sendall((_REQUEST % (probe.url, _host_header(probe))).encode('ascii'))
        except OSError as exc:
            return Verdict(ERROR, 'connected, then %s' % plainly(exc), source)
        data = receive(sock, deadline, lambda _data: False)
    response = http.client.HTTPResponse(_ReceivedData(data))  # type: ignore[arg-type]
    try:
        response.begin()
        body = _body(response)
    except (http.client.HTTPException, ValueError, OSError):
        return Verdict(ERROR, 'connected, but the answer is not HTTP', source, decode(data))
    return Verdict(
        OPEN, 'HTTP %d %s' % (response.status, response.reason), source, decode(body), response.status
    )


def _body(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read()
    except http.client.IncompleteRead as exc:
        return exc.partial


def _exchange(
    sock: socket.socket, data: bytes, deadline: Deadline, accept: t.Callable[[bytes], Verdict | None]
) -> Verdict:
    """Sends a packet. The verdict of *accept* on the first packet that it takes for an answer."""
    verdict = Verdict(SILENT, NO_ANSWER, source_of(sock))
    try:
        sock.send(data)
        while deadline.limit(sock):
            accepted = accept(sock.recv(MOST_BYTES))
            if accepted is not None:
                return accepted
            verdict = Verdict(ERROR, 'the response is not an answer', verdict.source)
    except socket.timeout:
        pass
    except OSError as exc:
        return verdict_on(exc, sock)
    return verdict


def _udp(probe: Probe, deadline: Deadline) -> Verdict:
    packets: list[Verdict] = []
    with connect(probe, deadline, socket.SOCK_DGRAM) as sock:

        def accept(data: bytes) -> Verdict | None:
            packets.append(Verdict(OPEN, 'answered', source_of(sock), decode(data)))
            return packets[-1] if answers(probe.answer, packets[-1].text) else None

        verdict = _exchange(sock, probe.send.encode(), deadline, accept)
    return packets[-1] if packets else verdict


def _dns(probe: Probe, deadline: Deadline) -> Verdict:
    question = dns.question(int.from_bytes(os.urandom(2), 'big'), probe.query, probe.record)
    with connect(probe, deadline, socket.SOCK_DGRAM) as sock:

        def accept(data: bytes) -> Verdict | None:
            reply = dns.reply(data, question, probe.record)
            if reply is None:
                return None
            state = REFUSED if reply.code == 'REFUSED' else OPEN
            detail = 'answered %s%s' % (reply.code, ', truncated' if reply.truncated else '')
            return Verdict(state, detail, source_of(sock), reply.text())

        return _exchange(sock, question, deadline, accept)


_PROBES: dict[str, t.Callable[[Probe, Deadline], Verdict]] = {
    'icmp': probe_icmp,
    'tcp': _tcp,
    'udp': _udp,
    'http': _http,
    'dns': _dns,
    'unix': probe_unix,
}


def run(probe: Probe) -> tuple[Verdict, float]:
    """The verdict on a probe, and after how many seconds.

    A try to which nothing comes back is repeated. The first one to which something does decides, also that
    there is no route.
    """
    verdict, seconds = Verdict(SILENT), 0.0
    for _try in range(probe.tries):
        began = time.monotonic()
        try:
            verdict = _PROBES[probe.kind](probe, Deadline(probe.timeout))
        except ProbeEnded as ended:
            verdict = ended.verdict
        except OSError as exc:
            verdict = Verdict(ERROR, plainly(exc))
        seconds = time.monotonic() - began
        if verdict.detail not in (NO_ANSWER, NOT_ACCEPTED):
            break
    return verdict, seconds
