"""The agentic workflows that serve.py runs, drawn from a seed.

Output lengths are drawn as well and forced on the engine, so a run is a real execution of a known
workload. The same seed gives the same workload: the committed runs can be drawn again, hence the
order of the draws below must stay.
"""

import math
import random
from dataclasses import dataclass, field
from typing import Optional


@dataclass
class Call:
    """One LLM call: `after` are the ids that end first, then a tool works for `tool_seconds`."""

    id: int
    role: str
    prompt_tokens: int
    output_tokens: int
    after: list[int]
    tool_seconds: float = 0
    # Measured, in seconds from the run's start; None until it has happened.
    submit: Optional[float] = None
    first_token: Optional[float] = None
    end: Optional[float] = None


@dataclass
class Execution:
    """One run of a workflow."""

    id: int
    workflow: str
    arrival: float
    calls: list[Call] = field(default_factory=list)


class Draft:
    """Collects the calls of one execution while it is drawn."""

    def __init__(self):
        self.calls = []

    def add(self, role, prompt, output, after=(), tool_seconds=0):
        """Adds a call and returns it."""
        call = Call(len(self.calls), role, prompt, output, list(after), tool_seconds)
        self.calls.append(call)
        return call


def tokens(rng, mean, cv, low, high):
    """A log-normal number of tokens with this mean and coefficient of variation, within bounds."""
    sigma = math.sqrt(math.log(1 + cv * cv))
    value = rng.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)
    return int(max(low, min(high, value)))


def chat(rng):
    """A single call: the control without a workflow."""
    draft = Draft()
    draft.add("big", tokens(rng, 600, 1.0, 16, 3000), tokens(rng, 200, 0.8, 4, 900))
    return draft.calls


def rag(rng):
    """A query is rewritten, candidates are reranked in parallel, an answer is written."""
    draft = Draft()
    query = draft.add("small", tokens(rng, 180, 0.4, 16, 1000), tokens(rng, 40, 0.5, 4, 200))
    ranks = [
        draft.add("small", tokens(rng, 420, 0.3, 64, 1500), 1, [query.id], 0.03)
        for _ in range(rng.choice([4, 8, 8, 12]))
    ]
    prompt, answer = tokens(rng, 1500, 0.25, 200, 3000), tokens(rng, 180, 0.7, 8, 800)
    draft.add("big", prompt, answer, [rank.id for rank in ranks])
    return draft.calls


def beam(rng):
    """Beam search: four candidates a level, each scored by a verifier when it is written."""
    draft = Draft()
    context = tokens(rng, 200, 0.4, 32, 600)
    verdicts = []
    for _ in range(rng.randint(2, 8)):
        candidates = [
            draft.add("small", context, tokens(rng, 60, 0.6, 8, 250), verdicts) for _ in range(4)
        ]
        verdicts = [
            draft.add("big", min(3500, c.prompt_tokens + c.output_tokens), 1, [c.id]).id
            for c in candidates
        ]
        context = min(3400, context + max(c.output_tokens for c in candidates))
    return draft.calls


def agent(rng):
    """Turns of one model with tools between them; a side call of a small one now and then."""
    draft = Draft()
    context = tokens(rng, 900, 0.3, 200, 2000)
    turn = None
    for _ in range(min(14, 2 + int(rng.expovariate(1 / 5)))):
        output = tokens(rng, 90, 0.8, 8, 500)
        if context + output > 3900:
            break
        tool_seconds = round(rng.lognormvariate(-1.5, 0.8), 4) if turn else 0
        # The call that was added last comes first: a side call is waited for.
        after = [draft.calls[-1].id] if turn else []
        turn = draft.add("big", context, output, after, tool_seconds)
        context += output + tokens(rng, 150, 1.0, 10, 800)
        if rng.random() < 0.35:
            draft.add("small", min(3800, context), tokens(rng, 60, 0.5, 4, 300), [turn.id])
    return draft.calls


def debate(rng):
    """Rounds in which three models speak at once and hear each other, then a verdict."""
    draft = Draft()
    context = tokens(rng, 400, 0.4, 64, 1200)
    heard = []
    for _ in range(rng.choice([1, 2, 2, 3])):
        turns = [
            draft.add(role, min(3400, context), tokens(rng, 120, 0.5, 16, 500), heard)
            for role in ("big", "mid", "small")
        ]
        heard = [turn.id for turn in turns]
        context += sum(turn.output_tokens for turn in turns)
    draft.add("big", min(3500, context), tokens(rng, 150, 0.5, 16, 500), heard, 0.02)
    return draft.calls


def mapreduce(rng):
    """Documents are summarised in parallel, the summaries are merged."""
    draft = Draft()
    summaries = [
        draft.add("small", tokens(rng, 1400, 0.2, 400, 2500), tokens(rng, 110, 0.4, 16, 400))
        for _ in range(rng.randint(3, 12))
    ]
    merged = min(3500, 100 + sum(call.output_tokens for call in summaries))
    draft.add("big", merged, tokens(rng, 250, 0.5, 32, 500), [call.id for call in summaries])
    return draft.calls


WORKFLOWS = {
    "chat": chat,
    "rag": rag,
    "beam": beam,
    "agent": agent,
    "debate": debate,
    "mapreduce": mapreduce,
}


def draw_executions(config):
    """The executions of a run: Poisson arrivals until the first one after `seconds`."""
    rng = random.Random(config["seed"])
    executions = []
    arrival = 0
    while arrival < config["seconds"]:
        arrival += rng.expovariate(config["rate"])
        calls = WORKFLOWS[config["workflow"]](rng)
        executions.append(Execution(len(executions), config["workflow"], arrival, calls))
    return executions
