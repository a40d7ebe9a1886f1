"""Reads measurements, checks them, and reports what they say in several forms."""

import csv
import hashlib
import io
import json
import os
import re
import struct
import sys
import textwrap
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal, getcontext
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import groupby, islice, pairwise
from statistics import linear_regression, mean, stdev

FOLDER = sys.argv[1]


class BadLine(ValueError):
    pass


@dataclass(order=True)
class Reading:
    minute: int
    station: str = field(compare=False)
    celsius: float = field(compare=False)

    PATTERN = re.compile(r'(?P<h>\d\d):(?P<m>[0-5]\d)\s+(?P<station>[^\W\d_]+)\s+(?P<value>[-+]?\d+\.\d)°C')

    @classmethod
    def parse(cls, line):
        match = cls.PATTERN.fullmatch(line)
        if match is None:
            raise BadLine(f'not a reading: {line!r}')
        return cls(int(match['h']) * 60 + int(match['m']), match['station'], float(match['value']))


@contextmanager
def noted(log):
    try:
        yield
    except BadLine as error:
        log.append(error)


log, readings = [], []
with open(os.path.join(FOLDER, 'readings.txt'), encoding='utf-8') as lines:
    for line in map(str.strip, lines):
        with noted(log):
            readings.append(Reading.parse(line))
print(f'{len(readings)} readings, {len(log)} refused:', *log, sep='\n  ')

by_station = defaultdict(list)
for reading in sorted(readings):
    by_station[reading.station].append(reading)
for station, own in sorted(by_station.items()):
    values = [reading.celsius for reading in own]
    slope, intercept = linear_regression([reading.minute for reading in own], values)
    print(f'{station:>8}: {mean(values):7.3f} ± {stdev(values):.3f}, slope {slope:+.6f}, {intercept!r}')
    print(' ' * 8, [round(b - a, 1) for a, b in pairwise(values)])

path = os.path.join(FOLDER, 'out.json')
with open(path, 'w') as out:
    json.dump([asdict(reading) for reading in readings], out, ensure_ascii=False, sort_keys=True)
with open(path, 'rb') as back:
    data = back.read()
assert [Reading(**item) for item in json.loads(data)] == readings
print(len(data), hashlib.sha256(data).hexdigest())
os.remove(path)

table = io.StringIO()
csv.writer(table).writerows((key, len(list(group))) for key, group in groupby(sorted(readings), lambda r: r.minute // 60))
print(table.getvalue().replace('\r\n', ';'))


@lru_cache(maxsize=None)
def ways(amount, coins=(200, 100, 50, 20, 10, 5, 2, 1)):
    if amount == 0:
        return 1
    return sum(ways(amount - coin, coins[i:]) for i, coin in enumerate(coins) if coin <= amount)


def primes():
    found = []
    for n in range(2, 10**6):
        if all(n % p for p in found if p * p <= n):
            found.append(n)
            yield n


getcontext().prec = 40
print(ways(200), Decimal(2).sqrt(), sum(map(Fraction, ['1/3', '1/6', '1/2'])), 2**0.5, 0.1 + 0.2)
print(list(islice(primes(), 25)), reduce(lambda a, b: a * b, range(1, 31)), pow(3, 10**18, 10**9 + 7))
print(struct.pack('<hIqd', -2, 7, -(2**40), 1.5).hex(), Counter('mississippi').most_common(3))
print(textwrap.fill('Straße ' * 12, 40).casefold(), '\N{SNOWMAN}'.encode(), sorted(os.listdir(FOLDER)))


def deep(n):
    return n if n == 0 else 1 + deep(n - 1)


try:
    deep(10**6)
except RecursionError as error:
    print(type(error).__name__, deep(500))
try:
    {}['missing']
except KeyError as error:
    try:
        raise RuntimeError('while looking') from error
    except RuntimeError as outer:
        print(repr(outer), repr(outer.__cause__))
match json.loads('{"kind": "point", "at": [1, 2, 3]}'):
    case {'kind': 'point', 'at': [x, *rest]}:
        print(x, rest)
sys.exit(len(log))
