# SPDX-License-Identifier: Apache-2.0
"""Carries one HTTPS exchange after the other to another server, byte by byte, as a TLS client with a certificate.

usage: as_client.py SERVER-CERT SERVER-KEY CLIENT-CERT CLIENT-KEY HOST:PORT
Prints the port on which it listens; ends when its standard input does.
"""
import select
import socket
import ssl
import sys
import threading


def relay(source, sink):
    """Pass on what is there; False at the end. One thread does both directions: a TLS connection stands no two."""
    source.settimeout(0)
    try:
        data = source.recv(65536)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    sink.settimeout(30)
    sink.sendall(data)
    return bool(data)


def carry(near, far):
    other = {near: far, far: near}
    going = True
    while going:
        ready = [end for end in other if end.pending()] or select.select(list(other), [], [])[0]
        going = all([relay(end, other[end]) for end in ready])
    for end in other:
        try:
            end.settimeout(1)
            end.unwrap()
        except OSError:
            pass
        end.close()


def serve(listener, server, client, where):
    while True:
        raw, _ = listener.accept()
        try:
            near = server.wrap_socket(raw, server_side=True)
            far = client.wrap_socket(socket.create_connection(where))
        except OSError as error:
            print(error, file=sys.stderr)
            continue
        carry(near, far)


def main():
    cert, key, client_cert, client_key, where = sys.argv[1:]
    host, port = where.rsplit(":", 1)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.load_cert_chain(client_cert, client_key)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    args = (listener, server, client, (host, int(port)))
    threading.Thread(target=serve, args=args, daemon=True).start()
    sys.stdin.read()


main()
