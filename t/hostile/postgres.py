"""TLS in front of a PostgreSQL server, in records of 16 KB, the last one of an
answer among them: as a server of PostgreSQL 17 may send them, and as no buffer
of libpq's has to have room for.

    postgres.py PORT KEY CERTIFICATE     prints the port that it listens on

It ends when its standard input does.
"""

import select
import socket
import ssl
import sys
import threading

RECORD = 16384

port, key, certificate = int(sys.argv[1]), sys.argv[2], sys.argv[3]

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def answer(server, client):
    """All that comes until nothing does for a moment, as a whole."""
    whole = b""
    while select.select([server], [], [], 0.05 if whole else None)[0]:
        data = server.recv(1 << 20)
        if not data:
            break
        whole += data

    rest = len(whole) % RECORD
    if rest:
        client.sendall(whole[:rest])
    for i in range(rest, len(whole), RECORD):
        client.sendall(whole[i:i + RECORD])

    return whole


def downstream(server, client):
    try:
        while answer(server, client):
            pass
    except OSError:
        pass


def serve(plain):
    plain.recv(8, socket.MSG_WAITALL)
    plain.sendall(b"S")
    try:
        client = context.wrap_socket(plain, server_side=True)
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=downstream, args=(server, client),
                         daemon=True).start()
        while data := client.recv(65536):
            server.sendall(data)
        server.close()
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],),
                         daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
