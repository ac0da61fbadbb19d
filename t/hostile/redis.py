#!/usr/bin/env python3
"""A server that takes Redis commands and answers as the first one says.

    redis.py

It takes a free port, which is printed once it listens, and ends when its
standard input does.  For "EVAL SCRIPT ..." the script is a list of words:

    send=BYTES  sent as it is, percent-encoded
    fill=N      N times the byte "x"
    nest=N      N arrays of one element, each in the one before
    step=N      what follows is sent in pieces of N bytes
    sleep=MS    waits
    close       closes the connection
    reset       resets it

Any other command is answered with "+OK", and "ECHO" with its argument.
"""

import socket
import struct
import sys
import threading
import time
import urllib.parse


def read_line(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    return line[1:-2]


def read_command(stream):
    args = []
    for _ in range(int(read_line(stream))):
        size = int(read_line(stream))
        args.append(stream.read(size))
        stream.read(2)
    return args


def send(conn, data, step):
    if not step:
        conn.sendall(data)
        return
    for at in range(0, len(data), step):
        conn.sendall(data[at:at + step])
        time.sleep(0.001)


def act(conn, script):
    step = 0
    for word in script.split():
        name, _, value = word.partition("=")
        if name == "send":
            send(conn, urllib.parse.unquote_to_bytes(value), step)
        elif name == "fill":
            left = int(value)
            while left > 0:
                send(conn, b"x" * min(left, 65536), step)
                left -= 65536
        elif name == "nest":
            send(conn, b"*1\r\n" * int(value), step)
        elif name == "step":
            step = int(value)
        elif name == "sleep":
            time.sleep(int(value) / 1000)
        elif name == "close":
            return False
        elif name == "reset":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
            return False
    return True


def serve(conn):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = conn.makefile("rb")
    try:
        while True:
            args = read_command(stream)
            if args[0] == b"EVAL":
                if not act(conn, args[1].decode()):
                    break
            elif args[0] == b"ECHO":
                conn.sendall(b"$%d\r\n%s\r\n" % (len(args[1]), args[1]))
            else:
                conn.sendall(b"+OK\r\n")
    except (EOFError, OSError, ValueError, IndexError):
        pass
    stream.close()
    conn.close()


def main():
    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(server.getsockname()[1], flush=True)

    def accept():
        while True:
            conn, _ = server.accept()
            threading.Thread(target=serve, args=(conn,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


main()
