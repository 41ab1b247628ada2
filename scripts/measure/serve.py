"""Runs agentic workflows on a small real serving engine, several models sharing one GPU.

Each LLM is a process of its own (random bf16 weights, every layer) with an MPS share of the GPU;
start an MPS daemon first. Output lengths are forced, so a run is a real execution of a known
workload. For every run NAME of the configurations three files are written to the output folder:

  NAME.trace.jsonl   one call a line, with its measured submit, first token and end in `observed`
  NAME.plan.yaml     which model had which share of the GPU
  NAME.steps.csv.gz  every iteration: engine,start_s,end_s,decodes,prefill_tokens,context_sum
"""

import argparse
import heapq
import json
import multiprocessing
import os
import time
from multiprocessing.connection import wait
from pathlib import Path

from run_files import write_run
from workflows import draw_executions

POLL_SECONDS = 0.0005
MAX_SEQUENCES = 128  # The largest batch of engine.py.


def run_engine(connection, config):
    """An engine process."""
    # CUDA reads this when it starts, so it comes before the import of torch.
    os.environ["CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"] = str(config["share"])
    from engine import serve

    serve(connection, config["model"], config["max_num_seqs"])


class Engines:
    """The engine processes of a run, by the role of their LLM."""

    def __init__(self, configs):
        context = multiprocessing.get_context("spawn")
        self.processes, self.connections = {}, {}
        for config in configs:
            connection, remote = context.Pipe()
            process = context.Process(target=run_engine, args=(remote, config))
            process.start()
            self.processes[config["role"]] = process
            self.connections[config["role"]] = connection
        for role in self.connections:
            self._await_ready(role)

    def _await_ready(self, role):
        while not self.connections[role].poll(1):
            if not self.processes[role].is_alive():
                raise SystemExit(f"engine {role} died")
        self.connections[role].recv()

    def start(self, run_start):
        for connection in self.connections.values():
            connection.send(run_start)

    def submit(self, key, call):
        self.connections[call.role].send((key, call.prompt_tokens, call.output_tokens))

    def ended_calls(self, timeout):
        """Key, first token and end of one call of every engine that has ended any."""
        return [connection.recv() for connection in wait(self.connections.values(), timeout)]

    def stop(self):
        """The iterations of every engine, by role; calls that still run are dropped."""
        iterations = {}
        for role, connection in self.connections.items():
            connection.send(None)
            while not isinstance(message := connection.recv(), list):
                pass
            iterations[role] = message
            self.processes[role].join()
        return iterations


class Driver:
    """Submits the calls of all executions when they are due, and notes when they end."""

    def __init__(self, engines, executions, run_start):
        self.engines = engines
        self.executions = executions
        self.run_start = run_start
        self.calls_left = sum(len(execution.calls) for execution in executions)
        self.blockers = {}
        self.due = []
        self.scheduled = 0
        for execution in executions:
            for call in execution.calls:
                self.blockers[execution.id, call.id] = len(call.after)
                if not call.after:
                    self._schedule(execution.arrival + call.tool_seconds, execution, call)

    def now(self):
        """Seconds from the run's start."""
        return time.time() - self.run_start

    def run(self, cutoff):
        """Runs until every call has ended or the time is over."""
        while self.calls_left and self.now() < cutoff:
            while self.due and self.due[0][0] <= self.now():
                _, _, execution, call = heapq.heappop(self.due)
                call.submit = self.now()
                self.engines.submit((execution.id, call.id), call)
            until_due = self.due[0][0] - self.now() if self.due else POLL_SECONDS
            for ended in self.engines.ended_calls(max(0, min(POLL_SECONDS, until_due))):
                self._end_call(*ended)

    def _end_call(self, key, first_token, end):
        execution = self.executions[key[0]]
        call = execution.calls[key[1]]
        call.first_token, call.end = first_token, end
        self.calls_left -= 1
        for successor in execution.calls:
            if call.id in successor.after:
                self.blockers[execution.id, successor.id] -= 1
                if self.blockers[execution.id, successor.id] == 0:
                    self._schedule(self.now() + successor.tool_seconds, execution, successor)

    def _schedule(self, when, execution, call):
        # The counter keeps calls that are due at one time in order.
        heapq.heappush(self.due, (when, self.scheduled, execution, call))
        self.scheduled += 1


def run(config, gpu, folder):
    """Runs one configuration and writes its files."""
    engines = Engines(config["engines"])
    executions = draw_executions(config)
    run_start = time.time() + 0.5
    engines.start(run_start)
    driver = Driver(engines, executions, run_start)
    driver.run(cutoff=config["seconds"] * 4 + 20)
    makespan = driver.now()
    write_run(folder, config, gpu, executions, engines.stop())
    print(config["name"], summary(executions), "makespan", round(makespan, 1), flush=True)


def summary(executions):
    """Counts and latencies of a run in one line."""
    done = [e for e in executions if all(call.end is not None for call in e.calls)]
    latencies = sorted(max(call.end for call in e.calls) - e.arrival for e in done)
    counts = f"workflows {len(executions)} done {len(done)}"
    counts += f" calls {sum(len(e.calls) for e in executions)}"
    if not latencies:
        return counts
    mean = sum(latencies) / len(latencies)
    p95 = latencies[int(0.95 * len(latencies))]
    return f"{counts} mean latency {mean:.3f} p95 {p95:.3f}"


def check(config):
    """Stops on a configuration that the engine or the written files cannot express."""
    models = [engine["model"] for engine in config["engines"]]
    if len(set(models)) < len(models):
        raise SystemExit(f"{config['name']}: two engines have one model, files name LLMs by it")
    if any(engine["max_num_seqs"] > MAX_SEQUENCES for engine in config["engines"]):
        raise SystemExit(f"{config['name']}: max_num_seqs can be {MAX_SEQUENCES} at most")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="runs to do (default: all)")
    add("--out", required=True, metavar="DIR", help="where the files go")
    add("--gpu", required=True, help="what the plans call the GPU, such as H100")
    add(
        "--configs",
        type=Path,
        default=Path(__file__).with_name("configs.json"),
        metavar="FILE",
        help="the runs (default: configs.json beside this program)",
    )
    return parser, parser.parse_args()


def main():
    parser, arguments = parse_arguments()
    configs = {config["name"]: config for config in json.loads(arguments.configs.read_text())}
    unknown = set(arguments.names) - set(configs)
    if unknown:
        parser.error(f"no run named {', '.join(sorted(unknown))}; there are {', '.join(configs)}")
    os.makedirs(arguments.out, exist_ok=True)
    for name in arguments.names or configs:
        check(configs[name])
        start = time.time()
        run(configs[name], arguments.gpu, arguments.out)
        print(f"  took {time.time() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
