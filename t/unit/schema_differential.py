#!/usr/bin/env python3
#
# Copyright (C) The asyncapi module authors
#
# The verdict on random instances of random schemas against that of Python's
# jsonschema (Debian's python3-jsonschema), by cases that it writes:
#
#     t/unit/schema_differential.py build/unit/schema_suite [COUNT [SEED]]

import json
import random
import subprocess
import sys
import tempfile

import jsonschema

NAMES = ['a', 'b', 'ab', 'x', 'é']
WORDS = ['', 'a', 'ab', 'abc', 'é', '😀😀', 'A1', '12']
NUMBERS = [0, 1, 2, 3, 5, 10, -1, 0.5, 1.5, 1.0, 9007199254740993,
           9007199254740992]
PATTERNS = ['^a', 'b$', '[0-9]', '^.{2}$', 'a|é']
TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']


def value(depth=0):
    kind = random.randrange(7 if depth < 3 else 4)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        return random.choice(NUMBERS)
    if kind < 4:
        return random.choice(WORDS)
    if kind == 4:
        return [value(depth + 1) for _ in range(random.randrange(5))]
    return {random.choice(NAMES): value(depth + 1)
            for _ in range(random.randrange(4))}


def schema(depth=0):
    if depth > 3 or random.random() < 0.1:
        return random.choice([True, False, {}, {'type': random.choice(TYPES)}])
    made = {}
    for _ in range(random.randrange(1, 4)):
        name, make = random.choice(KEYWORDS)
        made[name] = make(depth + 1)
    return made


def some(make, least=0):
    return lambda d: [make(d) for _ in range(random.randrange(least, 4))]


def members(names, make):
    return lambda d: {random.choice(names): make(d)
                      for _ in range(random.randrange(1, 4))}


def names(_=0):
    return random.sample(NAMES, random.randrange(3))


def count(_):
    return random.randrange(4)


def number(_):
    return random.choice(NUMBERS)


KEYWORDS = [
    ('type', lambda d: random.choice(TYPES)),
    ('type', lambda d: random.sample(TYPES, random.randrange(1, 4))),
    ('enum', lambda d: [value(1) for _ in range(random.randrange(1, 8))]),
    ('const', lambda d: value(1)),
    ('minimum', number), ('maximum', number),
    ('exclusiveMinimum', number), ('exclusiveMaximum', number),
    ('multipleOf', lambda d: random.choice([1, 2, 3, 5])),
    ('minLength', count), ('maxLength', count),
    ('pattern', lambda d: random.choice(PATTERNS)),
    ('items', schema), ('prefixItems', some(schema, 1)),
    ('contains', schema), ('minContains', count), ('maxContains', count),
    ('minItems', count), ('maxItems', count),
    ('uniqueItems', lambda d: random.random() < 0.8),
    ('properties', members(NAMES, schema)),
    ('patternProperties', members(PATTERNS, schema)),
    ('additionalProperties', schema), ('propertyNames', schema),
    ('required', names), ('minProperties', count), ('maxProperties', count),
    ('dependentRequired', members(NAMES, names)),
    ('dependentSchemas', members(NAMES, schema)),
    ('allOf', some(schema, 1)), ('anyOf', some(schema, 1)),
    ('oneOf', some(schema, 1)), ('not', schema),
    ('if', schema), ('then', schema), ('else', schema),
    ('unevaluatedItems', schema), ('unevaluatedProperties', schema),
    ('$ref', lambda d: random.choice(['#/$defs/a', '#/$defs/b'])),
]


def root():
    made = schema()
    if not isinstance(made, dict):
        return made
    made['$defs'] = {'a': {'type': ['array', 'object', 'string'],
                           'items': {'$ref': '#/$defs/a'},
                           'minLength': 1},
                     'b': {'properties': {'a': {'$ref': '#/$defs/b'},
                                          'b': {'type': 'integer'}}}}
    return made


def dumps(made):
    return json.dumps(made, ensure_ascii=False)


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else None)
    groups = []

    for number_of in range(rounds):
        made = root()
        validator = jsonschema.Draft202012Validator(made)
        tests = []
        for _ in range(8):
            instance = value()
            tests.append({'description': 'x', 'data': instance,
                          'valid': validator.is_valid(instance)})
        groups.append({'description': dumps(made).replace('"', "'"),
                       'schema': made, 'tests': tests})

    with tempfile.NamedTemporaryFile('w', suffix='.json') as cases:
        cases.write(dumps(groups))
        cases.flush()
        sys.exit(subprocess.call([program, cases.name]))


main()
