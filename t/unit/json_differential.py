#!/usr/bin/env python3
#
# Copyright (C) The asyncapi module authors
#
# The verdict of the validator against that of Python's json module, made
# strict, on random values and case files changed at random:
#
#     t/unit/json_differential.py build/unit/json_differential [COUNT [SEED]]

import glob
import json
import random
import struct
import subprocess
import sys

DEPTH = 512


def refuse(name):
    raise ValueError(name)


def check(value, depth=0):
    """What Python's json lets pass: deep nesting, lone surrogates."""
    if isinstance(value, str):
        value.encode('utf-8')
    elif isinstance(value, list):
        if depth == DEPTH:
            raise ValueError('depth')
        for item in value:
            check(item, depth + 1)
    elif isinstance(value, Members):
        if depth == DEPTH:
            raise ValueError('depth')
        for name, item in value.pairs:
            check(name)
            check(item, depth + 1)


class Members:
    """An object with all its members, of the same name too."""

    def __init__(self, pairs):
        self.pairs = pairs


def python_accepts(text):
    try:
        check(json.loads(text.decode('utf-8'), parse_constant=refuse,
                         parse_int=len, parse_float=len,
                         object_pairs_hook=Members))
    except (ValueError, RecursionError):
        return False
    return True


PIECES = [b'"', b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b' ', b'\n',
          b'\t', b'-', b'+', b'.', b'0', b'1', b'9', b'e', b'E', b'null',
          b'true', b'false', b'\\u0041', b'\\ud83d\\ude00', b'\\ud83d',
          b'\\ude00', b'\\n', b'\\\\', b'\\"', b'{}', b'[]', b'""', b'"a":',
          b'NaN', b'Infinity', b'\x00', b'\x1f', b'\x7f', b'\x80', b'\xc3\xa9',
          b'\xe6\xbc\xa2', b'\xf0\x9f\x98\x80', b'\xed\xa0\x80', b'\xc0\xaf',
          b'\xf4\x90\x80\x80', b'\xef\xbb\xbf', b'\xe2\x80\xa8', b'a' * 33]

WORDS = ['id', 'name', '', 'long text ' * 6, 'é', '漢字', '😀', 'a"b', 'a\\b',
         'tab\t', '\x00', '/', '\u2028', 'x' * 16, 'x' * 63]


def value(depth=0):
    kind = random.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        return random.randrange(-10 ** random.randrange(1, 20), 10 ** 9)
    if kind == 2:
        return random.uniform(-1, 1) * 10 ** random.randrange(-30, 30)
    if kind < 6:
        return random.choice(WORDS)
    if kind == 6:
        return [value(depth + 1) for _ in range(random.randrange(5))]
    return {random.choice(WORDS): value(depth + 1)
            for _ in range(random.randrange(5))}


def text(files):
    if random.random() < 0.5:
        t = random.choice(files)
    else:
        t = json.dumps(value(), ensure_ascii=random.random() < 0.5,
                       indent=random.choice([None, None, 1, 4]),
                       separators=random.choice([None, (',', ':')])).encode()

    if random.random() < 0.3:
        # to anywhere in the blocks that the validator takes it by
        t = (b'[' + b' ' * random.randrange(70)
             + b'"%s",' % (b'a' * random.randrange(70)) + t + b']')

    for _ in range(random.choice([0, 1, 1, 1, 2, 3])):
        at = random.randrange(len(t) + 1)
        how = random.randrange(6)
        if how == 0:
            t = t[:at] + t[at + random.randrange(1, 4):]
        elif how == 1:
            t = t[:at]
        elif how == 2:
            t = t[:at] + bytes([random.randrange(256)]) + t[at + 1:]
        elif how == 3:
            t = t[:at] + t[at:at + random.randrange(1, 40)] + t[at:]
        else:
            t = t[:at] + random.choice(PIECES) + t[at:]

    return t


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    sys.setrecursionlimit(10000)

    files = [open(name, 'rb').read()
             for name in sorted(glob.glob('t/unit/json/*.json'))]
    files = [t for t in files if len(t) < 6000]
    if not files:
        sys.exit('no t/unit/json/*.json from here')

    validator = subprocess.Popen([program, '-'], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
    accepted = differ = 0

    for _ in range(count):
        t = text(files)

        validator.stdin.write(struct.pack('<I', len(t)) + t)
        validator.stdin.flush()

        answer = validator.stdout.read(1)
        ours = answer == b'1'
        theirs = python_accepts(t)

        if answer not in (b'0', b'1'):
            sys.exit('the forms do not agree: %r' % t)

        accepted += ours

        if ours != theirs:
            differ += 1
            print('ours %s, Python\'s %s: %r' % (ours, theirs, t))

    validator.stdin.close()

    print('%d texts, %d accepted, %d verdicts differ'
          % (count, accepted, differ))

    sys.exit(1 if differ or validator.wait() else 0)


main()
