#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Python's prometheus_client in multiprocess mode on the loops of bench-update.

bench-prometheus.py KEY THREADS    ns of wall time an operation of one thread

Needs PROMETHEUS_MULTIPROC_DIR to name a directory it may write into.
"""
import sys
import threading
import time

from prometheus_client import Counter, Gauge, Histogram


def calls():
    counters = [Counter(f"c{i}", "a counter") for i in range(64)]
    gauge = Gauge("g", "a gauge")
    histogram = Histogram("h", "a histogram")
    table = Counter("t", "by key", ["key"])
    keys = [f"key-{i:02}" for i in range(16)]
    children = [table.labels(key) for key in keys]

    def counter_inc(n):
        for i in range(n):
            counters[i % 64].inc()

    def int_set(n):
        for i in range(n):
            gauge.set(i)

    def float_add(n):
        for _ in range(n):
            gauge.inc(1)

    def histogram_record(n):
        for i in range(n):
            histogram.observe(i % 1024)

    def map_add(n):
        for i in range(n):
            table.labels(keys[i % 16]).inc()

    def map_child(n):
        for i in range(n):
            children[i % 16].inc()

    return {
        "counter_inc": counter_inc,
        "int_set": int_set,
        "float_add": float_add,
        "histogram_record": histogram_record,
        "map_add": map_add,
        "map_child": map_child,
    }


def measure(call, threads):
    count = 5000
    call(count // 10)
    runs = []
    for _ in range(5):
        workers = [threading.Thread(target=call, args=(count,))
                   for _ in range(threads)]
        begin = time.perf_counter_ns()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        runs.append((time.perf_counter_ns() - begin) / count)
    return sorted(runs)[2]


def main():
    call = calls().get(sys.argv[1])
    if call:
        print(measure(call, int(sys.argv[2])))


main()
