#!/usr/bin/env python3
"""An HTTP server that answers exactly as the request's query tells it to.

    http.py [PORT [UNIX_SOCKET [CERTIFICATE KEY]]]

Without PORT it takes a free one; the port is printed once it listens.  With a
certificate the port is one of TLS.  It ends when its standard input does.  In
the query:

    a=BYTES     the answer, percent-encoded, sent as it is; otherwise an
                answer that shows the request's own bytes as a JSON string
    fill=N      N times the byte "x" behind it
    gzip=N      a JSON string of N bytes behind it, as gzip in chunks
    noise=1     that string is of random letters, and not of one
    step=N      in pieces of N bytes
    delay=MS    between the pieces
    head=MS     before the first one
    cut=N       only the first N bytes
    end=fin     then the connection is closed; by default it is kept
    end=notify  then it is closed as TLS wants it: fin says no close_notify
    end=rst     then it is reset
    end=shut    then it is closed for writing only
    early=N     the answer is sent after N bytes of the body, and half a second
                later the others are read
    repeat=N    the answer N times, "repeat=-1" without end
    once=BYTES  the answer for the second and further requests of a connection
    first=N     all of this for the first N requests of this URL only, the
                others get the answer that shows them

"/log" gives the log: "METHOD PATH connection:request" of each request so far,
and "open"/"closed" of the connections, as a JSON array of strings; with
"only=PATH" it is the number of the requests with that path.  "/open"
gives the number of connections that are open, itself included; "/most" the
largest number of requests that had a "head" at a time since it was last asked.
"""

import gzip
import json
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

lock = threading.Lock()
log = []
urls = {}
number = 0
opened = 0
busy = 0
most = 0


def note(text):
    with lock:
        log.append(text)


def read_head(conn, rest):
    while b"\r\n\r\n" not in rest:
        data = conn.recv(65536)
        if not data:
            return None, rest
        rest += data
    head, _, rest = rest.partition(b"\r\n\r\n")
    return head, rest


def content_length(head):
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def read_body(conn, rest, length):
    while len(rest) < length:
        data = conn.recv(min(65536, length - len(rest)))
        if not data:
            break
        rest += data
    return rest[:length], rest[length:]


def ok(value):
    body = json.dumps(value).encode()
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)) + body


def gzipped(query):
    n = int(query["gzip"]) - 2
    text = b"x" * n
    if "noise" in query:
        text = bytes(random.choices(b"abcdefghijklmnopqrstuvwxyz", k=n))
    data = gzip.compress(b'"' + text + b'"')
    return b"".join(b"%x\r\n%b\r\n" % (len(data[i:i + 5000]), data[i:i + 5000])
                    for i in range(0, len(data), 5000)) + b"0\r\n\r\n"


def fields(query):
    # "+" is a byte like any other here
    pairs = [part.partition("=") for part in query.split("&") if part]
    return {k: urllib.parse.unquote_to_bytes(v) for k, _, v in pairs}


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    conn.close()


def send(conn, answer, query):
    def get(name, default):
        return int(query.get(name, default))

    if "head" in query:
        work(get("head", 0))

    cut = get("cut", -1)
    if cut >= 0:
        answer = answer[:cut]

    step = get("step", 0) or max(len(answer), 1)
    delay = get("delay", 0) / 1000
    repeat = get("repeat", 1)

    while repeat:
        for i in range(0, len(answer), step):
            if i and delay:
                time.sleep(delay)
            conn.sendall(answer[i:i + step])
        repeat -= 1


# what takes its time is over before a byte of the answer is sent

def work(ms):
    global busy, most

    with lock:
        busy += 1
        most = max(most, busy)

    time.sleep(ms / 1000)

    with lock:
        busy -= 1


def most_busy():
    global most

    with lock:
        most, was = 0, most
    return was


def serve_one(conn, rest, n, request):
    """One request; returns what is left of the bytes, or None."""
    head, rest = read_head(conn, rest)
    if head is None:
        return None

    line = head.split(b"\r\n")[0].decode("latin-1")
    method, target = line.split(" ")[:2]
    path, _, text = target.partition("?")
    query = fields(text)

    note("%s %s %d:%d" % (method, path, n, request))

    with lock:
        urls[target] = urls.get(target, 0) + 1
        if urls[target] > int(query.get("first", urls[target])):
            query = {}

    length = content_length(head)
    early = int(query.get("early", -1))

    if early >= 0:
        body, rest = read_body(conn, rest, min(early, length))
    else:
        body, rest = read_body(conn, rest, length)

    if path == "/log":
        only = query.get("only", b"").decode()
        with lock:
            if only:
                answer = ok(sum(only == n.split(" ")[1] for n in log))
            else:
                answer = ok(list(log))
                log.clear()
    elif path == "/open":
        answer = ok(opened)
    elif path == "/most":
        answer = ok(most_busy())
    elif "a" in query:
        answer = query["a"] + b"x" * int(query.get("fill", 0))
        if "gzip" in query:
            answer += gzipped(query)
    else:
        answer = ok((head + b"\r\n\r\n" + body).decode("latin-1"))

    if request > 1 and "once" in query:
        answer = query["once"]

    send(conn, answer, query)

    end = query.get("end", b"")

    if end == b"rst":
        reset(conn)
        return None
    if end == b"shut":
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(65536):
            pass
        return None
    if end == b"notify":
        conn.unwrap()
        return None
    if end == b"fin":
        return None

    if early >= 0:
        time.sleep(0.5)
        _, rest = read_body(conn, body + rest, length)

    return rest


def serve(conn, tls):
    global number, opened

    with lock:
        number += 1
        opened += 1
        n = number

    rest = b""
    request = 0

    try:
        if conn.family != socket.AF_UNIX:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            conn = tls.wrap_socket(conn, server_side=True,
                                   suppress_ragged_eofs=False)
        while rest is not None:
            request += 1
            rest = serve_one(conn, rest, n, request)
    except OSError:
        pass
    finally:
        conn.close()
        with lock:
            opened -= 1


def accept(listening, tls):
    while True:
        conn, _ = listening.accept()
        threading.Thread(target=serve, args=(conn, tls), daemon=True).start()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    tls = None

    if len(sys.argv) > 4:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[3], sys.argv[4])

    listening = socket.create_server(("127.0.0.1", port), backlog=511)
    threading.Thread(target=accept, args=(listening, tls), daemon=True).start()

    if len(sys.argv) > 2 and sys.argv[2]:
        local = socket.socket(socket.AF_UNIX)
        local.bind(sys.argv[2])
        local.listen(511)
        threading.Thread(target=accept, args=(local, None), daemon=True).start()

    print(listening.getsockname()[1], flush=True)

    while os.read(0, 4096):
        pass


main()
