#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody on a registrar's link who answers a stateless join proxy in the registrar's name, until SIGTERM.

usage: hostile.py INTERFACE PORT KEPT

For each JPY message to that port: answers with the proxy's header changed by one bit, with a header of no key of its,
with the first header that it ever saw (which it keeps in the file KEPT, for the next time), and half a message.
"""
import os
import signal
import socket
import struct
import sys

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, UDP = 3, 0x0800, 0x86DD, 17
PACKET_OUTGOING = 4
HEADER = slice(3, 35)  # of a JPY message: array of two, byte string of 32 octets


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF or 0xFFFF


def parse(frame):
    """Ethernet header, addresses, ports and content of a UDP datagram; None: it is none."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == ETH_P_IPV6 and frame[20] == UDP:
        ends, at = (frame[22:38], frame[38:54]), 54
    elif kind == ETH_P_IP and frame[23] == UDP:
        ends, at = (frame[26:30], frame[30:34]), 14 + (frame[14] & 15) * 4
    else:
        return None
    ports = struct.unpack("!HHH", frame[at:at + 6])
    return frame[:14], ends, ports[:2], frame[at + 8:at + ports[2]]


def reply(ether, ends, ports, content):
    """A frame the other way."""
    source, to = ends[1], ends[0]
    udp = struct.pack("!HHHH", ports[1], ports[0], 8 + len(content), 0) + content
    pseudo = source + to + struct.pack("!II", len(udp), UDP)
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp)) + udp[8:]
    if len(source) == 16:
        ip = struct.pack("!IHBB", 6 << 28, len(udp), UDP, 64) + source + to
    else:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0) + source + to
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return ether[6:12] + ether[:6] + ether[12:14] + ip + udp


def lies(message, old):
    """What the registrar has never said."""
    tag = bytearray(message)
    tag[HEADER.stop - 1] ^= 1
    yield bytes(tag)
    yield message[:4] + os.urandom(31) + message[35:]
    yield message[:3] + old + message[35:]
    yield message[:len(message) // 2]


def main():
    name, port, kept = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((name, ETH_P_ALL))
    old, told = b"", 0
    if os.path.exists(kept):
        with open(kept, "rb") as f:
            old = f.read()

    def stop(*_):
        print("told %d" % told)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    print("ready", flush=True)
    while True:
        frame, where = s.recvfrom(65536)
        seen = parse(frame) if where[2] != PACKET_OUTGOING else None
        if not seen or seen[2][1] != port or seen[3][:3] != b"\x82\x58\x20":
            continue
        if not old:
            old = seen[3][HEADER]
            with open(kept, "wb") as f:
                f.write(old)
        for lie in lies(seen[3], old):
            s.send(reply(*seen[:3], lie))
            told += 1


main()
