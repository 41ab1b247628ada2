"""`write_kv` and `attend_split` of kernels.py for sequences of different lengths.

Each sequence has a slot of the KV cache and a context length of its own, both read from the GPU, so
that one CUDA graph serves every batch of a size.
"""

import triton
import triton.language as tl


@triton.jit
def write_kv_slots(
    qkv,
    k_cache,
    v_cache,
    slots,
    contexts,
    capacity,
    ROW: tl.constexpr,
    Q_HEADS: tl.constexpr,
    KV_HEADS: tl.constexpr,
    HEAD_DIM: tl.constexpr,
):
    """Appends the new token's key and value of one head to the slot of its sequence."""
    sequence = tl.program_id(0)
    head = tl.program_id(1)
    index = tl.arange(0, HEAD_DIM)
    source = qkv + sequence * ROW + (Q_HEADS + head) * HEAD_DIM
    position = tl.load(slots + sequence).to(tl.int64) * capacity + tl.load(contexts + sequence)
    target = position * KV_HEADS * HEAD_DIM + head * HEAD_DIM
    tl.store(k_cache + target + index, tl.load(source + index))
    tl.store(v_cache + target + index, tl.load(source + KV_HEADS * HEAD_DIM + index))


@triton.jit
def attend_split_slots(
    qkv,
    k_cache,
    v_cache,
    partial_out,
    partial_sums,
    slots,
    contexts,
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
    """Decode attention of one KV head's query group over one of SPLITS parts of the context."""
    sequence = tl.program_id(0)
    head = tl.program_id(1)
    split = tl.program_id(2)
    context = tl.load(contexts + sequence) + 1
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
    slot = tl.load(slots + sequence).to(tl.int64)
    base = slot * capacity * KV_HEADS * HEAD_DIM + head * HEAD_DIM
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
