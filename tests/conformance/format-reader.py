#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# format-reader.py - a second reader, written from docs/format.md alone
#
#   format-reader.py PATH             the document, without built-ins
#   format-reader.py --facts PATH     what the header and the metadata say, and
#                                     whether the writer lives, as JSON
#   format-reader.py --refresh PATH   ring, wait, then the document
#
# It shares no line with the libraries: what it finds is what the page says. So
# it must not be mended by a look at the code. If it reads something else than
# expvar-dump, the page, the code, or this file is wrong. Comments name the
# section of the page that they follow.
#
# Python has no fences. On x86-64 loads are not reordered, and none is needed;
# elsewhere only segments at rest are read as the page wants it.
#
# Exit 0 all read; 3 something was incomplete, and is null; 1 not a segment.

import codecs
import ctypes
import fcntl
import json
import math
import mmap
import os
import re
import stat
import struct
import sys
import time

INT, FLOAT, STRING, MAP, FUNC, COUNTER, HISTOGRAM, RECORD, NULL, LINK = \
    range(1, 11)
UNITS, HEAP, COUNTERS, HISTOGRAMS = 1, 2, 3, 4
ROOT = 1 << 32
ROOM, HEADER = 896, 4096
LINE, UNIT, BLOCK = 64, 128, 16384
FUTEX = {"x86_64": 202, "aarch64": 98}.get(os.uname().machine)
F_OFD_GETLK = 36
LIMIT = {STRING: 65536, RECORD: 65536, FUNC: 1048576}


class NoSegment(Exception):
    """Refused as a whole, with the reason."""


class Null(Exception):
    """One value that cannot be had."""


def low(value):
    return value & 0xffffffff


def high(value):
    return value >> 32


