#!/usr/bin/env python3
"""A DNS server, over UDP, of one name for each kind of answer.

    dns.py

It takes a free port of 127.0.0.1 and prints it; it ends when its standard input
does.  A name is words with dashes, and ".test":

    a-1, a-2, a-9       has 127.0.0.1, .2 or .9 as an address; several: several
    aaaa                has ::1
    turn                each A query gets the next of its addresses
    ttl0, ttl1, ttl60   how long it may be kept (300 s if nothing is said)
    after300            the answer comes 300 ms later
    silent              none comes
    nxdomain, servfail  an error
    cname               an alias of "a-1.test"
    garbage             bytes that are no DNS
    other               the answer is to another question
"""

import os
import socket
import struct
import threading
import time

turns = {}


def name_of(data):
    labels = []
    i = 12
    while data[i]:
        labels.append(data[i + 1:i + 1 + data[i]].decode("latin-1"))
        i += 1 + data[i]
    return ".".join(labels), i + 1


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in name.split(".")) + b"\0"


def record(name, kind, ttl, data):
    return name + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def addresses(name, words, kind):
    if kind == 28:
        return [b"\0" * 15 + b"\1"] if "aaaa" in words else []
    found = [bytes([127, 0, 0, int(b)]) for a, b in zip(words, words[1:])
             if a == "a"]
    if "turn" in words and found:
        turn = turns.get(name, 0)
        turns[name] = turn + 1
        found = [found[turn % len(found)]]
    return found


def reply(query):
    """The answer to a query, and the seconds it is to wait; or None."""
    name, end = name_of(query)
    kind = struct.unpack("!H", query[end:end + 2])[0]
    words = name.split(".")[0].split("-")
    ttl = 300
    delay = 0
    code = 0

    for word in words:
        if word.startswith("ttl"):
            ttl = int(word[3:])
        if word.startswith("after"):
            delay = int(word[5:]) / 1000

    if "silent" in words:
        return None
    if "garbage" in words:
        return b"\xff" * 40, delay

    answers = [record(b"\xc0\x0c", kind, ttl, data)
               for data in addresses(name, words, kind)]

    if "cname" in words:
        answers = [record(b"\xc0\x0c", 5, ttl, encode("a-1.test"))]
    if "nxdomain" in words:
        code = 3
    if "servfail" in words:
        code = 2

    question = query[12:end + 4]
    if "other" in words:
        question = encode("a-1-" + "x" * len(name)) + query[end:end + 4]

    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(answers),
                                   0, 0)
    return head + question + b"".join(answers), delay


def later(listening, data, address, delay):
    time.sleep(delay)
    listening.sendto(data, address)


def serve(listening):
    while True:
        query, address = listening.recvfrom(4096)
        answer = reply(query)
        if answer is None:
            continue
        data, delay = answer
        if delay:
            threading.Thread(target=later, daemon=True,
                             args=(listening, data, address, delay)).start()
        else:
            listening.sendto(data, address)


def main():
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listening,), daemon=True).start()

    print(listening.getsockname()[1], flush=True)

    while os.read(0, 4096):
        pass


main()
