"""Checks the decode attention against float32, and prints the GPU's two ceilings.

The relative error should be of the order of bf16's rounding, 2^-8. The ceilings are those of a
large matrix product and of a copy, to compare with the data sheet.
"""

import argparse

CASES = [  # model, tensor-parallel degree, batch, context
    ("llama-3.2-1b", 1, 3, 200),
    ("llama-3.1-8b", 2, 5, 777),
    ("llama-3.1-70b", 4, 2, 3000),
    ("qwen2.5-14b", 1, 4, 515),
]


def reference_attention(model, qkv, caches, context):
    """Attention of one new token a sequence, in float32."""
    import torch.nn.functional as F

    batch = qkv.shape[0]
    q = qkv[:, : model.q_heads * model.head_dim].view(batch, model.q_heads, 1, model.head_dim)
    k, v = (
        cache[:, : context + 1].transpose(1, 2).repeat_interleave(model.group, 1).float()
        for cache in caches
    )
    return F.scaled_dot_product_attention(q.float(), k, v).reshape(batch, -1)


def check_attention(name, tp, batch, context):
    """Prints the relative error with the context in one part and in four."""
    import torch

    from model import Model, random_bf16

    model = Model(name, tp, 1)
    size = (batch, context + 16, model.kv_heads, model.head_dim)
    caches = (random_bf16(*size), random_bf16(*size))
    qkv = random_bf16(batch, model.qkv_width)
    for splits in (1, 4):
        # Not a number, so that a place which no kernel writes shows.
        nan = float("nan")
        partial = tuple(buffer.fill_(nan) for buffer in model.partial_buffers(batch, splits))
        width = model.q_heads * model.head_dim
        out = torch.full((batch, width), nan, device="cuda", dtype=torch.bfloat16)
        model.attend_decode(qkv, caches, context, partial, out)
        expected = reference_attention(model, qkv, caches, context)
        error = ((out.float() - expected).norm() / expected.norm()).item()
        print(name, tp, splits, "rel err", error)


def print_ceilings():
    """Prints the rates of a matrix product and of a copy."""
    import torch
    import triton

    from model import random_bf16

    a, b = random_bf16(8192, 8192), random_bf16(8192, 8192)
    milliseconds = triton.testing.do_bench(lambda: a @ b, return_mode="median")
    print("gemm 8192^3 TFLOP/s", 2 * 8192**3 / milliseconds / 1e9)
    source = torch.empty(2**32, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    milliseconds = triton.testing.do_bench(lambda: target.copy_(source), return_mode="median")
    print("copy TB/s", 2 * 2**32 / milliseconds / 1e9)


def main():
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    import torch

    torch.manual_seed(1)
    for case in CASES:
        check_attention(*case)
    print_ceilings()


if __name__ == "__main__":
    main()
