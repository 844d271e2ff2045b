#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A UDP relay on the loopback that loses, reorders and repeats datagrams, the same ones for the same seed.

With --jpy it is a stateless join proxy of its own make: all clients over one socket, in JPY messages.

Prints the address it listens on, then works until SIGTERM; then says what it did on stderr.
"""
import argparse
import heapq
import os
import random
import select
import signal
import socket
import sys
import time

HELD = 0.05  # seconds: later than whatever follows at once
QUEUE = 4 * 1024 * 1024


def address(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def chance(text):
    p = float(text)
    if not 0 <= p < 1:
        raise argparse.ArgumentTypeError("from 0 to below 1")
    return p


def string(data):
    """A byte string in CBOR."""
    n = len(data)
    head = [0x40 | n] if n < 24 else [0x58, n] if n < 256 else [0x59, n >> 8, n & 255]
    return bytes(head) + data


def strings(data):
    """Two of them, in an array."""
    out = []
    if data[0] != 0x82:
        raise ValueError("no array of two")
    data = data[1:]
    while data:
        size = {0x58: 1, 0x59: 2}.get(data[0], 0)
        n = int.from_bytes(data[1:1 + size], "big") if size else data[0] & 0x1f
        out.append(data[1 + size:1 + size + n])
        data = data[1 + size + n:]
    return out


class Relay:
    def __init__(self, args):
        self.args = args
        self.random = random.Random(args.seed)
        self.front = self.open(args.listen)
        self.to_server, self.to_client = {}, {}
        self.headers, self.clients, self.shared = {}, {}, None
        if args.jpy:
            self.shared = self.open(("127.0.0.1", 0))
            self.shared.connect(args.to)
        self.later = []  # when, order, how to send, datagram
        self.seen = self.lost = self.held = self.repeated = self.strange = 0

    def open(self, where):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)
        s.bind(where)
        s.setblocking(False)
        return s

    def back(self, client):
        """The server's side for that client, a port of its own."""
        if client not in self.to_server:
            s = self.open(("127.0.0.1", 0))
            s.connect(self.args.to)
            self.to_server[client], self.to_client[s] = s, client
        return self.to_server[client]

    def wrap(self, client, data):
        header = self.headers.setdefault(client, os.urandom(16))
        self.clients[header] = client
        return b"\x82" + string(header) + string(data)

    def unwrap(self, data):
        header, content = strings(data)
        return self.clients[header], content

    def send(self, how, data):
        try:
            how(data)
        except OSError:
            pass  # nobody there: lost as well

    def carry(self, how, data):
        self.seen += 1
        # three draws each: what one does must not move the next one's fate
        lose, hold, repeat = (self.random.random() for _ in range(3))
        if lose < self.args.loss:
            self.lost += 1
            return
        if hold < self.args.reorder:
            self.held += 1
            heapq.heappush(self.later, (time.monotonic() + HELD, self.seen, how, data))
        else:
            self.send(how, data)
        if repeat < self.args.duplicate:
            self.repeated += 1
            self.send(how, data)

    def read(self, s):
        if s is self.front:
            data, client = s.recvfrom(65536)
            if self.shared:
                self.carry(self.shared.send, self.wrap(client, data))
            else:
                self.carry(self.back(client).send, data)
        elif s is self.shared:
            client, data = self.unwrap(s.recv(65536))
            self.carry(lambda d: self.front.sendto(d, client), data)
        else:
            client = self.to_client[s]
            self.carry(lambda d: self.front.sendto(d, client), s.recv(65536))

    def run(self):
        poll = select.poll()
        sockets = {}
        while True:
            for s in filter(None, (self.front, self.shared, *self.to_client)):
                if s.fileno() not in sockets:
                    sockets[s.fileno()] = s
                    poll.register(s, select.POLLIN)
            wait = max(0, self.later[0][0] - time.monotonic()) * 1000 if self.later else None
            for fd, _ in poll.poll(wait):
                try:
                    self.read(sockets[fd])
                except (OSError, ValueError, KeyError) as e:
                    self.strange += not isinstance(e, OSError)
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, how, data = heapq.heappop(self.later)
                self.send(how, data)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--listen", type=address, default=("127.0.0.1", 0), help="[127.0.0.1:0]")
    p.add_argument("--to", type=address, required=True, help="the server")
    p.add_argument("--loss", type=chance, default=0.0)
    p.add_argument("--reorder", type=chance, default=0.0)
    p.add_argument("--duplicate", type=chance, default=0.0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jpy", action="store_true", help="JPY messages to the server")
    p.add_argument("--background", action="store_true", help="return when it is ready")
    p.add_argument("--pid-file")
    args = p.parse_args()
    relay = Relay(args)
    where = "%s:%d" % relay.front.getsockname()
    if args.background and (pid := os.fork()) != 0:
        if args.pid_file:
            with open(args.pid_file, "w", encoding="ascii") as f:
                print(pid, file=f)
        print(where)
        return
    if not args.background:
        print(where, flush=True)
    else:
        # whoever reads our output waits for its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def stop(*_):
        print("seen %d lost %d held %d repeated %d" % (relay.seen, relay.lost, relay.held, relay.repeated),
              file=sys.stderr)
        sys.exit(1 if relay.strange else 0)

    signal.signal(signal.SIGTERM, stop)
    relay.run()


main()
