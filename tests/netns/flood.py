#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Datagrams from one device as fast as they go, from many ports, until SIGTERM; then says how many.

usage: flood.py [ADDRESS%INTERFACE]:PORT...
"""
import random
import signal
import socket
import sys
import time

PORTS = 64
BURST = 20  # then a pause, so that the machine's other processes run: some thousands a second
PAUSE = 0.005


def address(text):
    host, port = text.rsplit(":", 1)
    return socket.getaddrinfo(host.strip("[]"), int(port), socket.AF_INET6, socket.SOCK_DGRAM)[0][4]


def main():
    targets = [address(a) for a in sys.argv[1:]]
    sockets = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(PORTS)]
    seeded = random.Random(1)
    sent = 0

    def stop(*_):
        print("sent %d" % sent)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    print("begun", flush=True)
    while True:
        for _ in range(BURST):
            try:
                # the first byte of a handshake record, RFC 6347 4.1; the rest is noise
                data = b"\x16\xfe\xfd" + seeded.randbytes(300)
                seeded.choice(sockets).sendto(data, seeded.choice(targets))
                sent += 1
            except OSError:
                pass
        time.sleep(PAUSE)


main()
