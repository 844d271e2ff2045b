#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Announces proxies and registrars that are none, by mDNS (RFC 6762, RFC 6763), again and again until SIGTERM.

usage: liar.py INTERFACE ADDRESS HOLLOW REFUSING [ALIASES]

HOLLOW instances of each type say nothing of where they are; REFUSING ones are at ADDRESS, each at a port
of its own where nobody listens. ALIASES messages of each type call it an alias of itself: Avahi 0.8 follows
that until it dies.
"""
import ipaddress
import socket
import struct
import sys
import time

GROUP, PORT = "ff02::fb", 5353
FIRST_PORT = 20000
CNAME, PTR, AAAA, SRV, IN, TTL = 5, 12, 28, 33, 1, 4500
TYPES = "_brski-proxy._tcp.local", "_brski-registrar._tcp.local"
HOST = "liar.local"
AT_ONCE = 5  # instances in one message


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data):
    return name(owner) + struct.pack("!HHIH", kind, IN, TTL, len(data)) + data


def instance(kind, number, port, address):
    own = "a%u.%s" % (number, kind)
    records = [record(kind, PTR, name(own))]
    if port:
        records.append(record(own, SRV, struct.pack("!HHH", 0, 0, port) + name(HOST)))
        records.append(record(HOST, AAAA, address))
    return records


def messages(address, hollow, refusing):
    ports = [FIRST_PORT + i for i in range(refusing)] + [0] * hollow
    all_of_them = [instance(k, n, port, address) for n, port in enumerate(ports) for k in TYPES]
    for start in range(0, len(all_of_them), AT_ONCE):
        records = sum(all_of_them[start:start + AT_ONCE], [])
        # a response, authoritative
        yield struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def aliases(n):
    return [struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + record(k, CNAME, name(k)) for k in TYPES] * n


def main():
    interface = socket.if_nametoindex(sys.argv[1])
    address = ipaddress.IPv6Address(sys.argv[2]).packed
    lies = list(messages(address, int(sys.argv[3]), int(sys.argv[4])))
    lies += aliases(int(sys.argv[5]) if len(sys.argv) > 5 else 0)
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    s.bind(("::", PORT))
    print("begun", flush=True)
    while True:
        for lie in lies:
            s.sendto(lie, (GROUP, PORT, 0, interface))
        time.sleep(0.5)


main()
