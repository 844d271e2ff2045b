#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes more than its share, as one host of a link may.

usage: greed.py questions|errors|flows|ports|silent [ADDRESS%INTERFACE]:PORT
       greed.py forge INTERFACE ADDRESS PORT MAC

questions: some hundreds a second by CoAP, until SIGTERM.
errors: five confirmable messages that are no question; prints what each gets.
flows: two of each of 160 addresses, 300 datagrams a second, until SIGTERM.
ports: forty of one address, 50 datagrams a second, until SIGTERM.
silent: four connections of each of sixteen addresses, and others when they end, until SIGTERM.
forge: one datagram from ADDRESS and PORT to themselves.
"""
import select
import socket
import struct
import subprocess
import sys
import time

OWN = ["fe80::f100:%x" % i for i in range(1, 161)]
CORE = b"\xbb.well-known\x04core"


def address(text, kind):
    host, port = text.rsplit(":", 1)
    return socket.getaddrinfo(host.strip("[]"), int(port), socket.AF_INET6, kind)[0][4]


def make_addresses(addresses, index):
    lines = "".join("address add %s/64 dev %s nodad\n" % (a, socket.if_indextoname(index)) for a in addresses)
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)


def questions(where):
    to = address(where, socket.SOCK_DGRAM)
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    print("begun", flush=True)
    mid = 0
    while True:
        mid = (mid + 1) % 65536
        s.sendto(b"\x50\x01" + mid.to_bytes(2, "big") + CORE, to)
        time.sleep(0.002)


def errors(where):
    to = address(where, socket.SOCK_DGRAM)
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    asked = (("ping", b"\x40\0\1\0"), ("broken", b"\x40\1\1\1\xff"), ("path", b"\x40\1\1\2\xb7nothing"),
             ("method", b"\x40\2\1\3" + CORE), ("format", b"\x40\1\1\4" + CORE + b"\x60"))
    got = ["silence"] * len(asked)
    for _, data in asked:
        s.sendto(data, to)
    end = time.monotonic() + 2
    while "silence" in got and time.monotonic() < end:
        s.settimeout(0.1)
        try:
            answer = s.recv(100)
            got[answer[3]] = answer.hex()
        except socket.timeout:
            pass
    for (what, _), answer in zip(asked, got):
        print(what, answer)


def flows(where):
    to = address(where, socket.SOCK_DGRAM)
    make_addresses(OWN, to[3])
    hold(to, OWN * 2, 0.003)


def ports(where):
    hold(address(where, socket.SOCK_DGRAM), ["::"] * 40, 0.02)


def hold(to, own, pause):
    """A socket for each, all of them busy."""
    sockets = []
    for a in own:
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.bind((a, 0, 0, to[3]))
        sockets.append(s)
    print("begun", flush=True)
    while True:
        for s in sockets:
            s.sendto(b"\x17\xfe\xfd" + bytes(40), to)
            time.sleep(pause)


def knock(own, to):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.bind((own, 0, 0, to[3]))
    s.setblocking(False)
    s.connect_ex(to)
    return s


def silent(where):
    to = address(where, socket.SOCK_STREAM)
    make_addresses(OWN[:16], to[3])
    held = {knock(a, to): a for a in OWN[:16] * 4}
    print("begun", flush=True)
    while True:
        for s in select.select(list(held), [], [])[0]:
            s.close()
            a = held.pop(s)
            held[knock(a, to)] = a
        time.sleep(0.05)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forge(interface, host, port, mac):
    """As whoever is on the link can: a frame by hand."""
    at, port, data = socket.inet_pton(socket.AF_INET6, host), int(port), b"who am I"
    head = struct.pack("!HHH", port, port, 8 + len(data))
    pseudo = at + at + struct.pack("!II", 8 + len(data), 17)
    udp = head + struct.pack("!H", checksum(pseudo + head + b"\0\0" + data)) + data
    packet = struct.pack("!IHBB", 6 << 28, len(udp), 17, 255) + at + at + udp
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    s.send(bytes.fromhex(mac.replace(":", "")) + b"\2\0\0\0\0\1\x86\xdd" + packet)


WAYS = {"questions": questions, "errors": errors, "flows": flows, "ports": ports, "silent": silent, "forge": forge}
WAYS[sys.argv[1]](*sys.argv[2:])
