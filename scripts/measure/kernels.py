"""Triton kernels of one transformer layer in which all sequences of a batch have one length.

Matrices are row-major bf16, sums are float32. A row of `qkv` is the fused projection of one token:
Q_HEADS query heads, KV_HEADS key heads and KV_HEADS value heads of HEAD_DIM values each, ROW values
in all. A KV cache is [sequence, position, kv head, HEAD_DIM].
"""

import triton
import triton.language as tl


@triton.jit
def add_rms_norm(x, residual, weight, out, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    """Adds a row of `x` to the residual stream and writes the stream's RMS norm to `out`."""
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    mask = column < WIDTH
    value = (
        tl.load(x + row * WIDTH + column, mask=mask, other=0.0).to(tl.float32)
        + tl.load(residual + row * WIDTH + column, mask=mask, other=0.0).to(tl.float32)
    )
    tl.store(residual + row * WIDTH + column, value.to(tl.bfloat16), mask=mask)
    scale = tl.rsqrt(tl.sum(value * value, 0) / WIDTH + 1e-5)
    normed = value * scale * tl.load(weight + column, mask=mask, other=0.0).to(tl.float32)
    tl.store(out + row * WIDTH + column, normed.to(tl.bfloat16), mask=mask)


@triton.jit
def silu_and_mul(gate_up, out, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    """The gated activation of the MLP; a row of `gate_up` holds the gates, then the factors."""
    row = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < WIDTH
    gate = tl.load(gate_up + row * 2 * WIDTH + column, mask=mask, other=0.0).to(tl.float32)
    up = tl.load(gate_up + row * 2 * WIDTH + WIDTH + column, mask=mask, other=0.0).to(tl.float32)
    tl.store(out + row * WIDTH + column, (gate * tl.sigmoid(gate) * up).to(tl.bfloat16), mask=mask)


@triton.jit
def rotate(qkv, cos, sin, ROW: tl.constexpr, HEAD_DIM: tl.constexpr):
    """Rotary embedding of one query or key head of one token, in place."""
    token = tl.program_id(0)
    head = tl.program_id(1)
    index = tl.arange(0, HEAD_DIM // 2)
    start = qkv + token * ROW + head * HEAD_DIM
    a = tl.load(start + index).to(tl.float32)
    b = tl.load(start + HEAD_DIM // 2 + index).to(tl.float32)
    c = tl.load(cos + index)
    s = tl.load(sin + index)
    tl.store(start + index, (a * c - b * s).to(tl.bfloat16))
    tl.store(start + HEAD_DIM // 2 + index, (a * s + b * c).to(tl.bfloat16))


@triton.jit
def write_kv(
    qkv,
    k_cache,
    v_cache,
    position,
    capacity,
    ROW: tl.constexpr,
    Q_HEADS: tl.constexpr,
    KV_HEADS: tl.constexpr,
    HEAD_DIM: tl.constexpr,
):
    """Appends the new token's key and value of one head to the caches of its sequence."""
    sequence = tl.program_id(0)
    head = tl.program_id(1)
    index = tl.arange(0, HEAD_DIM)
    source = qkv + sequence * ROW + (Q_HEADS + head) * HEAD_DIM
    target = (sequence.to(tl.int64) * capacity + position) * KV_HEADS * HEAD_DIM + head * HEAD_DIM
    tl.store(k_cache + target + index, tl.load(source + index))
    tl.store(v_cache + target + index, tl.load(source + KV_HEADS * HEAD_DIM + index))


@triton.jit
def attend_split(
    qkv,
    k_cache,
    v_cache,
    partial_out,
    partial_sums,
    context,
    capacity,
    ROW: tl.constexpr,
    Q_HEADS: tl.constexpr,
    KV_HEADS: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    GROUP: tl.constexpr,
    GROUP_PADDED: tl.constexpr,
    SPLITS: tl.constexpr,
    BLOCK: tl.constexpr,
    SCALE: tl.constexpr,
):
    """Decode attention of one KV head's query group over one of SPLITS parts of the context.

    Leaves the unnormalised output, the maximum and the sum of weights for `combine_splits`.
    """
    sequence = tl.program_id(0)
    head = tl.program_id(1)
    split = tl.program_id(2)
    member = tl.arange(0, GROUP_PADDED)
    index = tl.arange(0, HEAD_DIM)
    q = tl.load(
        qkv + sequence * ROW + (head * GROUP + member)[:, None] * HEAD_DIM + index[None, :],
        mask=member[:, None] < GROUP,
        other=0.0,
    )
    span = tl.cdiv(tl.cdiv(context, SPLITS), BLOCK) * BLOCK
    first = split * span
    last = tl.minimum(first + span, context)
    maximum = tl.full([GROUP_PADDED], -1e30, tl.float32)
    total = tl.zeros([GROUP_PADDED], tl.float32)
    out = tl.zeros([GROUP_PADDED, HEAD_DIM], tl.float32)
    base = sequence.to(tl.int64) * capacity * KV_HEADS * HEAD_DIM + head * HEAD_DIM
    for start in range(first, last, BLOCK):
        position = start + tl.arange(0, BLOCK)
        valid = position < last
        k = tl.load(
            k_cache + base + position[:, None].to(tl.int64) * KV_HEADS * HEAD_DIM + index[None, :],
            mask=valid[:, None],
            other=0.0,
        )
        score = tl.dot(q, tl.trans(k)) * SCALE
        score = tl.where(valid[None, :], score, -1e30)
        new_maximum = tl.maximum(maximum, tl.max(score, 1))
        weight = tl.exp(score - new_maximum[:, None])
        decay = tl.exp(maximum - new_maximum)
        total = total * decay + tl.sum(weight, 1)
        v = tl.load(
            v_cache + base + position[:, None].to(tl.int64) * KV_HEADS * HEAD_DIM + index[None, :],
            mask=valid[:, None],
            other=0.0,
        )
        out = out * decay[:, None] + tl.dot(weight.to(tl.bfloat16), v)
        maximum = new_maximum
    row = (sequence * Q_HEADS + head * GROUP + member) * SPLITS + split
    tl.store(
        partial_out + row[:, None] * HEAD_DIM + index[None, :], out, mask=member[:, None] < GROUP
    )
    tl.store(partial_sums + row * 2, maximum, mask=member < GROUP)
    tl.store(partial_sums + row * 2 + 1, total, mask=member < GROUP)


@triton.jit
def combine_splits(
    partial_out, partial_sums, out, HEAD_DIM: tl.constexpr, SPLITS: tl.constexpr
):
    """Joins the parts of one query head that `attend_split` left."""
    row = tl.program_id(0)
    split = tl.arange(0, SPLITS)
    index = tl.arange(0, HEAD_DIM)
    maximum = tl.load(partial_sums + (row * SPLITS + split) * 2)
    total = tl.load(partial_sums + (row * SPLITS + split) * 2 + 1)
    overall = tl.max(maximum, 0)
    weight = tl.exp(maximum - overall)
    part = tl.load(partial_out + (row * SPLITS + split)[:, None] * HEAD_DIM + index[None, :])
    joined = tl.sum(part * weight[:, None], 0) / tl.sum(total * weight, 0)
    tl.store(out + row * HEAD_DIM + index, joined.to(tl.bfloat16))
