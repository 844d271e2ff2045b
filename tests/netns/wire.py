#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A wire between two interfaces that loses frames and holds some back, the same ones for the same seed.

Works until SIGTERM; then says what it did.
"""
import argparse
import heapq
import random
import select
import signal
import socket
import sys
import time

ETH_P_ALL = 3
# linux/if_packet.h: checksums and sizes that the sender's interface was to settle go along with the frame
SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING = 263, 15, 4


def interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.bind((name, ETH_P_ALL))
    s.setblocking(False)
    return s


class Wire:
    def __init__(self, args):
        one, two = (interface(name) for name in args.interfaces)
        self.other = {one.fileno(): (one, two), two.fileno(): (two, one)}
        self.args = args
        self.random = random.Random(args.seed)
        self.later = []  # when, order, socket, frame
        self.seen = self.lost = self.held = 0

    def send(self, s, frame):
        try:
            s.send(frame)
        except OSError:
            pass  # an interface that is gone: lost as well

    def carry(self, out, frame):
        self.seen += 1
        # two draws each: what one does must not move the next one's fate
        lose, hold = self.random.random(), self.random.random()
        if lose < self.args.loss:
            self.lost += 1
        elif hold < self.args.reorder:
            self.held += 1
            heapq.heappush(self.later, (time.monotonic() + self.args.hold, self.seen, out, frame))
        else:
            self.send(out, frame)

    def run(self):
        poll = select.poll()
        for fd in self.other:
            poll.register(fd, select.POLLIN)
        while True:
            wait = max(0, self.later[0][0] - time.monotonic()) * 1000 if self.later else None
            for fd, _ in poll.poll(wait):
                s, out = self.other[fd]
                frame, where = s.recvfrom(1 << 17)
                if where[2] != PACKET_OUTGOING:
                    self.carry(out, frame)
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, out, frame = heapq.heappop(self.later)
                self.send(out, frame)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("interfaces", nargs=2)
    p.add_argument("--loss", type=float, default=0.0)
    p.add_argument("--reorder", type=float, default=0.0)
    p.add_argument("--hold", type=float, default=0.05, help="seconds: later than whatever follows at once")
    p.add_argument("--seed", type=int, default=1)
    wire = Wire(p.parse_args())

    def stop(*_):
        print("seen %d lost %d held %d" % (wire.seen, wire.lost, wire.held))
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    print("ready", flush=True)
    wire.run()


main()
