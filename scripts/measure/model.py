"""Transformer layers and the LM head of Llama-shaped models on one GPU, with random bf16 weights.

Times depend on shapes and not on values, so no checkpoint is needed. A tensor-parallel degree above
1 gives one shard, without all-reduce.
"""

import time
from typing import NamedTuple

import torch
import torch.nn.functional as F
import triton
from torch.nn.attention import SDPBackend, sdpa_kernel

import kernels


class Shape(NamedTuple):
    """The dimensions of a model that decide what its layers cost."""

    layers: int
    hidden: int
    q_heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int


SHAPES = {
    "llama-3.2-1b": Shape(16, 2048, 32, 8, 64, 8192, 128256),
    "llama-3.2-3b": Shape(28, 3072, 24, 8, 128, 8192, 128256),
    "llama-3.1-8b": Shape(32, 4096, 32, 8, 128, 14336, 128256),
    "llama-3.1-70b": Shape(80, 8192, 64, 8, 128, 28672, 128256),
    "qwen2.5-14b": Shape(48, 5120, 40, 8, 128, 13824, 152064),
    "qwen2.5-32b": Shape(64, 5120, 40, 8, 128, 27648, 152064),
    "mistral-7b": Shape(32, 4096, 32, 8, 128, 14336, 32768),
}

ATTENTION_BLOCK = 64
SILU_BLOCK = 1024


def power_of_two(n):
    """The least power of two that is not below n."""
    return 1 << (n - 1).bit_length()


def random_bf16(*size):
    """A random bf16 tensor on the GPU."""
    return torch.randn(*size, device="cuda", dtype=torch.bfloat16)


