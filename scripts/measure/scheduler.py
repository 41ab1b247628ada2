"""Continuous batching with chunked prefill: decides what the next iteration of an engine holds.

Every running sequence decodes one token; what is left of the token budget goes to prefill chunks,
first come first served. A request holds a slot of the KV cache from its first chunk to its end.
"""

from dataclasses import dataclass

TOKEN_BUDGET = 2048


@dataclass(eq=False)
class Request:
    """One call in the engine, and how far it has come."""

    key: tuple
    prompt: int
    output: int
    slot: int = -1
    prefilled: int = 0
    generated: int = 0
    first_token: float = 0

    @property
    def is_decoding(self):
        return self.prefilled >= self.prompt

    @property
    def is_done(self):
        return self.is_decoding and self.generated >= self.output


class Scheduler:
    """The waiting and the running requests of an engine with so many sequence slots."""

    def __init__(self, slots):
        self.waiting = []
        self.running = []
        self.free_slots = list(range(slots))

    @property
    def is_idle(self):
        return not self.waiting and not self.running

    def next_batch(self):
        """The requests that decode, and the requests with the tokens that they prefill."""
        decodes = [request for request in self.running if request.is_decoding]
        budget = TOKEN_BUDGET - len(decodes)
        chunks = []
        for request in self.running:
            if not request.is_decoding and budget > 0:
                chunk = min(budget, request.prompt - request.prefilled)
                chunks.append((request, chunk))
                budget -= chunk
        while self.waiting and budget > 0 and self.free_slots:
            request = self.waiting.pop(0)
            request.slot = self.free_slots.pop()
            self.running.append(request)
            chunk = min(budget, request.prompt)
            chunks.append((request, chunk))
            budget -= chunk
        return decodes, chunks

    def finish_batch(self, decodes, chunks, now):
        """Counts the tokens of an iteration that ended; returns the requests that are done."""
        for request in decodes:
            request.generated += 1
        for request, chunk in chunks:
            request.prefilled += chunk
            if request.is_decoding:
                request.generated = 1
                request.first_token = now
        done = [request for request in self.running if request.is_done]
        for request in done:
            self.running.remove(request)
            self.free_slots.append(request.slot)
        return done
