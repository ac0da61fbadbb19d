#!/usr/bin/env python3
"""An HTTP server that is sent several requests over one connection.

    pipeline.py

It takes a free port of 127.0.0.1 and prints it; it ends when its standard input
does.  The answer to /x is {"n":"x","conn":N}, with "x" in X-N, where N counts the
connections.  In the query:

    delay=MS       the answer comes later
    size=N         it has N bytes more, "x"
    chunked=1      in chunks of 1000 bytes
    step=N         it is sent in pieces of N bytes, a millisecond between them
    hang=1         none comes, and none for the requests behind it
    close=1        it says "Connection: close", and so does the server
    fin=1, rst=1   the connection ends after it without a word
    cut=N          the connection ends within it, after N bytes
    old=1          it is of HTTP/1.0, and the connection is kept
    bad=1          it is "400 Bad Request", and the connection ends
    twice=1        it comes twice
    junk=1         it is no HTTP
    gzip=1         it is compressed, if that is asked for
    first=NAME     "hang", "rst", ...: only the first time that x is asked for

/log gives and forgets what there was: for each connection an object of "paths",
"most": how many requests were waiting at a time, and "reads": how many came
with each of the reads that brought any.  Of what is not GET or HEAD the method
stands before the path.
"""

import gzip
import json
import os
import select
import socket
import struct
import threading
import time
import urllib.parse

lock = threading.Lock()
conns = []
asked = set()


class Gone(Exception):
    pass


class Conn:
    def __init__(self, sock):
        self.sock = sock
        self.data = b""
        self.waiting = 0
        self.seen = {"paths": [], "most": 0, "reads": []}
        with lock:
            conns.append(self.seen)
            self.number = len(conns)

    def read(self):
        before = self.data.count(b"\r\n\r\n")
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        self.data += data
        came = self.data.count(b"\r\n\r\n") - before
        if came:
            self.seen["reads"].append(came)
        self.waiting = self.data.count(b"\r\n\r\n")
        self.seen["most"] = max(self.seen["most"], self.waiting)

    def read_more(self):
        while select.select([self.sock], [], [], 0)[0]:
            self.read()

    def pause(self, seconds):
        """Waits, and sees what comes meanwhile."""
        end = time.time() + seconds
        while True:
            left = end - time.time()
            if left <= 0:
                return
            if select.select([self.sock], [], [], left)[0]:
                self.read()

    def head(self):
        while b"\r\n\r\n" not in self.data:
            self.read()
        self.read_more()
        return self.data.partition(b"\r\n\r\n")[0].decode("latin-1")

    def skip(self):
        _, _, self.data = self.data.partition(b"\r\n\r\n")

    def send(self, data, step):
        step = step or max(len(data), 1)
        for i in range(0, len(data), step):
            self.sock.sendall(data[i:i + step])
            if step < len(data):
                time.sleep(0.001)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        raise Gone


def log(conn):
    with lock:
        conn.seen["reads"][-1] -= 1
        conn.seen["reads"] = [n for n in conn.seen["reads"] if n]
        seen = [conn for conn in conns if conn["paths"]]
        data = json.dumps(seen, separators=(",", ":"))
        for conn in conns:
            conn.update(paths=[], most=0, reads=[])
        asked.clear()
    return data.encode()


def answer(conn, path, head, query):
    version = "1.0" if "old" in query else "1.1"
    body = b'{"n":"%s","conn":%d}' % (path.encode(), conn.number)
    body += b"x" * int(query.get("size", 0))
    lines = ["HTTP/%s 200 OK" % version, "Content-Type: application/json",
             "X-N: " + path]

    if "size" in query:
        lines[1] = "Content-Type: text/plain"
    if path == "log":
        body = log(conn)
    if "gzip" in query and "\r\nAccept-Encoding: gzip" in head:
        lines.append("Content-Encoding: gzip")
        body = gzip.compress(body)
    if "old" in query:
        lines.append("Connection: keep-alive")
    if "close" in query:
        lines.append("Connection: close")

    if "chunked" in query:
        lines.append("Transfer-Encoding: chunked")
        data = b"".join(b"%x\r\n%b\r\n" % (len(body[i:i + 1000]),
                                           body[i:i + 1000])
                        for i in range(0, len(body), 1000)) + b"0\r\n\r\n"
    else:
        lines.append("Content-Length: %d" % len(body))
        data = body

    if head.startswith("HEAD "):
        data = b""

    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def serve_one(conn):
    head = conn.head()
    method, target = head.split(" ")[:2]
    path, _, text = target.partition("?")
    path = path[1:]
    query = dict(urllib.parse.parse_qsl(text))

    with lock:
        if "first" in query and path not in asked:
            query[query["first"]] = "1"
        asked.add(path)

    if path != "log":
        conn.seen["paths"].append(path if method in ("GET", "HEAD")
                                  else method + " " + path)

    if "delay" in query:
        conn.pause(int(query["delay"]) / 1000)
    if "hang" in query:
        conn.pause(3600)
    if "bad" in query:
        conn.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                  b"Connection: close\r\n\r\n", 0)
        raise Gone

    data = answer(conn, path, head, query)

    if "junk" in query:
        data = b"junk " * 10
    if "twice" in query:
        data += data
    if "cut" in query:
        data = data[:int(query["cut"])]

    conn.skip()
    conn.send(data, int(query.get("step", 0)))

    if "rst" in query:
        conn.reset()
    if "fin" in query or "close" in query or "cut" in query:
        raise Gone


def serve(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    conn = Conn(sock)
    try:
        while True:
            serve_one(conn)
    except (Gone, OSError):
        pass
    finally:
        sock.close()


def accept(listening):
    while True:
        sock, _ = listening.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


def main():
    listening = socket.create_server(("127.0.0.1", 0), backlog=511)
    threading.Thread(target=accept, args=(listening,), daemon=True).start()

    print(listening.getsockname()[1], flush=True)

    while os.read(0, 4096):
        pass


main()
