#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes more than its share, as one host of a link may.

usage: greed.py questions|errors [ADDRESS%INTERFACE]:PORT

questions: some hundreds a second by CoAP, until SIGTERM.
errors: five confirmable messages that are no question; prints what each gets.
"""
import socket
import sys
import time

CORE = b"\xbb.well-known\x04core"


def address(text, kind):
    host, port = text.rsplit(":", 1)
    return socket.getaddrinfo(host.strip("[]"), int(port), socket.AF_INET6, kind)[0][4]


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
    s.settimeout(1)
    for what, data in (("ping", b"\x40\0\1\1"), ("broken", b"\x40\1\1\2\xff"), ("path", b"\x40\1\1\3\xb7nothing"),
                       ("method", b"\x40\2\1\4" + CORE), ("format", b"\x40\1\1\5" + CORE + b"\x60")):
        s.sendto(data, to)
        try:
            print(what, s.recv(100).hex())
        except socket.timeout:
            print(what, "silence")


{"questions": questions, "errors": errors}[sys.argv[1]](*sys.argv[2:])
