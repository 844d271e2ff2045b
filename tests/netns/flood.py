#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handshakes that cost, as fast as they go, until SIGTERM; then says how many datagrams.

usage: flood.py [--ports N] [--addresses N] [--blind] [--jpy] [ADDRESS%INTERFACE]:PORT...

From each address (of its own making, on the interface) and port: two ClientHellos, with the cookies that they get;
then those two in turn, each of which makes an end of the other's handshake and has the registrar begin another one.
--blind: without cookies, as who forges addresses has none.
--jpy: to a registrar's port for join proxies, all with one header.
"""
import argparse
import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time

BURST = 20  # then a pause, so that the machine's other processes run: some thousands a second
PAUSE = 0.005
HELLO_VERIFY = 3
R = random.Random(6347)


def listed(body, size="!H"):
    return struct.pack(size, len(body)) + body


def extension(kind, body):
    return struct.pack("!H", kind) + listed(body)


# secp256r1, uncompressed points, ECDSA with SHA-256
EXTENSIONS = extension(10, listed(b"\0\x17")) + extension(11, b"\1\0") + extension(13, listed(b"\4\3"))


def hello(chance, cookie=b""):
    """A ClientHello of DTLS 1.2 in a record, RFC 6347 4.2.1."""
    body = b"\xfe\xfd" + chance + b"\0" + listed(cookie, "!B") + listed(b"\xc0\x2b\xc0\xae") + b"\1\0" + listed(EXTENSIONS)
    number = struct.pack("!H", 1 if cookie else 0)
    size = len(body).to_bytes(3, "big")
    return b"\x16\xfe\xfd" + bytes(7) + number[1:] + listed(b"\1" + size + number + b"\0\0\0" + size + body)


def string(data):
    """A byte string in CBOR."""
    n = len(data)
    return bytes([0x40 | n] if n < 24 else [0x58, n] if n < 256 else [0x59, n >> 8, n & 255]) + data


def wrapped(data):
    """A JPY message; header "flood"."""
    return b"\x82" + string(b"flood") + string(data)


class Source:
    """One socket: what it asked, and what it may send again and again."""

    def __init__(self, args, address, target):
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        if address:
            self.socket.bind((address, 0, 0, target[3]))
        self.target, self.wrap = target, wrapped if args.jpy else bytes
        self.chances = [R.randbytes(32) for _ in range(2)]
        self.ready = [hello(c) for c in self.chances] if args.blind else []

    def send(self, data):
        try:
            self.socket.sendto(self.wrap(data), self.target)
            return 1
        except OSError:
            return 0

    def ask(self):
        if len(self.ready) < 2:
            self.send(hello(self.chances[len(self.ready)]))

    def hear(self):
        try:
            data = self.socket.recv(4096)
        except OSError:
            return
        at = data.find(b"\x16\xfe")
        if at < 0 or len(data) < at + 28 or data[at + 13] != HELLO_VERIFY or len(self.ready) == 2:
            return
        self.ready.append(hello(self.chances[len(self.ready)], data[at + 28:at + 28 + data[at + 27]]))
        self.ask()


def address(text):
    host, port = text.rsplit(":", 1)
    return socket.getaddrinfo(host.strip("[]"), int(port), socket.AF_INET6, socket.SOCK_DGRAM)[0][4]


def make_addresses(count, index):
    """Link-local ones, as many as wanted."""
    name = socket.if_indextoname(index)
    made = ["fe80::f100:%x" % i for i in range(1, count + 1)]
    lines = "".join("address add %s/64 dev %s nodad\n" % (a, name) for a in made)
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)
    return made


def prepare(sources):
    """Cookies for all of them, or for as many as there are in some seconds."""
    poll, by_fd, end = select.poll(), {s.socket.fileno(): s for s in sources}, time.monotonic() + 5
    for fd in by_fd:
        poll.register(fd, select.POLLIN)
    asked = 0
    while time.monotonic() < end and any(len(s.ready) < 2 for s in sources):
        if time.monotonic() > asked + 0.5:
            asked = time.monotonic()
            for s in sources:
                s.ask()
        for fd, _ in poll.poll(50):
            by_fd[fd].hear()
    return [s for s in sources if s.ready]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--ports", type=int, default=1)
    p.add_argument("--addresses", type=int, default=0)
    p.add_argument("--blind", action="store_true")
    p.add_argument("--jpy", action="store_true")
    p.add_argument("targets", nargs="+", type=address)
    args = p.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    own = make_addresses(args.addresses, args.targets[0][3]) if args.addresses else [None]
    sources = prepare([Source(args, a, t) for a in own for t in args.targets for _ in range(args.ports)])
    if not sources:
        sys.exit("no cookies")
    sent = turn = 0

    def stop(*_):
        print("sent %d" % sent)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    print("begun with %d" % len(sources), flush=True)
    while True:
        for _ in range(BURST):
            s = sources[turn % len(sources)]
            sent += s.send(s.ready[turn // len(sources) % len(s.ready)])
            turn += 1
        time.sleep(PAUSE)


main()