class Model:
    """One tensor-parallel shard of some layers of a model, and its LM head."""

    def __init__(self, name, tp=1, layer_count=None):
        shape = SHAPES[name]
        self.hidden = shape.hidden
        self.head_dim = shape.head_dim
        self.q_heads = shape.q_heads // tp
        self.kv_heads = max(1, shape.kv_heads // tp)
        self.group = self.q_heads // self.kv_heads
        self.ffn = shape.ffn // tp
        self.qkv_width = (self.q_heads + 2 * self.kv_heads) * self.head_dim
        self.layers = [self._random_layer() for _ in range(layer_count or shape.layers)]
        self.head = random_bf16(shape.vocab // tp, self.hidden) * 0.02
        self.sms = torch.cuda.get_device_properties(0).multi_processor_count
        self.cos = torch.ones(self.head_dim // 2, device="cuda")
        self.sin = torch.zeros(self.head_dim // 2, device="cuda")

    def _random_layer(self):
        return {
            "qkv": random_bf16(self.qkv_width, self.hidden) * 0.02,
            "out": random_bf16(self.hidden, self.q_heads * self.head_dim) * 0.02,
            "gate_up": random_bf16(2 * self.ffn, self.hidden) * 0.02,
            "down": random_bf16(self.hidden, self.ffn) * 0.02,
            "norm": random_bf16(self.hidden) * 0.02,
        }

    def kv_bytes(self, tokens):
        """Bytes of these layers' KV cache of so many tokens."""
        return tokens * self.kv_heads * self.head_dim * 4 * len(self.layers)

    def run_layers(self, x, attend):
        """All layers on the tokens `x`; `attend(layer_index, qkv)` returns attention outputs."""
        residual = torch.zeros_like(x)
        for index, layer in enumerate(self.layers):
            h = self._norm(x, residual, layer["norm"])
            qkv = F.linear(h, layer["qkv"])
            grid = (x.shape[0], self.q_heads + self.kv_heads)
            kernels.rotate[grid](
                qkv, self.cos, self.sin, self.qkv_width, self.head_dim, num_warps=1
            )
            x = F.linear(attend(index, qkv), layer["out"])
            h = self._norm(x, residual, layer["norm"])
            x = self._mlp(h, layer)
        return x

    def next_tokens(self, x):
        """The LM head and argmax."""
        return F.linear(x, self.head).argmax(-1)

    def _norm(self, x, residual, weight):
        out = torch.empty_like(residual)
        kernels.add_rms_norm[(x.shape[0],)](
            x, residual, weight, out, self.hidden, power_of_two(self.hidden), num_warps=8
        )
        return out

    def _mlp(self, h, layer):
        gate_up = F.linear(h, layer["gate_up"])
        activated = torch.empty(h.shape[0], self.ffn, device="cuda", dtype=torch.bfloat16)
        kernels.silu_and_mul[(h.shape[0], triton.cdiv(self.ffn, SILU_BLOCK))](
            gate_up, activated, self.ffn, SILU_BLOCK
        )
        return F.linear(activated, layer["down"])

    def decode(self, batch, context):
        """A function that runs one iteration of `batch` sequences with `context` cached tokens."""
        size = (batch, context + 16, self.kv_heads, self.head_dim)
        # One cache a layer, so that no layer finds its keys in L2 from the layer before.
        caches = [(random_bf16(*size), random_bf16(*size)) for _ in self.layers]
        tokens = random_bf16(batch, self.hidden)
        partial = self.partial_buffers(batch, self._splits(batch, context))

        def attend(index, qkv):
            out = torch.empty(
                batch, self.q_heads * self.head_dim, device="cuda", dtype=torch.bfloat16
            )
            self.attend_decode(qkv, caches[index], context, partial, out)
            return out

        return lambda: self.run_layers(tokens, attend)

    def prefill(self, prompt, context):
        """A function that runs one iteration of `prompt` new tokens after `context` cached ones."""
        size = (1, self.kv_heads, context, self.head_dim)
        caches = [(random_bf16(*size), random_bf16(*size)) for _ in self.layers] if context else []
        tokens = random_bf16(prompt, self.hidden)
        heads = self.q_heads + 2 * self.kv_heads

        def attend(index, qkv):
            rows = qkv.view(1, prompt, heads, self.head_dim).transpose(1, 2)
            q = rows[:, : self.q_heads]
            k = rows[:, self.q_heads : self.q_heads + self.kv_heads]
            v = rows[:, self.q_heads + self.kv_heads :]
            if context:
                k = torch.cat([caches[index][0], k], 2)
                v = torch.cat([caches[index][1], v], 2)
            return prefill_attention(q, k, v, context).transpose(1, 2).reshape(prompt, -1)

        return lambda: self.run_layers(tokens, attend)

    def attend_decode(self, qkv, caches, context, partial, out):
        """Appends the tokens' keys and values to the caches and writes their attention to `out`.

        `partial` comes from `partial_buffers`; its size says into how many parts the context goes.
        """
        batch, capacity = caches[0].shape[:2]
        splits = partial[0].shape[0] // (batch * self.q_heads)
        sizes = (self.qkv_width, self.q_heads, self.kv_heads, self.head_dim)
        kernels.write_kv[(batch, self.kv_heads)](
            qkv, *caches, context, capacity, *sizes, num_warps=1
        )
        kernels.attend_split[(batch, self.kv_heads, splits)](
            qkv,
            *caches,
            *partial,
            context + 1,
            capacity,
            *sizes,
            *self.split_constants(splits),
            num_warps=4,
            num_stages=3,
        )
        kernels.combine_splits[(batch * self.q_heads,)](
            *partial, out, self.head_dim, splits, num_warps=1
        )

    def partial_buffers(self, batch, splits):
        """Where `attend_split` leaves outputs, and maxima and sums, for `combine_splits`."""
        rows = batch * self.q_heads * splits
        return (
            torch.empty(rows, self.head_dim, device="cuda"),
            torch.empty(rows, 2, device="cuda"),
        )

    def split_constants(self, splits):
        """The last constants of `attend_split`: GROUP, GROUP_PADDED, SPLITS, BLOCK, SCALE."""
        # Tensor cores multiply 16 rows at least.
        padded = max(16, power_of_two(self.group))
        return self.group, padded, splits, ATTENTION_BLOCK, self.head_dim**-0.5

    def _splits(self, batch, context):
        """Parts of the context: enough to fill the GPU, none below 64 tokens."""
        splits = 1
        while (
            splits < 64
            and batch * self.kv_heads * splits < 2 * self.sms
            and context // (splits * 2) >= 64
        ):
            splits *= 2
        return splits


def prefill_attention(q, k, v, context):
    """Attention of new tokens to `context` cached ones and to each other.

    With cached tokens nothing is masked: the causal corner is below 1 / (2 * context / prompt + 1)
    of the work.
    """
    backends = [SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION]
    with sdpa_kernel(backends, set_priority=True):
        return F.scaled_dot_product_attention(q, k, v, is_causal=(context == 0), enable_gqa=True)


def capture(run):
    """A CUDA graph of `run`, which runs twice first: kernels are compiled on the first call."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        run()
        run()
    stream.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph


def graph_microseconds(run, budget_seconds=0.06):
    """Median GPU time of `run`, over 4 to 40 replays of its CUDA graph within the budget."""
    graph = capture(run)
    graph.replay()
    torch.cuda.synchronize()
    start = time.perf_counter()
    graph.replay()
    torch.cuda.synchronize()
    seconds = max(1e-6, time.perf_counter() - start)
    replays = int(max(4, min(40, budget_seconds / seconds)))
    events = [
        (torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True))
        for _ in range(replays)
    ]
    for before, after in events:
        before.record()
        graph.replay()
        after.record()
    torch.cuda.synchronize()
    times = sorted(before.elapsed_time(after) * 1000 for before, after in events)
    return times[len(times) // 2]
