"""A small real serving engine on one GPU: every layer of one model, random weights.

An iteration without prefill is a CUDA graph at a padded batch size; one with prefill runs eagerly.
There is no prefix cache, and a sequence ends when it has the output length that was asked for.
"""

import time

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

import kernels
import serve_kernels
from model import Model, capture
from scheduler import Request, Scheduler

BATCH_SIZES = [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128]
MAX_BATCH = max(BATCH_SIZES)
SLOT_TOKENS = 4096
MAX_SPLITS = 16
# The embedding is cut to this many rows: which row is read does not change the time.
EMBEDDINGS = 4096


class Executor:
    """Runs iterations: the model, its KV cache of `slots` sequences, and the CUDA graphs."""

    def __init__(self, model_name, slots):
        self.model = Model(model_name)
        self.padding_slot = slots
        self._allocate(slots)
        needed = next(size for size in BATCH_SIZES if size >= slots)
        self.graphs = {
            size: capture(lambda size=size: self._decode_graph(size))
            for size in BATCH_SIZES
            if size <= needed
        }
        self._warm_up()

    def _allocate(self, slots):
        model = self.model
        size = (slots + 1, SLOT_TOKENS, model.kv_heads, model.head_dim)
        self.k_caches = [
            torch.zeros(*size, device="cuda", dtype=torch.bfloat16) for _ in model.layers
        ]
        self.v_caches = [torch.zeros_like(self.k_caches[0]) for _ in model.layers]
        self.embeddings = torch.randn(
            EMBEDDINGS, model.hidden, device="cuda", dtype=torch.bfloat16
        )
        self.tokens = torch.zeros(MAX_BATCH, device="cuda", dtype=torch.int64)
        self.slots = torch.full((MAX_BATCH,), slots, device="cuda", dtype=torch.int32)
        self.contexts = torch.zeros(MAX_BATCH, device="cuda", dtype=torch.int32)
        self.partial = model.partial_buffers(MAX_BATCH, MAX_SPLITS)
        self.next_tokens = torch.zeros(MAX_BATCH, device="cuda", dtype=torch.int64)

    def _warm_up(self):
        """Compiles and loads the kernels of eager iterations before the run starts."""
        for tokens in (16, 64, 256, 1024, 2048):
            self.run_eager([], [], [(0, 0, tokens)])
        self.run_eager([0], [100], [(1, 0, 200)])
        self.run_eager([], [], [(0, 64, 200)])
        torch.cuda.synchronize()

    def run_decodes(self, slots, contexts):
        """One new token for the sequences in these slots with these contexts."""
        count = len(slots)
        size = next(size for size in BATCH_SIZES if size >= count)
        inputs = torch.full((2, size), self.padding_slot, dtype=torch.int32)
        inputs[1] = 0
        inputs[0, :count] = torch.tensor(slots)
        inputs[1, :count] = torch.tensor(contexts)
        on_gpu = inputs.cuda()
        self.slots[:size] = on_gpu[0]
        self.contexts[:size] = on_gpu[1]
        self.graphs[size].replay()
        self.tokens[:size] = self.next_tokens[:size]
        self.next_tokens[:count].cpu()  # Waits for the GPU.

    def run_eager(self, slots, contexts, chunks):
        """One new token a sequence, and prefill chunks of (slot, cached tokens, new tokens)."""
        count = len(slots)
        if count:
            self.slots[:count] = torch.tensor(slots, dtype=torch.int32)
            self.contexts[:count] = torch.tensor(contexts, dtype=torch.int32)
        total = count + sum(tokens for _, _, tokens in chunks)
        x = self.embeddings[torch.arange(total, device="cuda") % EMBEDDINGS]
        x = self._run_layers(x, count, chunks)
        rows = list(range(count))
        end = count
        for _, _, tokens in chunks:
            end += tokens
            rows.append(end - 1)
        self.model.next_tokens(x[rows]).cpu()  # Waits for the GPU.

    def _decode_graph(self, size):
        x = self._run_layers(self.embeddings[self.tokens[:size]], size, [])
        self.next_tokens[:size] = self.model.next_tokens(x) & (EMBEDDINGS - 1)

    def _run_layers(self, x, decodes, chunks):
        """All layers; the first `decodes` rows of `x` are decode tokens, then the chunks."""
        width = self.model.q_heads * self.model.head_dim

        def attend(index, qkv):
            out = torch.empty(x.shape[0], width, device="cuda", dtype=torch.bfloat16)
            if decodes:
                self._attend_decodes(index, qkv, decodes, out)
            first = decodes
            for slot, cached, tokens in chunks:
                rows = slice(first, first + tokens)
                out[rows] = self._attend_chunk(index, qkv[rows], slot, cached)
                first += tokens
            return out

        return self.model.run_layers(x, attend)

    def _attend_decodes(self, index, qkv, count, out):
        model = self.model
        caches = (self.k_caches[index], self.v_caches[index])
        sizes = (model.qkv_width, model.q_heads, model.kv_heads, model.head_dim)
        splits = self._splits(count)
        serve_kernels.write_kv_slots[(count, model.kv_heads)](
            qkv, *caches, self.slots, self.contexts, SLOT_TOKENS, *sizes, num_warps=1
        )
        serve_kernels.attend_split_slots[(count, model.kv_heads, splits)](
            qkv,
            *caches,
            *self.partial,
            self.slots,
            self.contexts,
            SLOT_TOKENS,
            *sizes,
            *model.split_constants(splits),
            num_warps=4,
            num_stages=3,
        )
        kernels.combine_splits[(count * model.q_heads,)](
            *self.partial, out, model.head_dim, splits, num_warps=1
        )

    def _attend_chunk(self, index, qkv, slot, cached):
        """Attention of one prefill chunk; appends its keys and values to the cache."""
        model = self.model
        tokens = qkv.shape[0]
        heads = qkv.view(1, tokens, model.q_heads + 2 * model.kv_heads, model.head_dim)
        v_start = model.q_heads + model.kv_heads
        k_cache, v_cache = self.k_caches[index], self.v_caches[index]
        k_cache[slot, cached : cached + tokens] = heads[0, :, model.q_heads : v_start]
        v_cache[slot, cached : cached + tokens] = heads[0, :, v_start:]
        with sdpa_kernel([SDPBackend.FLASH_ATTENTION]):
            out = F.scaled_dot_product_attention(
                heads[:, :, : model.q_heads].transpose(1, 2),
                k_cache[slot : slot + 1, : cached + tokens].transpose(1, 2),
                v_cache[slot : slot + 1, : cached + tokens].transpose(1, 2),
                is_causal=(cached == 0),
                enable_gqa=True,
            )
        return out.transpose(1, 2).reshape(tokens, -1)

    def _splits(self, batch):
        """Parts of the context, enough to fill the GPU whatever the contexts are."""
        splits = 1
        while splits < MAX_SPLITS and batch * self.model.kv_heads * splits < 2 * self.model.sms:
            splits *= 2
        return splits


