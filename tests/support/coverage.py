#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# coverage.py GCOVR.json VALIDATORS.txt SOURCE-DIRECTORY PERCENT
#
# Prints what share of each library's lines was run, and which branches of the
# validators were not; exit status 1 if either falls short. A line of the list
# that excuses nothing any more falls short, too.

import json
import re
import sys


def read_list(path):
    """FILE or FILE:FUNCTION to look at, and (FILE, LINE, WHY) to excuse."""
    wanted, excused = [], []
    for line in open(path):
        line = line.rstrip('\n')
        if not line or line.startswith('#'):
            continue
        if not line.startswith(' '):
            wanted.append(line)
            continue
        source, why = line.strip().split(' | ')
        excused.append([wanted[-1], source.strip(), why, 0])
    return wanted, excused


def lines_of(text, function):
    """Line numbers of a function's definition, which begins in column 1."""
    start = re.compile(r'^[a-z][^;=]*\b' + function + r'\(')
    begin = None
    for number, line in enumerate(text, 1):
        if begin is None and start.match(line):
            begin = number
        elif begin is not None and line.rstrip() == '}':
            return range(begin, number + 1)
        elif begin is not None and line.rstrip().endswith(';') and \
                not line.startswith('\t') and number - begin < 4:
            begin = None
    sys.exit('coverage-validators.txt: no function %s' % function)


def main():
    report, listed, source, percent = sys.argv[1:]
    wanted, excused = read_list(listed)
    files = {f['file'].split('/lib/')[-1] if '/lib/' in f['file'] else
             re.sub(r'^lib/', '', f['file']): f
             for f in json.load(open(report))['files']}
    failed = False

    groups = {}
    for name, file in sorted(files.items()):
        lines = [l for l in file['lines'] if not l.get('gcovr/noncode')]
        run = sum(1 for l in lines if l['count'])
        for group in (name.split('/')[0], 'all'):
            total = groups.setdefault(group, [0, 0])
            total[0] += run
            total[1] += len(lines)
        if run < len(lines):
            print('lib/%s: %d of %d lines, not: %s' % (
                name, run, len(lines),
                ' '.join(str(l['line_number']) for l in lines
                         if not l['count'])))
    print()
    for group, (run, total) in sorted(groups.items()):
        print('lib/%s: %.1f %% of %d lines' % (
            '' if group == 'all' else group, 100 * run / total, total))
    run, total = groups['all']
    if 100 * run < int(percent) * total:
        print('less than %s %%' % percent)
        failed = True

    taken = branches = 0
    for want in wanted:
        name, _, function = want.partition(':')
        name = name[len('lib/'):]
        text = open('%s/lib/%s' % (source, name)).read().split('\n')
        where = lines_of(text, function) if function else range(1, 10 ** 6)
        for line in files[name]['lines']:
            if line['line_number'] not in where:
                continue
            count = len(line['branches'])
            ran = sum(1 for b in line['branches'] if b['count'])
            branches += count
            taken += ran
            if ran == count:
                continue
            here = text[line['line_number'] - 1].strip()
            for excuse in excused:
                if excuse[0] == want and excuse[1] == here:
                    excuse[3] += 1
                    branches -= count - ran
                    break
            else:
                print('lib/%s:%d: %d of %d branches: %s' % (
                    name, line['line_number'], ran, count, here))
                failed = True
    for want, here, why, used in excused:
        if not used:
            print('%s: excused without need: %s' % (want, here))
            failed = True
    print('validators: %.1f %% of %d branches, beside %d excused lines' % (
        100 * taken / branches, branches,
        sum(used for *_, used in excused)))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
