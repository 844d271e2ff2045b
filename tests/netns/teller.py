#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Announces registrars at anybody's addresses by mDNS (RFC 6762, RFC 6763); SIGTERM has it take all of it back.

usage: teller.py [--flap] INTERFACE TYPE NAME COUNT PORT ADDRESS...

NAME0, NAME1, ... up to COUNT of them, each at all of the addresses, at ports from PORT on. --flap: there for
1.2 s, then taken back for 1.2 s, again and again. Says how often: "round N".
"""
import ipaddress
import signal
import socket
import struct
import sys
import time

GROUP, PORT = "ff02::fb", 5353
A, PTR, AAAA, SRV, IN, TTL = 1, 12, 28, 33, 1, 120


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data, ttl):
    return name(owner) + struct.pack("!HHIH", kind, IN, ttl, len(data)) + data


def message(kind, own, port, addresses, ttl):
    host = own.lower() + "-host.local"
    instance = own + "." + kind
    records = [record(kind, PTR, name(instance), ttl),
               record(instance, SRV, struct.pack("!HHH", 0, 0, port) + name(host), ttl)]
    for address in map(ipaddress.ip_address, addresses):
        records.append(record(host, A if address.version == 4 else AAAA, address.packed, ttl))
    return struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def sender(interface):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    s.bind(("::", PORT))
    return lambda m: s.sendto(m, (GROUP, PORT, 0, socket.if_nametoindex(interface)))


def main():
    args = [a for a in sys.argv[1:] if a != "--flap"]
    flap = len(args) < len(sys.argv) - 1
    interface, kind, own, count, port = args[0], args[1] + ".local", args[2], int(args[3]), int(args[4])
    send = sender(interface)

    def tell(ttl):
        for i in range(count):
            send(message(kind, own + str(i), port + i, args[5:], ttl))

    def end(*_):
        tell(0)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    rounds = 0
    while True:
        tell(TTL)
        rounds += 1
        print("round %d" % rounds, flush=True)
        time.sleep(1.2 if flap else 0.5)
        if flap:
            tell(0)
            time.sleep(1.2)


main()