def run_iteration(executor, scheduler, now):
    """One iteration: its row of the log, and the requests that it ended."""
    start = now()
    decodes, chunks = scheduler.next_batch()
    # Output tokens but the last are in the cache.
    totals = [request.prompt + request.generated for request in decodes]
    slots = [request.slot for request in decodes]
    contexts = [total - 1 for total in totals]
    if chunks:
        executor.run_eager(slots, contexts, [(r.slot, r.prefilled, n) for r, n in chunks])
    else:
        executor.run_decodes(slots, contexts)
    end = now()
    prefill_tokens = sum(tokens for _, tokens in chunks)
    row = (start, end, len(decodes), prefill_tokens, sum(totals))
    return row, scheduler.finish_batch(decodes, chunks, end)


def serve(connection, model_name, slots):
    """Serves the calls that come over the connection until None comes.

    Says "ready", is told the run's start, answers each (key, prompt, output) with (key, first
    token, end) in seconds from the start, and at the end with the list of its iterations.
    """
    executor, scheduler = Executor(model_name, slots), Scheduler(slots)
    connection.send("ready")
    run_start = connection.recv()
    iterations = []
    while True:
        while connection.poll(0.05 if scheduler.is_idle else 0):
            message = connection.recv()
            if message is None:
                connection.send(iterations)
                return
            scheduler.waiting.append(Request(*message))
        if scheduler.is_idle:
            continue
        row, done = run_iteration(executor, scheduler, lambda: time.time() - run_start)
        iterations.append(row)
        for request in done:
            connection.send((request.key, request.first_token, row[1]))
