#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints a random description of variables for test-document-against-go.sh.

  make-description.py SIZE SEED [plain]

SIZE is about the number of variables. With "plain" all names and strings are
such that Go 1.19 prints them as the newest Go does.

One operation a line. ID and MAP are numbers of variables, in the order of
their creation; 0 is the top level. Bytes (names, keys, strings) are an x and
hexadecimal digits; floats are their bits in hexadecimal.

  int ID [MAP KEY]        a new variable; with MAP and KEY under a key (or, at
  float ID [MAP KEY]      the top level, name) that is free
  string ID [MAP KEY]
  map ID [MAP KEY]
  func ID [0 KEY] VALUE   VALUE in prefix form: n t f iDECIMAL uDECIMAL dBITS
                          xBYTES [ VALUE... ] { xBYTES VALUE ... }
  iadd ID DECIMAL         Add and Set of Int, Float and String
  iset ID DECIMAL
  fadd ID BITS
  fset ID BITS
  sset ID BYTES
  put MAP KEY ID          Map.Set; at the top level Publish; ID "nil" is nil
  add MAP KEY DECIMAL     Map.Add
  addf MAP KEY BITS       Map.AddFloat
  delete MAP KEY
  clear MAP               Map.Init
"""
import random
import struct
import sys

DEEPEST = 60
PRINTABLE = "".join(map(chr, range(32, 127)))
ALWAYS_PLAIN = "".join(c for c in PRINTABLE if c not in "<>&") + "\n\r\täßéЖ日本語😀𝒳"
HOSTILE = PRINTABLE + '<>&"\\/\b\f\n\r\t\x01\x1f\x7f\x80\x85\xa0äéЖ日本\u2027\u2028\u2029\u202a\ufeff\ufffd\uffff😀\U0010ffff'


class Generator:
    def __init__(self, size, seed, is_plain):
        self.random = random.Random(seed)
        self.size = size
        self.is_plain = is_plain
        self.next_id = 1
        self.kinds = {}
        # Of each map: the keys ever used, its level (children have a larger
        # one, so nothing contains itself), and whether maps may be put in.
        self.used = {0: {b"expvar", b"cmdline", b"memstats"}}
        self.level = {0: 0}
        self.is_open = {0: True}

    # ---- bytes and numbers ----

    def text(self, length):
        r = self.random
        if self.is_plain:
            return "".join(r.choices(ALWAYS_PLAIN, k=length)).encode()
        style = r.randrange(8)
        if style < 3:
            return "".join(r.choices(PRINTABLE, k=length)).encode()
        if style < 6:
            text = "".join(r.choices(HOSTILE, k=length)).encode()
            # Cut inside a character now and then.
            return text[r.randrange(4):] if style == 5 else text
        if style == 6:
            return bytes(r.choices((0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xE2, 0xED,
                                    0xEF, 0xF0, 0xF4, 0xF8, 0xFF, 0x41, 0xA0,
                                    0x90), k=length))
        return r.randbytes(length)

    def length(self):
        return self.random.choice((0, 1, 1, 2, 3, 5, 8, 13, 21, 40, 72, 73, 100))

    def name(self):
        r = self.random
        if r.randrange(3) == 0:
            return str(r.randrange(10 ** r.randrange(1, 6))).encode()
        length = 1000 if r.randrange(500) == 0 else self.length()
        return self.text(length).replace(b"\0", b"0")[:4095]

    def string(self):
        length = 15000 if self.random.randrange(200) == 0 else self.length()
        return self.text(length)[:65536]

    def decimal(self):
        r = self.random
        number = r.choice((0, 1, -1, 2 ** 63 - 1, -2 ** 63, r.getrandbits(64) - 2 ** 63,
                           r.getrandbits(r.randrange(1, 64))))
        return number

    def bits(self, is_finite):
        r = self.random
        style = r.randrange(6)
        if style == 0:
            value = float(r.randrange(-10 ** r.randrange(1, 20), 10 ** 19))
        elif style == 1:
            value = r.randrange(-10 ** 8, 10 ** 8) / 10 ** r.randrange(12)
        elif style == 2:
            value = r.choice((0.0, -0.0, 1e6, 999999.0, 1e-4, 1e-5, 1e21, 1e20, 1e-6, 5e-324,
                              9.999999e-7, float("nan"), float("inf"), -float("inf")))
        else:
            value = struct.unpack("<d", r.randbytes(8))[0]
        # Sums stay finite, too, where NaN and the infinities do not belong.
        if (is_finite or self.is_plain) and not abs(value) < 1e300:
            value = 0.5
        return "%016x" % struct.unpack("<Q", struct.pack("<d", value))

    def value(self, depth):
        r = self.random
        kind = r.randrange(10 if depth < 5 else 8)
        if kind < 3:
            return ("n", "t", "f")[kind]
        if kind == 3:
            return "i%d" % self.decimal()
        if kind == 4:
            return "u%d" % r.getrandbits(64)
        if kind == 5:
            return "d" + self.bits(True)
        if kind < 8:
            return hexadecimal(self.text(self.length()))
        if kind == 8:
            return " ".join(["["] + [self.value(depth + 1) for i in range(r.randrange(5))] + ["]"])
        # Go sorts the keys of its maps; ours print in the order given.
        keys = sorted({self.text(self.length()).replace(b"\0", b"0") for i in range(r.randrange(5))})
        return " ".join(["{"] + [hexadecimal(k) + " " + self.value(depth + 1) for k in keys] + ["}"])

    # ---- operations ----

    def some_map(self, is_top_too=True):
        if is_top_too and self.random.randrange(5) < 2:
            return 0
        # Those of the chain, and large ones: a third happens in few maps.
        maps = [m for m in self.level if m]
        if self.random.randrange(3) == 0:
            maps = maps[1::30]
        return self.random.choice(maps) if maps else None

    def free_key(self, parent):
        for attempt in range(100):
            name = self.name()
            if name not in self.used[parent]:
                self.used[parent].add(name)
                return name
        name = b"free%d" % self.next_id
        self.used[parent].add(name)
        return name

    def used_key(self, parent):
        """Often one that is there, or has been."""
        if self.used[parent] and parent and self.random.randrange(4):
            return self.random.choice(sorted(self.used[parent]))
        return self.free_key(parent)

    def create(self, kind, parent=None):
        r = self.random
        number = self.next_id
        self.next_id += 1
        self.kinds[number] = kind
        if parent is None and r.randrange(10):
            parent = self.some_map()
        if kind == "map" and parent is not None and not (
                self.is_open[parent] and self.level[parent] < DEEPEST):
            parent = 0
        if kind == "func" and parent:
            parent = None
        place = ""
        if parent is not None:
            place = " %d %s" % (parent, hexadecimal(self.free_key(parent)))
        if kind == "map":
            # One without a name: for several parents, but without children.
            self.level[number] = DEEPEST + 1 if parent is None else self.level[parent] + 1
            self.is_open[number] = parent is not None
            self.used[number] = set()
        if kind == "func":
            place += " " + self.value(0)
        print("%s %d%s" % (kind, number, place))
        return number

    def update(self, number):
        kind = self.kinds[number]
        if kind == "int":
            print(self.random.choice(("iadd", "iset")), number, self.decimal())
        elif kind == "float":
            print(self.random.choice(("fadd", "fset")), number, self.bits(False))
        elif kind == "string":
            print("sset", number, hexadecimal(self.string()))

    def put(self):
        parent = self.some_map()
        number = self.random.choice(sorted(self.kinds))
        if self.kinds[number] == "map" and not (
                self.level[number] > DEEPEST >= self.level[parent]):
            return
        if self.random.randrange(20) == 0:
            number = "nil"
        # At the top level this meets taken names, too: the first stays.
        key = self.used_key(parent) if parent or self.random.randrange(2) else \
            self.random.choice(sorted(self.used[0] - {b"expvar", b"cmdline", b"memstats"}) or [b"n"])
        self.used[parent].add(key)
        print("put", parent, hexadecimal(key), number)

    def update_map(self):
        parent = self.some_map(False)
        if parent is None:
            return
        choice = self.random.randrange(12)
        if choice < 6:
            print("add", parent, hexadecimal(self.used_key(parent)), self.decimal())
        elif choice < 9:
            print("addf", parent, hexadecimal(self.used_key(parent)), self.bits(False))
        elif choice < 11 or self.random.randrange(40):
            print("delete", parent, hexadecimal(self.used_key(parent)))
        else:
            print("clear", parent)

    def chain(self):
        """Maps as deep as they go."""
        parent = 0
        for level in range(1, DEEPEST):
            parent = self.create("map", parent)
            print("add", parent, hexadecimal(self.free_key(parent)), level)

    def run(self):
        r = self.random
        self.chain()
        while self.next_id < self.size:
            choice = r.randrange(20)
            if choice < 9:
                number = self.create(r.choices(
                    ("int", "float", "string", "map", "func"), (30, 30, 30, 6, 8))[0])
                self.update(number)
            elif choice < 11:
                self.update(r.choice(sorted(self.kinds)))
            elif choice < 13:
                self.put()
            else:
                self.update_map()


def hexadecimal(data):
    return "x" + data.hex()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    Generator(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["plain"]).run()
