#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""screen-to-svg.py [TITLE] - a terminal's screen as a picture

Reads what `tmux capture-pane -p -e` prints, writes SVG. Characters that things
are drawn with (braille, blocks, lines) become shapes, so that the picture is the
same whatever fonts there are.
"""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

WIDTH, HEIGHT, SIZE = 8.4, 18, 14
FOREGROUND, BACKGROUND = "#d0d0d0", "#16181c"
BASE = ["#000000", "#cc5555", "#77b06b", "#c9a554", "#5c8fd6", "#b77ac9",
        "#55b0b8", "#d0d0d0", "#666666", "#ff7777", "#9adf8d", "#f0d080",
        "#86b5f5", "#dca0ec", "#80dce4", "#ffffff"]
MARGIN = 10


def color(number):
    """One of the 256 colours of xterm."""
    if number < 16:
        return BASE[number]
    if number >= 232:
        return "#" + "%02x" % (8 + 10 * (number - 232)) * 3
    number -= 16
    parts = (number // 36, number // 6 % 6, number % 6)
    return "#" + "".join("%02x" % (p and 55 + 40 * p) for p in parts)


class Style:
    """What the escape sequences so far came to."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.bold = self.dim = self.reverse = self.underline = False
        self.front = self.back = None

    def change(self, codes):
        codes = [int(c or 0) for c in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 2, 4, 7):
                name = {1: "bold", 2: "dim", 4: "underline", 7: "reverse"}[code]
                setattr(self, name, True)
            elif code == 22:
                self.bold = self.dim = False
            elif code == 27:
                self.reverse = False
            elif code in (38, 48) and codes[:1] == [5]:
                setattr(self, "front" if code == 38 else "back", color(codes[1]))
                del codes[:2]
            elif code in (39, 49):
                setattr(self, "front" if code == 39 else "back", None)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.front = color(code % 10 + (8 if code >= 90 else 0))
            elif 40 <= code <= 47:
                self.back = color(code - 40)

    def colors(self):
        front, back = self.front or FOREGROUND, self.back or BACKGROUND
        if self.dim:
            front = "#808080"
        return (back, front) if self.reverse else (front, back)

    def key(self):
        return (*self.colors(), self.bold, self.underline)


def cells(text):
    """For each line its cells: a character, how wide it is, its style."""
    style = Style()
    for line in text.split("\n"):
        row = []
        for part in re.split(r"(\x1b\[[0-9;]*m|[\x0e\x0f])", line):
            if part.startswith("\x1b["):
                style.change(part[2:-1])
            elif part not in ("", "\x0e", "\x0f"):
                for c in part:
                    if unicodedata.combining(c) and row:
                        row[-1] = (row[-1][0] + c, *row[-1][1:])
                        continue
                    wide = unicodedata.east_asian_width(c) in "WF"
                    row.append((c, 1 + wide, style.key()))
        yield row


DOTS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
QUARTERS = {"▘": "a", "▝": "b", "▀": "ab", "▖": "c", "▌": "ac", "▞": "bc",
            "▛": "abc", "▗": "d", "▚": "ad", "▐": "bd", "▜": "abd", "▄": "cd",
            "▙": "acd", "▟": "bcd"}
LINES = {"─": "lr", "│": "tb", "┤": "ltb", "└": "tr", "┊": "tb"}


def shape(c, x, y, front):
    """SVG of a character that is drawn, or None."""
    n = ord(c[0])
    if 0x2800 <= n <= 0x28FF:
        return "".join(
            '<circle cx="%.1f" cy="%.1f" r="1.25"/>'
            % (x + WIDTH * (1 + 2 * dx) / 4, y + HEIGHT * (1 + 2 * dy) / 8)
            for bit, (dx, dy) in enumerate(DOTS) if n & 1 << bit)
    if 0x2581 <= n <= 0x2588:
        high = HEIGHT * (n - 0x2580) / 8
        return '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>' % (
            x, y + HEIGHT - high, WIDTH - 0.8, high)
    if c in QUARTERS:
        return "".join(
            '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>'
            % (x + (q in "bd") * WIDTH / 2, y + (q in "cd") * HEIGHT / 2,
               WIDTH / 2, HEIGHT / 2) for q in QUARTERS[c])
    if c in LINES:
        mx, my = x + WIDTH / 2, y + HEIGHT / 2
        ends = {"l": (x, my), "r": (x + WIDTH, my), "t": (mx, y),
                "b": (mx, y + HEIGHT)}
        dash = ' stroke-dasharray="3 3"' if c == "┊" else ""
        return "".join('<path d="M%.1f %.1fL%.1f %.1f" stroke="%s"%s/>'
                       % (mx, my, *ends[e], front, dash) for e in LINES[c])
    return None


def runs(row):
    """Neighbours of one style, as (column, columns, text, style)."""
    column, start, text, style = 0, 0, "", None
    for c, width, key in row:
        if style is not None and key != style:
            yield start, column - start, text, style
            start, text = column, ""
        style = key
        text += c
        column += width
    if style is not None:
        yield start, column - start, text, style


def picture(rows, title):
    columns = max((sum(c[1] for c in row) for row in rows), default=1)
    width = columns * WIDTH + 2 * MARGIN
    height = len(rows) * HEIGHT + 2 * MARGIN
    yield ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" '
           'width="%.0f" height="%.0f" role="img"><title>%s</title>'
           % (width, height, width, height, escape(title)))
    yield ('<rect width="100%%" height="100%%" rx="6" fill="%s"/>'
           '<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" '
           'font-size="%d" xml:space="preserve">' % (BACKGROUND, SIZE))
    for number, row in enumerate(rows):
        y = MARGIN + number * HEIGHT
        for start, count, text, (front, back, bold, underline) in runs(row):
            x = MARGIN + start * WIDTH
            if back != BACKGROUND:
                yield ('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" '
                       'fill="%s"/>' % (x, y, count * WIDTH + 0.2, HEIGHT, back))
            # Words, and shapes.
            for part in re.finditer(r"[^ ⠀-⣿▀-▟─-╿]+(?: [^ ⠀-⣿▀-▟─-╿]+)*"
                                    r"|[⠀-⣿▀-▟─-╿]+", text):
                at = x + part.start() * WIDTH
                drawn = [shape(c, at + i * WIDTH, y, front)
                         for i, c in enumerate(part.group())]
                if all(drawn):
                    yield '<g fill="%s">%s</g>' % (front, "".join(drawn))
                    continue
                length = sum(1 + (unicodedata.east_asian_width(c) in "WF")
                             for c in part.group()) * WIDTH
                yield ('<text x="%.1f" y="%.1f" fill="%s"%s%s textLength="%.1f"'
                       ' lengthAdjust="spacingAndGlyphs">%s</text>'
                       % (at, y + HEIGHT * 0.74, front,
                          ' font-weight="bold"' if bold else "",
                          ' text-decoration="underline"' if underline else "",
                          length, escape(part.group())))
    yield "</g></svg>"


def main():
    rows = list(cells(sys.stdin.read().rstrip("\n")))
    title = sys.argv[1] if len(sys.argv) > 1 else "a terminal"
    print("\n".join(picture(rows, title)))


main()