class Segment:
    """A file, its header, and loads from it."""

    def __init__(self, path):
        # 9, step 1
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW |
                          os.O_CLOEXEC)
        self.status = os.fstat(self.fd)
        if not stat.S_ISREG(self.status.st_mode):
            raise NoSegment("no regular file")
        if self.status.st_size < 8192:
            raise NoSegment("too short")
        self.check_header(os.pread(self.fd, HEADER, 0))
        self.map = mmap.mmap(self.fd, self.size, mmap.MAP_SHARED,
                             mmap.PROT_READ)
        self.words = memoryview(self.map).cast("Q")
        self.halves = memoryview(self.map).cast("I")
        # 9, step 2
        self.committed = self.load(48)
        if not self.data <= self.committed <= self.size or \
                (self.committed - self.data) % BLOCK:
            raise NoSegment("committed length")
        if os.lseek(self.fd, 0, os.SEEK_HOLE) < self.committed:
            raise NoSegment("a hole")

    def check_header(self, h):
        if h[:8] != b"\x89EXPVAR\n":
            raise NoSegment("magic")
        if struct.unpack_from("=I", h, 8)[0] != 0x01020304:
            raise NoSegment("byte order")
        (major, minor, header_size, word_bits, incompatible, _, self.size,
         _, table, self.data) = struct.unpack_from("=HHIIQQQQQQ", h, 12)
        sizes = struct.unpack_from("=9I", h, 72)
        if word_bits != 64 or major != 1 or incompatible:
            raise NoSegment("foreign")
        if header_size != HEADER or table != HEADER:
            raise NoSegment("sizes")
        count = sizes[3]
        if sizes[:3] != (LINE, UNIT, BLOCK) or \
                sizes[4:] != (4096, 504, 1920, 5, 8):
            raise NoSegment("sizes")
        if self.size != self.status.st_size or self.data % 4096 or \
                self.data < table + count or self.data > self.size or \
                count != (self.size - self.data) // BLOCK:
            raise NoSegment("table and data")
        self.minor = minor
        self.table = table

    # Each is one load of its size.
    def load(self, offset):
        return self.words[offset >> 3]

    def load32(self, offset):
        return self.halves[offset >> 2]

    def text(self, offset, size):
        return self.map[offset:offset + size].split(b"\0")[0]

    # 4
    def block_type(self, block):
        return self.load32(self.table + block // 4 * 4) >> 8 * (block % 4) & 0x7f

    def blocks(self):
        """Number, offset and type of those that exist."""
        for block in range((self.committed - self.data) // BLOCK):
            yield block, self.data + block * BLOCK, self.block_type(block)

    def is_heap(self, offset, size):
        """Whether a heap object may be there."""
        if ROOM <= offset and offset + size <= HEADER:
            return True
        if offset < self.data or offset + size > self.committed:
            return False
        first = (offset - self.data) // BLOCK
        last = (offset + size - 1 - self.data) // BLOCK
        return all(self.block_type(b) == HEAP for b in range(first, last + 1))

    # 9.2, steps 1 to 4; None is "try again"
    def copy_object(self, line, limit):
        p = LINE * line
        if not self.is_heap(p, 24):
            raise Null("outside of the heap")
        generation = self.load(p)
        if generation & 1:
            return None
        info = self.load(p + 8)
        length = low(info)
        if length > limit or not self.is_heap(p, 24 + length):
            if self.load(p) != generation:
                return None
            raise Null("length")
        stamp = self.load(p + 16)
        count = (length + 7) // 8
        words = [self.load(p + 24 + 8 * i) for i in range(count)]
        if self.load(p) != generation:
            return None
        data = struct.pack("=%dQ" % count, *words)[:length]
        return generation, info >> 32 & 0xff, stamp, data

    # 9.2
    def copy_version(self, where, limit, exact=False):
        """Of the reference at `where`: flags, stamp and bytes, or None."""
        for tries in range(64):
            reference = self.load(where)
            if reference == 0:
                return None
            copy = self.copy_object(low(reference), limit)
            if copy and (low(copy[0]) == high(reference) or
                         tries >= 8 and not exact):
                return copy[1:]
        raise Null("busy")

    def copy_constant(self, line, limit):
        """A name or a schema: referred to by line number alone."""
        for _ in range(64):
            copy = self.copy_object(line, limit)
            if copy:
                return copy[3]
        raise Null("busy")


class Unit:
    """A private copy of a unit that was live."""

    def __init__(self, segment, offset, tag, words):
        self.segment, self.offset, self.tag = segment, offset, tag
        self.type = tag >> 8 & 0xff
        self.reference = offset // UNIT | high(tag) << 32
        self.value, self.parent, self.born, self.meta = words[1:5]
        self.schema_line = low(words[5])
        self.name_line = high(words[5])
        self.name_len = words[6]
        self.words = words

    def is_same(self):
        return self.segment.load(self.offset) == self.tag

    def read_name(self):
        if self.name_len > 4095:
            raise Null("length of a name")
        if self.name_line:
            name = self.segment.copy_constant(self.name_line, 4095)
            if len(name) != self.name_len:
                raise Null("another name")
        elif self.name_len <= 72:
            name = struct.pack("=9Q", *self.words[7:16])[:self.name_len]
        else:
            raise Null("length of a name")
        return name


class Snapshot:
    """All units, by their references; then a tree."""

    def __init__(self, segment):
        self.segment = segment
        self.incomplete = False
        for _ in range(4):  # 9, steps 4 to 7
            segment.committed = segment.load(48)
            before = segment.load(520)
            self.copy_units()
            self.copy_cells()
            if before % 2 == 0 and segment.load(520) == before:
                break
        self.make_tree()

    def copy_units(self):
        self.units = {}
        for _, start, block_type in self.segment.blocks():
            if block_type == UNITS:
                for offset in range(start, start + BLOCK, UNIT):
                    self.copy_unit(offset)

    def copy_unit(self, offset):
        load = self.segment.load
        for _ in range(2):
            tag = load(offset)
            if tag & 0xff != 2:
                return
            unit = Unit(self.segment, offset, tag,
                        [load(offset + 8 * i) for i in range(16)])
            try:
                unit.name = unit.read_name()
                unit.shown = self.value(unit)
            except Null as why:
                unit.name = getattr(unit, "name", None)
                unit.shown = why
            if unit.is_same():
                if unit.name is not None:
                    self.units[unit.reference] = unit
                else:
                    self.incomplete = True
                return

    # 5 and 9.2
    def value(self, unit):
        segment = self.segment
        if unit.type == INT:
            return struct.unpack("=q", struct.pack("=Q", unit.value))[0]
        if unit.type == FLOAT:
            return struct.unpack("=d", struct.pack("=Q", unit.value))[0]
        if unit.type in (STRING, FUNC):
            return segment.copy_version(unit.offset + 8, LIMIT[unit.type])
        if unit.type == RECORD:
            return self.fields(unit)
        if unit.type > LINK:
            raise Null("a type that I do not know")
        return None

    # 6.2
    def fields(self, unit):
        schema = self.segment.copy_constant(unit.schema_line, 1048576)
        if len(schema) < 8:
            raise Null("schema")
        count, size = struct.unpack_from("=II", schema)
        if not 1 <= count <= 1024 or size > 65536 or len(schema) < 8 + 16 * count:
            raise Null("schema")
        copy = self.segment.copy_version(unit.offset + 8, LIMIT[RECORD])
        data = copy[2] if copy else bytes(size)
        if len(data) != size:
            raise Null("size of a record")
        return [self.field(schema, data, 8 + 16 * i) for i in range(count)]

    @staticmethod
    def field(schema, data, where):
        offset, size, name, name_len, kind, _ = struct.unpack_from(
            "=IIIHBB", schema, where)
        if offset + size > len(data) or name + name_len > len(schema) or \
                name_len > 255:
            raise Null("field")
        value = data[offset:offset + size]
        forms = {(1, 1): "b", (1, 2): "h", (1, 4): "i", (1, 8): "q",
                 (2, 1): "B", (2, 2): "H", (2, 4): "I", (2, 8): "Q",
                 (3, 4): "f", (3, 8): "d", (4, 1): "B"}
        if kind == 5:
            value = value.split(b"\0")[0]
        elif (kind, size) in forms:
            value, = struct.unpack("=" + forms[kind, size], value)
        else:
            raise Null("type of a field")
        return schema[name:name + name_len], kind, size, value

    # 7
    def copy_cells(self):
        """Chunks of counters and histograms, by their groups."""
        self.chunks, self.histograms = {}, {}
        for block, start, block_type in self.segment.blocks():
            if block_type == COUNTERS:
                for chunk in range(start, start + BLOCK, 4096):
                    self.note_group(self.chunks, chunk)
            elif block_type == HISTOGRAMS:
                self.note_group(self.histograms, start + 128 * (block % 8))
        for unit in self.units.values():
            try:
                if unit.type == COUNTER:
                    unit.shown = self.counter(unit.value)
                elif unit.type == HISTOGRAM:
                    unit.shown = self.histogram(low(unit.value))
            except Null as why:
                unit.shown = why

    def note_group(self, groups, chunk):
        tag = self.segment.load(chunk)
        if low(tag):
            groups.setdefault(low(tag), []).append(chunk)

    def counter(self, value):
        group, cell = low(value), high(value)
        if group == 0 or cell >= 504:
            raise Null("cell")
        return sum(self.segment.load(chunk + 64 + 8 * cell)
                   for chunk in self.chunks.get(group, ())) & (1 << 64) - 1

    def histogram(self, group):
        cells, total, largest, not_min = [0] * 1920, 0, 0, 0
        for chunk in self.histograms.get(group, ()):
            for i in range(1920):
                cells[i] += self.segment.load(chunk + 64 + 8 * i) & (1 << 63) - 1
            total += self.histogram_sum(chunk)
            largest = max(largest, self.segment.load(chunk + 48))
            not_min = max(not_min, self.segment.load(chunk + 56))
        return cells, total, ~not_min & (1 << 64) - 1, largest

    def histogram_sum(self, chunk):
        load = self.segment.load
        for _ in range(8):
            select = load(chunk + 8)
            copy = chunk + 16 + 16 * (select & 1)
            total = load(copy + 8) * (1 << 63) + load(copy)
            if load(chunk + 8) == select:
                return total
        raise Null("busy")

    # 9, step 8
    def make_tree(self):
        self.entries = {}
        for unit in self.units.values():
            if unit.parent:
                names = self.entries.setdefault(unit.parent, {})
                other = names.get(unit.name)
                if other is None or unit.born > other.born:
                    names[unit.name] = unit

    def resolve(self, unit):
        if unit.type != LINK:
            return unit
        target = self.units.get(unit.value)
        return None if target is None or target.type == LINK else target

    # 6.1
    def metadata(self, unit):
        copy = self.segment.copy_version(unit.offset + 32, 8 + 255 + 255 + 4095,
                                         exact=True)
        if copy is None:
            return None
        data = copy[2]
        kind, _, unit_len, label_len, help_len = struct.unpack_from(
            "=BBHHH", data)
        texts = data[8:8 + unit_len + label_len + help_len]
        cut = unit_len + label_len
        return {"kind": kind, "unit": texts[:unit_len].decode(),
                "label": texts[unit_len:cut].decode(),
                "help": texts[cut:].decode()}


class Document:
    """Go's text of a snapshot."""

    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    escaped = re.compile('[\x00-\x1f"\\\\<>&\u2028\u2029]')

    def __init__(self, snapshot):
        self.snapshot = snapshot
        self.incomplete = snapshot.incomplete
        self.shown = 0

    def text(self):
        lines = self.members(ROOT, 0)
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()

    def members(self, reference, depth):
        entries = self.snapshot.entries.get(reference, {})
        return [self.quote(name) + ": " + self.value(entries[name], depth)
                for name in sorted(entries)]

    def quote(self, data):
        text = data.decode("utf-8", "one-bad-byte")
        return '"' + self.escaped.sub(
            lambda m: self.escapes.get(m[0]) or "\\u%04x" % ord(m[0]),
            text) + '"'

    def null(self):
        self.incomplete = True
        return "null"

    def value(self, unit, depth):
        self.shown += 1
        if self.shown > 4 * len(self.snapshot.units) + 65536:
            return self.null()
        unit = self.snapshot.resolve(unit)
        if unit is None or isinstance(unit.shown, Null):
            return self.null()
        if unit.type == MAP:
            if depth >= 64:
                return self.null()
            return "{" + ", ".join(self.members(unit.reference, depth + 1)) + "}"
        return self.printers[unit.type](self, unit.shown)

    def of_string(self, copy):
        return self.quote(copy[2] if copy else b"")

    def of_func(self, copy):
        if copy is None or copy[0] & 2:
            return "null"
        return copy[2].decode()

    def of_record(self, fields):
        return "{" + ",".join(self.quote(name) + ":" + self.of_field(*rest)
                              for name, *rest in fields) + "}"

    def of_field(self, kind, size, value):
        if kind == 3:
            return go_float(value if size == 8 else nearest_text(value))
        if kind == 4:
            return "true" if value else "false"
        return self.quote(value) if kind == 5 else str(value)

    def of_histogram(self, shown):
        cells, total, smallest, largest = shown
        count = sum(cells)
        if count == 0:
            smallest = largest = 0
        numbers = [("count", str(count)), ("sum", str(total)),
                   ("min", str(smallest)), ("max", str(largest)),
                   ("mean", go_float(total / count if count else 0.0))]
        for name, part, whole in (("p50", 1, 2), ("p90", 9, 10),
                                  ("p99", 99, 100), ("p999", 999, 1000),
                                  ("p9999", 9999, 10000)):
            rank = max(1, -(-count * part // whole))
            numbers.append((name, str(quantile(cells, rank, smallest, largest))))
        return "{" + ",".join('"%s":%s' % pair for pair in numbers) + "}"

    printers = {INT: lambda self, v: str(v), COUNTER: lambda self, v: str(v),
                FLOAT: lambda self, v: go_float(v), STRING: of_string,
                FUNC: of_func, RECORD: of_record, HISTOGRAM: of_histogram,
                NULL: lambda self, v: "null"}


def one_bad_byte(error):
    return "\ufffd", error.start + 1


codecs.register_error("one-bad-byte", one_bad_byte)


# 7
def quantile(cells, rank, smallest, largest):
    running = 0
    for cell, count in enumerate(cells):
        running += count
        if running >= rank:
            break
    else:
        return 0
    if cell < 64:
        middle = cell
    else:
        s = cell // 32 - 1
        first = cell - 32 * s << s
        middle = (first + first + (1 << s) - 1) // 2
    return min(max(middle, smallest), largest)


# Go's %g: the shortest digits that give the same number again. repr() finds
# those, and writes them in another form.
def go_float(value):
    if not math.isfinite(value):
        return "null"
    sign, first, rest, exponent = re.fullmatch(
        r"(-?)(\d)(?:\.(\d+))?(?:e(.*))?", repr_with_exponent(value)).groups()
    digits, exponent = first + (rest or ""), int(exponent)
    if -4 <= exponent < 0:
        return sign + "0." + "0" * (-exponent - 1) + digits
    if 0 <= exponent < 6:
        whole = digits[:exponent + 1].ljust(exponent + 1, "0")
        return sign + whole + ("." + digits[exponent + 1:]).rstrip(".")
    return "%s%s%se%+03d" % (sign, first, "." + rest if rest else "", exponent)


def nearest_text(value):
    """The number whose text is the shortest for a float of 32 bits."""
    for precision in range(9 if math.isfinite(value) else 0):
        text = float("%.*e" % (precision, value))
        if abs(text) < 3.4028235677973366e+38 and \
                struct.unpack("=f", struct.pack("=f", text))[0] == value:
            return text
    return value


def repr_with_exponent(value):
    sign = "-" if math.copysign(1, value) < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0")
    power = int(exponent or 0) + len(whole) - 1
    power -= len(whole + rest) - len(digits) if digits else 0
    digits = digits.rstrip("0") or "0"
    return "%s%s%se%d" % (sign, digits[0],
                          "." + digits[1:] if digits[1:] else "", power)


# 8
def liveness(segment):
    load = segment.load
    lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 1, 0)
    lock = fcntl.fcntl(segment.fd, F_OFD_GETLK, lock)
    is_locked = struct.unpack_from("h", lock)[0] == fcntl.F_WRLCK
    with open("/proc/sys/kernel/random/boot_id") as file:
        boot = bytes.fromhex(file.read().strip().replace("-", ""))
    if load(512) == 2 or bytes(segment.map[136:152]) != boot:
        return "dead"
    is_checked = os.stat("/proc/self/ns/pid").st_ino == load(160)
    is_gone = is_checked and not is_there(segment)
    if is_locked:
        return "unknown" if is_gone else "alive"
    return "dead" if is_gone or not is_checked else "unknown"


def is_there(segment):
    try:
        with open("/proc/%d/stat" % segment.load32(168), "rb") as file:
            owner = os.fstat(file.fileno()).st_uid
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(fields[19]) == segment.load(152) and \
        segment.status.st_uid in (0, owner)


# 9.1
def refresh(segment, seconds):
    futex_wait, futex_wake = 0, 1
    call = ctypes.CDLL(None, use_errno=True).syscall
    base = address_of(segment.map)
    kind = segment.load32(580)
    if kind == 0:
        return True
    started = segment.load32(584)
    deadline = time.monotonic() + seconds
    is_heard = False
    while True:
        done = segment.load32(588)
        if 1 <= (done - started & 0xffffffff) < 1 << 31:
            return True
        if time.monotonic() >= deadline:
            return False
        if not is_heard:
            if kind == 1:
                is_heard = call(FUTEX, ctypes.c_void_p(base + 576), futex_wake,
                                1, None, None, 0) > 0
            else:
                os.pread(segment.fd, 1, 0)
        timeout = struct.pack("qq", 0, 20000000)
        call(FUTEX, ctypes.c_void_p(base + 588), futex_wait,
             ctypes.c_uint32(done), ctypes.c_char_p(timeout), None, 0)


def address_of(mapping):
    """Where a read-only mapping is: ctypes takes writable ones only."""
    view = ctypes.py_object(mapping)
    buffer = (ctypes.c_void_p * 16)()  # a Py_buffer, which begins with it
    ctypes.pythonapi.PyObject_GetBuffer(view, ctypes.byref(buffer), 0)
    return buffer[0]


def facts(segment, snapshot):
    copy = segment.copy_version(456, 32768, exact=True)
    return {
        "app": app(segment), "pid": segment.load32(168),
        "incarnation": "%016x" % segment.load(128),
        "instance": segment.text(216, 64).decode(),
        "library": segment.text(200, 16).decode(),
        "state": liveness(segment),
        "variables": segment.load(640), "committed": segment.load(48),
        "cmdline": [a.decode() for a in copy[2].split(b"\0")[:-1]]
        if copy else None,
        "descriptions": descriptions(snapshot),
    }


# 3.2
def app(segment):
    for _ in range(8):
        select = segment.load(448)
        name = segment.text(320 + 64 * (select & 1), 64)
        if segment.load(448) == select:
            return name.decode()
    return None


def descriptions(snapshot):
    found = {}
    for name, unit in snapshot.entries.get(ROOT, {}).items():
        unit = snapshot.resolve(unit)
        meta = unit and snapshot.metadata(unit)
        if meta:
            found[name.decode()] = meta
    return found


def main(arguments):
    try:
        segment = Segment(arguments[-1])
    except (NoSegment, OSError) as why:
        print("format-reader: %s: %s" % (arguments[-1], why), file=sys.stderr)
        return 1
    is_fresh = "--refresh" not in arguments or refresh(segment, 20)
    snapshot = Snapshot(segment)
    if "--facts" in arguments:
        print(json.dumps(facts(segment, snapshot), sort_keys=True))
        return 0
    document = Document(snapshot)
    sys.stdout.buffer.write(document.text())
    return 3 if document.incomplete or not is_fresh else 0


sys.exit(main(sys.argv[1:]))
