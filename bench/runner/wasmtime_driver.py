"""Runs a benchmark in Wasmtime (PyPI's package `wasmtime`); prints what run.mjs prints.

wasmtime_driver.py FILE WORK    where WORK is the JSON of run.mjs
"""

import json
import os
import sys
import tempfile
import time

import wasmtime


def clock():
    """Milliseconds, of the processor where BENCH_CLOCK=cpu."""
    cpu = os.environ.get("BENCH_CLOCK") == "cpu"
    return (time.process_time() if cpu else time.perf_counter()) * 1000


def timed(step):
    start = clock()
    value = step()
    return value, clock() - start


def kernel(path, work):
    """As run.mjs until it is steady; compiled ahead of time, so there is little to warm up."""
    n = work["n"]
    start = clock()
    store = wasmtime.Store()
    module = wasmtime.Module.from_file(store.engine, path)
    run = wasmtime.Instance(store, module, []).exports(store)["run"]
    ready = clock()
    value, first = timed(lambda: run(store, n))
    samples = []
    begin = clock()
    while len(samples) < 3 or clock() - begin < work["budget"] / 2:
        samples.append(timed(lambda: run(store, n))[1])
    samples.sort()
    return {
        "load": ready - start,
        "first": first,
        "ms": samples[len(samples) // 2],
        "best": samples[0],
        "samples": len(samples),
        "value": str(value),
    }


def program(path, plan):
    """One run of a WASI command."""
    start = clock()
    store = wasmtime.Store()
    linker = wasmtime.Linker(store.engine)
    linker.define_wasi()
    config = wasmtime.WasiConfig()
    config.argv = plan["args"]
    if "stdin" in plan:
        config.stdin_file = plan["stdin"]
    if "dir" in plan:
        config.preopen_dir(plan["dir"], "/")
    with tempfile.NamedTemporaryFile() as output:
        config.stdout_file = output.name
        store.set_wasi(config)
        module = wasmtime.Module.from_file(store.engine, path)
        entry = linker.instantiate(store, module).exports(store)["_start"]
        ready = clock()
        begin = clock()
        try:
            entry(store)
            code = 0
        except wasmtime.ExitTrap as stop:
            code = stop.code
        end = clock()
        output.seek(0)
        value = output.read().decode()
    if code:
        value += f"exit code {code}"
    return {"load": ready - start, "ms": end - begin, "value": value}


FILE, WORK = sys.argv[1], json.loads(sys.argv[2])
print(json.dumps((program if "driver" in WORK else kernel)(FILE, WORK)))
