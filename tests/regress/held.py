# SPDX-License-Identifier: Apache-2.0
"""A client that keeps one connection: for each line on standard input a request, for each answer a line with its status.

usage: held.py HOST:PORT CERT KEY     a line is: METHOD PATH [CONTENT-TYPE FILE]
"""
import http.client
import ssl
import sys

where, cert, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.load_cert_chain(cert, key)
server = http.client.HTTPSConnection(where, timeout=20, context=context)
server.connect()
server.auto_open = 0  # the first connection, or none
for line in sys.stdin:
    method, path, *rest = line.split()
    body = open(rest[1], "rb").read() if rest else None
    try:
        server.request(method, path, body, {"Content-Type": rest[0]} if rest else {})
        answer = server.getresponse()
        answer.read()
        print(answer.status, flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(repr(error), flush=True)
