"""In front of a PostgreSQL server.  With a key and its certificate, TLS in records
of 16 KB, the last one of an answer among them: as a server of PostgreSQL 17 may
send them, and as no buffer of libpq's has to have room for.  Without, each answer
comes in two halves, with a pause between them.

    postgres.py PORT [KEY CERTIFICATE]   prints the port that it listens on

It ends when its standard input does.
"""

import select
import socket
import ssl
import sys
import threading
import time

RECORD = 16384

port = int(sys.argv[1])
context = None

if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[2])


def answer(server, client):
    """All that comes until nothing does for a moment, as a whole."""
    whole = b""
    while select.select([server], [], [], 0.05 if whole else None)[0]:
        data = server.recv(1 << 20)
        if not data:
            break
        whole += data

    if context is None:
        client.sendall(whole[:len(whole) // 2])
        time.sleep(0.03)
        client.sendall(whole[len(whole) // 2:])
        return whole

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
    try:
        client = plain
        if context:
            plain.recv(8, socket.MSG_WAITALL)
            plain.sendall(b"S")
            client = context.wrap_socket(plain, server_side=True)
        else:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
