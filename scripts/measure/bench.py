"""Measures one transformer layer and the LM head of LLMs alone on one GPU.

Every point is GPU time of a CUDA graph over --slice layers, divided by their number (median of
replays). Rows are appended to a CSV file:

  model,tp,share,sms,kind,batch,q_tokens,context,layer_us,head_us

kind=decode:  `batch` sequences, one new token each, `context` tokens already in each KV cache
kind=prefill: one sequence, `q_tokens` new tokens after `context` cached tokens

`share` is CUDA_MPS_ACTIVE_THREAD_PERCENTAGE / 100 (1.0 without MPS), `sms` what the process sees.
"""

import argparse
import csv
import functools
import os
import sys
import time

COLUMNS = "model,tp,share,sms,kind,batch,q_tokens,context,layer_us,head_us"


def integers(text):
    """A comma-separated list of integers."""
    return [int(value) for value in text.split(",") if value]


def integer_pairs(text):
    """A comma-separated list of pairs A:B."""
    return [tuple(int(value) for value in pair.split(":")) for pair in text.split(",") if pair]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", action="append", required=True, metavar="NAME:TP", help="may be repeated")
    add("--out", required=True, metavar="FILE.csv", help="rows are appended to it")
    add("--slice", type=int, default=4, help="layers in a graph (default: %(default)s)")
    add(
        "--batches",
        type=integers,
        default="1,2,4,8,16,32,64,96,128,192,256",
        help="decode batches (default: %(default)s)",
    )
    add(
        "--contexts",
        type=integers,
        default="128,512,1024,2048,4096,8192",
        help="cached tokens of a decoding sequence (default: %(default)s)",
    )
    add(
        "--prefills",
        type=integers,
        default="16,64,128,256,512,1024,2048,4096,8192",
        help="prompts without cached tokens (default: %(default)s)",
    )
    add(
        "--chunked",
        type=integer_pairs,
        default="512:1024,512:4096,512:16384,2048:2048,2048:8192",
        help="new:cached tokens of prompts with cached ones (default: %(default)s)",
    )
    add(
        "--kv-gib",
        type=float,
        default=24,
        help="skip decode points whose KV cache takes more GiB (default: %(default)s)",
    )
    return parser.parse_args()


def measure(model, arguments):
    """Yields kind, batch, q_tokens, context, layer and head time of every point of a model."""
    # Here, so that --help needs no GPU libraries.
    import model as llm

    layer_count = len(model.layers)

    @functools.cache
    def head_us(rows):
        tokens = llm.random_bf16(rows, model.hidden)
        return llm.graph_microseconds(lambda: model.next_tokens(tokens))

    for context in arguments.contexts:
        for batch in arguments.batches:
            if model.kv_bytes(batch * (context + 16)) > arguments.kv_gib * 2**30:
                continue
            layer_us = llm.graph_microseconds(model.decode(batch, context)) / layer_count
            yield "decode", batch, 1, context, layer_us, head_us(batch)
    for prompt, context in [(prompt, 0) for prompt in arguments.prefills] + arguments.chunked:
        try:
            layer_us = llm.graph_microseconds(model.prefill(prompt, context)) / layer_count
            yield "prefill", 1, prompt, context, layer_us, head_us(1)
        except RuntimeError as error:
            # The memory or the attention library gives up on the largest prompts of some GPUs.
            print("prefill", prompt, context, repr(error)[:200], file=sys.stderr)


def main():
    arguments = parse_arguments()
    import torch

    from model import Model

    share = float(os.environ.get("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "100")) / 100
    with open(arguments.out, "a", newline="") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(COLUMNS.split(","))
        for spec in arguments.model:
            name, tp = spec.split(":")
            start = time.time()
            model = Model(name, int(tp), arguments.slice)
            for *point, layer_us, head_us in measure(model, arguments):
                times = (f"{layer_us:.2f}", f"{head_us:.2f}")
                writer.writerow([name, tp, share, model.sms, *point, *times])
            file.flush()
            seconds = time.time() - start
            print(f"{name} tp{tp} share {share} sms {model.sms}: {seconds:.1f} s", flush=True)
            del model
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
