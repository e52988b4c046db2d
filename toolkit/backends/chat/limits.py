"""What a run may use, and how fast: a budget that is never overdrawn by surprise, and an even pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from toolkit.backends.chat_config import BudgetConfig, PricesConfig

BYTES_PER_TOKEN = 3.0
"""Of a prompt, before a server has counted one: fewer than most tokenizers need, so that the guess is high."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most that a request is thought to take."""

    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> int:
        """Both together."""
        return self.input_tokens + self.output_tokens


class TokenGuess:
    """Guesses the tokens of a prompt by its bytes, and learns from what servers count."""

    def __init__(self) -> None:
        self._bytes = 0
        self._tokens = 0

    def learn(self, size: int, tokens: int) -> None:
        """A prompt of ``size`` bytes had so many tokens."""
        if tokens > 0:
            self._bytes += size
            self._tokens += tokens

    def tokens(self, size: int) -> int:
        """How many tokens a prompt of ``size`` bytes has."""
        per_token = self._bytes / self._tokens if self._tokens else BYTES_PER_TOKEN
        return round(size / per_token) + 1


class Budget:
    """Counts what a run has used and has under way, and says no before it is too much.

    Tokens and money are set aside before a request is sent, by an estimate, and put right when its answer is there.
    Requests are counted in the order in which they are let through, and again when they are sent again. When something
    no longer fits, nothing further is let through, so that what is left over is the end of the list.

    Args:
        config: What is allowed.
        prices: What tokens cost; nothing when there are none.
    """

    def __init__(self, config: BudgetConfig, prices: PricesConfig | None = None) -> None:
        self.config = config
        self.prices = prices
        self.requests = 0
        self.tokens = 0
        self.cost = 0.0
        self.spent = False
        self._under_way: list[Estimate] = []
        self._waiting: list[asyncio.Future[None]] = []

    def price(self, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost."""
        if self.prices is None:
            return 0.0
        return (input_tokens * self.prices.input + output_tokens * self.prices.output) / 1e6

    async def reserve(self, estimate: Estimate, *, waits: bool = True) -> bool:
        """Set something aside for a request; False when the budget is used up.

        Args:
            estimate: What it may take.
            waits: Wait for answers that are under way, which may turn out to have taken less than was set aside.
        """
        while not self._fits(estimate):
            if self.spent or not self._under_way or not waits or not self._has_requests():
                self.spent = True
                return False
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        self._under_way.append(estimate)
        self.requests += 1
        return True

    def settle(self, estimate: Estimate, input_tokens: int, output_tokens: int) -> None:
        """Count what a request took, in the place of its estimate."""
        self._under_way.remove(estimate)
        self.tokens += input_tokens + output_tokens
        self.cost += self.price(input_tokens, output_tokens)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def count_again(self) -> bool:
        """Count a request that is about to be sent again; False when it may not be."""
        if not self._has_requests():
            self.spent = True
            return False
        self.requests += 1
        return True

    def _has_requests(self) -> bool:
        return self.config.max_requests is None or self.requests < self.config.max_requests

    def _fits(self, estimate: Estimate) -> bool:
        if self.spent or not self._has_requests():
            return False
        asked = [*self._under_way, estimate]
        limit, money = self.config.max_tokens, self.config.max_cost
        tokens = self.tokens + sum(one.tokens for one in asked)
        cost = self.cost + sum(self.price(one.input_tokens, one.output_tokens) for one in asked)
        return (limit is None or tokens <= limit) and (money is None or cost <= money)


class Pace:
    """Spreads things evenly: so many a minute, one after the other, without bursts that a server would turn down.

    Args:
        per_minute: How many; any number when None.
        clock: Seconds that only grow.
        sleep: Waits for some seconds.
    """

    def __init__(
        self,
        per_minute: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds_each = 60 / per_minute if per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._held_until = 0.0

    async def wait(self, amount: float = 1.0) -> None:
        """Wait for the turn of something that counts as ``amount``."""
        turn = max(self._next, self._clock())
        self._next = turn + amount * self._seconds_each
        while (left := max(turn, self._held_until) - self._clock()) > 0:
            await self._sleep(left)

    def correct(self, amount: float) -> None:
        """What was waited for came to ``amount`` less than it counted as, or more if that is negative."""
        self._next -= amount * self._seconds_each

    def hold(self, seconds: float) -> None:
        """Let nothing through for some seconds, whoever is waiting already included."""
        self._held_until = max(self._held_until, self._clock() + seconds)
