"""Writes a measured run as the files that the simulator reads: trace, plan and iterations.

LLMs go by their catalog names. Times are milliseconds in the trace, seconds in the iterations.
"""

import csv
import gzip
import io
import json

STEP_COLUMNS = "engine,start_s,end_s,decodes,prefill_tokens,context_sum"


def write_run(folder, config, gpu, executions, steps):
    """Writes NAME.trace.jsonl, NAME.plan.yaml and NAME.steps.csv.gz to a folder."""
    path = f"{folder}/{config['name']}"
    models = {engine["role"]: engine["model"] for engine in config["engines"]}
    with open(f"{path}.trace.jsonl", "w") as file:
        file.writelines(f"{line}\n" for line in trace_lines(executions, models))
    with open(f"{path}.plan.yaml", "w") as file:
        file.write(plan_text(config, gpu))
    with open(f"{path}.steps.csv.gz", "wb") as file:
        file.write(steps_gzip(steps, models))


def milliseconds(seconds):
    """Seconds to milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)


def trace_lines(executions, models):
    """The calls as JSON, one a line, by execution."""
    for execution in executions:
        for call in execution.calls:
            yield json.dumps(trace_row(execution, call, models), separators=(",", ":"))


def trace_row(execution, call, models):
    """One call of the trace; `observed` is missing when the run was cut off before its end."""
    row = {
        "workflow": execution.workflow,
        "session_id": str(execution.id),
        "request_id": f"{execution.id}/{call.id}",
        "model": models[call.role],
        "input_length": call.prompt_tokens,
        "output_length": call.output_tokens,
    }
    if call.after:
        row["wait_for"] = [f"{execution.id}/{before}" for before in call.after]
    else:
        row["timestamp"] = milliseconds(execution.arrival)
    if call.tool_seconds:
        row["tool_wait_ms"] = milliseconds(call.tool_seconds)
    if call.end is not None:
        row["observed"] = {
            "submit_ms": milliseconds(call.submit),
            "first_token_ms": milliseconds(call.first_token),
            "end_ms": milliseconds(call.end),
        }
    return row


def plan_text(config, gpu):
    """The plan that the run executed."""
    run = f"workflow {config['workflow']}, Poisson {config['rate']}/s for {config['seconds']} s"
    lines = [
        f"# measured run: {config['name']} ({run})",
        f"cluster: 1x1x{gpu}",
        "engine: torch-bench",
        "llms:",
    ]
    for engine in config["engines"]:
        lines += [
            f"  {engine['model']}:",
            f"    max_num_seqs: {engine['max_num_seqs']}",
            "    replicas:",
            "      - gpus: [node0/gpu0]",
            f"        share: {engine['share'] / 100:g}",
        ]
    return "\n".join(lines) + "\n"


def steps_gzip(steps, models):
    """The iterations of all engines, `steps` by role, as compressed CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(STEP_COLUMNS.split(","))
    for role, rows in steps.items():
        for start, end, *counts in rows:
            writer.writerow([models[role], f"{start:.6f}", f"{end:.6f}", *counts])
    # Without the time of writing: the same run gives the same bytes.
    return gzip.compress(text.getvalue().encode(), mtime=0)
