"""Measures how processes that share one GPU slow each other down, with and without MPS SM limits.

Each tenant is a process that replays the CUDA graph of 4 layers in a loop; a combination starts in
all tenants at once. Two tenants run every pair of loads, more run the same load. Rows are appended
to a CSV file:

  shares,a,b,side,share,iter_us,solo_us,slowdown

`iter_us` is the median over the window in which all ran, `solo_us` the same tenant alone, `share`
in percent. --shares none/none is written as `time-sliced`; run it without an MPS daemon.
"""

import argparse
import csv
import itertools
import multiprocessing
import os
import time
from typing import NamedTuple

COLUMNS = "shares,a,b,side,share,iter_us,solo_us,slowdown"
LAYERS = 4
WINDOW_SECONDS = 0.4


class Load(NamedTuple):
    """What a tenant runs: a decode batch of `size` sequences, or one prompt of `size` tokens."""

    model: str
    kind: str
    size: int
    context: int


LOADS = {
    "8b-decode-1x2048": Load("llama-3.1-8b", "decode", 1, 2048),
    "8b-decode-32x2048": Load("llama-3.1-8b", "decode", 32, 2048),
    "8b-decode-128x2048": Load("llama-3.1-8b", "decode", 128, 2048),
    "8b-prefill-512": Load("llama-3.1-8b", "prefill", 512, 0),
    "8b-prefill-2048": Load("llama-3.1-8b", "prefill", 2048, 0),
    "1b-decode-32x2048": Load("llama-3.2-1b", "decode", 32, 2048),
}


def run_tenant(connection, share):
    """A tenant process: replays the load it is told to, until it is told None."""
    if share is not None:
        # CUDA reads this when it starts, so it comes before the import of torch.
        os.environ["CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"] = str(share)
    import torch

    from model import Model, capture

    models, graphs, runs = {}, {}, []
    for name, load in LOADS.items():
        if load.model not in models:
            models[load.model] = Model(load.model, 1, LAYERS)
        run = getattr(models[load.model], load.kind)(load.size, load.context)
        graphs[name] = capture(run)
        runs.append(run)  # A graph does not keep the tensors that it reads.
    torch.cuda.synchronize()
    connection.send("ready")
    while (message := connection.recv()) is not None:
        name, start, seconds = message
        connection.send(replay_until(graphs[name], start, start + seconds))


def replay_until(graph, start, end):
    """Start, relative, and duration of every replay between two times."""
    import torch

    while time.time() < start:
        pass
    replays = []
    while (begin := time.time()) < end:
        graph.replay()
        torch.cuda.synchronize()
        replays.append((begin - start, time.time() - begin))
    return replays


def median_us(durations):
    """Median of durations in seconds, in microseconds; not a number when there are none."""
    ordered = sorted(durations)
    return ordered[len(ordered) // 2] * 1e6 if ordered else float("nan")


class Tenants:
    """The tenant processes of one combination of shares."""

    def __init__(self, shares):
        context = multiprocessing.get_context("spawn")
        self.processes, self.connections = [], []
        for share in shares:
            connection, remote = context.Pipe()
            process = context.Process(target=run_tenant, args=(remote, share))
            process.start()
            self.processes.append(process)
            self.connections.append(connection)
        for connection in self.connections:
            connection.recv()

    def iteration_us(self, loads):
        """Runs a load by the index of its tenant, all at once; their medians in that order."""
        start = time.time() + 0.02
        for index, name in loads.items():
            self.connections[index].send((name, start, WINDOW_SECONDS))
        # The edges of the window are left out: there one tenant may run without the others.
        first, last = WINDOW_SECONDS * 0.15, WINDOW_SECONDS * 0.85
        replays = [self.connections[index].recv() for index in loads]
        return [median_us([d for t, d in tenant if first < t < last]) for tenant in replays]

    def stop(self):
        for process, connection in zip(self.processes, self.connections):
            connection.send(None)
            process.join()


def combinations(shares):
    """Which loads the tenants run together; of two equal tenants each pair in one order."""
    if len(shares) != 2:
        return [(name,) * len(shares) for name in LOADS]
    if shares[0] == shares[1]:
        return list(itertools.combinations_with_replacement(LOADS, 2))
    return list(itertools.product(LOADS, LOADS))


def measure(shares):
    """Yields the rows of one combination of shares; a share of None has no limit."""
    label = "time-sliced" if None in shares else "/".join(map(str, shares))
    sides = "ab" if len(shares) == 2 else range(len(shares))
    tenants = Tenants(shares)
    solo = {
        (index, name): tenants.iteration_us({index: name})[0]
        for index in range(len(shares))
        for name in LOADS
    }
    for names in combinations(shares):
        times = tenants.iteration_us(dict(enumerate(names)))
        for index, iteration in enumerate(times):
            alone = solo[index, names[index]]
            yield [
                label,
                names[0],
                names[1],
                sides[index],
                shares[index],
                f"{iteration:.1f}",
                f"{alone:.1f}",
                f"{iteration / alone:.3f}",
            ]
    tenants.stop()


def parse_shares(text):
    """Percentages with slashes between them, or none/none."""
    values = text.split("/")
    shares = [None if value == "none" else int(value) for value in values]
    if len(shares) < 2 or (None in shares and set(shares) != {None}):
        raise argparse.ArgumentTypeError(f"{text}: expected shares such as 50/50, or none/none")
    return shares


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--shares",
        action="append",
        required=True,
        type=parse_shares,
        metavar="A/B",
        help="percent of each tenant, such as 50/50 or 25/25/25/25; may be repeated",
    )
    parser.add_argument("--out", required=True, metavar="FILE.csv", help="rows are appended to it")
    arguments = parser.parse_args()
    with open(arguments.out, "a", newline="") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(COLUMNS.split(","))
        for shares in arguments.shares:
            start = time.time()
            writer.writerows(measure(shares))
            file.flush()
            print(shares, f"{time.time() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
