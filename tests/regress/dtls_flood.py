# SPDX-License-Identifier: Apache-2.0
"""ClientHellos from addresses and ports that nobody answers from: what does the server say, and what does it keep?

usage: dtls_flood.py ADDRESS:PORT COUNT PID    that many, twice; the process's memory is compared before and after the second time
       dtls_flood.py ADDRESS:PORT              "begun" when there are answers, then on and on

Fails when an answer is larger than what it answers, when there are hardly any, or when the memory grows by 100 kB.
"""
import random
import socket
import struct
import sys
import time

GROWTH = 100  # kB
R = random.Random(6347)


def extension(kind, body):
    return struct.pack("!HH", kind, len(body)) + body


def listed(body, size="!H"):
    return struct.pack(size, len(body)) + body


def hello(extensions=b"", cookie=b"", suites=b"\xc0\xae\xc0\x2b", fragment=None, legacy=b"\xfe\xfd"):
    """A ClientHello in a record, RFC 6347 4.2.1; fragment: only so many bytes of it."""
    body = legacy + R.randbytes(32) + b"\0" + listed(cookie, "!B") + listed(suites) + b"\1\0"
    if extensions:
        body += listed(extensions)
    part = body if fragment is None else body[:fragment]
    message = b"\1" + len(body).to_bytes(3, "big") + b"\0\0" + b"\0\0\0" + len(part).to_bytes(3, "big") + part
    return b"\x16\xfe\xfd" + bytes(8) + listed(message)


def modern(share=True, cookie=None):
    """Extensions of DTLS 1.3."""
    point = b"\4" + R.randbytes(64)
    e = extension(43, b"\2\xfe\xfc") + extension(10, listed(b"\0\x17\0\x1d")) + extension(13, listed(b"\4\3\8\7"))
    e += extension(51, listed(b"\0\x17" + listed(point) if share else b""))
    if cookie is not None:
        e += extension(44, listed(cookie))
    return e


AES = b"\x13\1\x13\4\x13\5"
KINDS = (
    lambda: hello(),
    lambda: hello(cookie=R.randbytes(32)),
    lambda: hello(extension(10, listed(b"\0\x17")) + extension(11, b"\1\0") + extension(1, b"\2")),
    lambda: hello(modern(), suites=AES),
    lambda: hello(modern(share=False), suites=AES),
    lambda: hello(modern(cookie=R.randbytes(66)), suites=AES),
    lambda: hello(modern(cookie=R.randbytes(66)) + extension(21, bytes(900)), suites=AES, fragment=700),
    lambda: hello(modern() + extension(21, bytes(1100)), suites=AES, fragment=900),
    lambda: hello(modern(), suites=AES) + R.randbytes(R.randrange(1, 400)),
    lambda: hello(modern(), suites=AES)[: R.randrange(1, 160)],
    lambda: hello(R.randbytes(R.randrange(1, 300))),
    lambda: hello(legacy=b"\3\3"),
    lambda: R.randbytes(R.randrange(0, 1200)),
    lambda: bytes(1472),
)


def memory(pid):
    """What the process has for itself, in kB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        sizes = dict(line.split()[:2] for line in f.readlines()[1:])
    return int(sizes["Private_Dirty:"]) + int(sizes["Private_Clean:"]) + int(sizes["Swap:"])


def one(to, answers):
    """From an address and a port of its own; what answers is compared with what was sent."""
    data = R.choice(KINDS)()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    s.bind((f"127.{R.randrange(1, 255)}.{R.randrange(256)}.{R.randrange(1, 255)}", 0))
    s.sendto(data, to)
    answers.append((s, len(data)))


def collect(answers):
    """How many answered; none may be larger than what it answers."""
    got = 0
    for s, asked in answers:
        total = 0
        try:
            while True:
                total += len(s.recv(65536))
        except BlockingIOError:
            pass
        s.close()
        if total > asked:
            sys.exit(f"an answer of {total} bytes to {asked}")
        got += total > 0
    answers.clear()
    return got


def flood(to, count):
    """In steps, so that answers can be looked at; yields how many there were."""
    answers = []
    for i in range(count):
        one(to, answers)
        if i % 50 == 49:
            time.sleep(0.004)  # the server's queue is not what is tried here
            yield collect(answers)
    time.sleep(0.1)
    yield collect(answers)


def is_sanitized(pid):
    """Then freed memory is kept on purpose."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as f:
        return "libasan" in f.read()


host, port = sys.argv[1].rsplit(":", 1)
to = (host, int(port))
if len(sys.argv) == 2:
    if any(flood(to, 1000)):
        print("begun", flush=True)
    while any(flood(to, 1000)):
        pass
    sys.exit("no answers any more")
count, pid = int(sys.argv[2]), sys.argv[3]
sum(flood(to, count))
before = memory(pid)
got = sum(flood(to, count))
grown = memory(pid) - before
print(f"{got} of {count} answered, {before} kB, {grown} kB more afterwards")
if got < count // 10 or (grown >= GROWTH and not is_sanitized(pid)):
    sys.exit(1)
