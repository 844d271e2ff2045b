# SPDX-License-Identifier: Apache-2.0
"""A client that begins a request and falls silent; prints the first line of what it is told.

usage: slow.py HOST:PORT CERT KEY SECONDS      exit 1 if the server is silent for longer than that
"""
import socket
import ssl
import sys

where, cert, key, seconds = sys.argv[1:]
host, port = where.rsplit(":", 1)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.load_cert_chain(cert, key)
with socket.create_connection((host, int(port)), timeout=float(seconds)) as raw:
    with context.wrap_socket(raw) as server:
        server.sendall(b"P")
        answer = b""
        while data := server.recv(4096):
            answer += data
print(answer.split(b"\r\n")[0].decode())
