from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from chat_server import ChatServer, fails, says, waits
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import sentences

from toolkit.backends.chat.backend import ChatBackend
from toolkit.backends.chat.limits import Budget, Estimate, Pace, TokenGuess
from toolkit.backends.chat_config import BudgetConfig, PricesConfig

Make = Callable[..., ChatBackend]


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class TestPace:
    @settings(deadline=None)
    @given(st.floats(1, 10_000), st.integers(2, 40))
    def test_is_even(self, per_minute: float, count: int) -> None:
        clock = Clock()
        pace = Pace(per_minute, clock=clock, sleep=clock.sleep)
        turns = []

        async def take() -> None:
            for _ in range(count):
                await pace.wait()
                turns.append(clock.now)

        asyncio.run(take())
        assert turns[0] == 100.0
        assert [later - sooner for sooner, later in pairwise(turns)] == pytest.approx([60 / per_minute] * (count - 1))

    def test_counts_what_a_request_takes(self) -> None:
        clock = Clock()
        pace = Pace(600, clock=clock, sleep=clock.sleep)

        async def take() -> None:
            await pace.wait(300)
            pace.correct(100)  # it was 200 only
            await pace.wait(1)

        asyncio.run(take())
        assert clock.now == pytest.approx(120)

    def test_without_a_limit_nobody_waits(self) -> None:
        clock = Clock()
        asyncio.run(Pace(None, clock=clock, sleep=clock.sleep).wait(1e9))
        assert clock.now == 100

    def test_holding_is_for_those_too_who_wait_already(self) -> None:
        clock = Clock()
        pace = Pace(60, clock=clock, sleep=clock.sleep)

        async def take() -> None:
            await pace.wait()
            pace.hold(30)
            await pace.wait()

        asyncio.run(take())
        assert clock.now == pytest.approx(130)


class TestBudget:
    def test_tokens_are_set_aside_and_put_right(self) -> None:
        budget = Budget(BudgetConfig(max_tokens=100))
        each = Estimate(40, 10)

        async def spend() -> list[bool]:
            first = [await budget.reserve(each), await budget.reserve(each)]
            third = asyncio.create_task(budget.reserve(each))
            await asyncio.sleep(0)
            assert not third.done()  # the two under way may turn out cheaper
            budget.settle(each, 20, 5)
            await asyncio.sleep(0)
            assert not third.done()
            budget.settle(each, 20, 5)
            return [*first, await third]

        assert asyncio.run(spend()) == [True, True, True]
        assert budget.tokens == 50
        assert not budget.spent

    def test_when_something_does_not_fit_it_is_over(self) -> None:
        budget = Budget(BudgetConfig(max_tokens=100))

        async def spend() -> list[bool]:
            return [await budget.reserve(Estimate(size, 0)) for size in (101, 1)]

        assert asyncio.run(spend()) == [False, False]
        assert budget.spent

    def test_money(self) -> None:
        budget = Budget(BudgetConfig(max_cost=1.0), PricesConfig(input=1.0, output=10.0))

        async def spend() -> list[bool]:
            allowed = []
            for _ in range(3):
                allowed.append(await budget.reserve(Estimate(100_000, 30_000), waits=False))
                if allowed[-1]:
                    budget.settle(Estimate(100_000, 30_000), 100_000, 30_000)
            return allowed

        assert asyncio.run(spend()) == [True, True, False]
        assert budget.cost == pytest.approx(0.8)


def test_guesses_are_high_at_first_and_learn() -> None:
    guess = TokenGuess()
    assert guess.tokens(300) == 101
    guess.learn(4000, 1000)
    guess.learn(0, 0)
    assert guess.tokens(300) == 76


class TestAgainstAServer:
    def test_requests_of_a_run(self, server: ChatServer, backend: Make) -> None:
        predictions = backend(budget={"max_requests": 7}).classify(sentences(20))
        assert len(server.requests) == 7
        assert [one.label for one in predictions] == ["opinion"] * 7 + [None] * 13
        assert {one.failure.kind for one in predictions if one.failure} == {"budget"}

    def test_the_next_run_asks_the_next(self, server: ChatServer, backend: Make) -> None:
        asked = []
        for _ in range(3):
            server.requests.clear()
            backend(budget={"max_requests": 7}, concurrency=1).classify(sentences(20))
            asked.append(server.sentences)
        assert asked == [[f"Sentence {i}." for i in numbers] for numbers in (range(7), range(7, 14), range(14, 20))]

    def test_requests_that_are_sent_again_count(self, server: ChatServer, backend: Make) -> None:
        server.script(fails(500))
        predictions = backend(budget={"max_requests": 3}, retries=1, concurrency=1).classify(sentences(5))
        assert len(server.requests) == 3
        assert [one.failure.kind for one in predictions if one.failure] == ["backend_error", *["budget"] * 4]

    @pytest.mark.parametrize("concurrency", [1, 4])
    def test_tokens_of_a_run(self, server: ChatServer, backend: Make, concurrency: int) -> None:
        server.script(waits(0.02, says("opinion", usage=(900, 20))))
        budget = {"max_tokens": 10_000}
        predictions = backend(budget=budget, concurrency=concurrency, max_output_tokens=20).classify(sentences(40))
        used = sum(one.usage.tokens + one.usage.output_tokens for one in predictions)
        assert used == 920 * len(server.requests)
        assert 10_000 - 2 * 920 < used <= 10_000

    def test_money_of_a_run(self, server: ChatServer, backend: Make) -> None:
        settings = {"prices": {"input": 10.0, "output": 100.0}, "budget": {"max_cost": 0.1}, "max_output_tokens": 10}
        predictions = backend(**settings).classify(sentences(60))
        assert 0.06 < sum(one.usage.cost for one in predictions) <= 0.1
        assert {one.failure.kind for one in predictions if one.failure} == {"budget"}

    def test_a_server_that_does_not_count_is_taken_by_the_estimate(self, server: ChatServer, backend: Make) -> None:
        server.script(says("opinion", usage=None))
        predictions = backend(budget={"max_tokens": 10_000}).classify(sentences(40))
        assert 0 < len(server.requests) < 12
        assert all(one.usage.tokens == 0 for one in predictions)

    @pytest.mark.parametrize("concurrency", [1, 3])
    def test_no_more_are_under_way_than_allowed(self, server: ChatServer, backend: Make, concurrency: int) -> None:
        server.script(waits(0.1, says("opinion")))
        backend(concurrency=concurrency, structured="text").classify(sentences(7))
        assert server.peak == concurrency

    def test_requests_per_minute(self, server: ChatServer, backend: Make) -> None:
        backend(requests_per_minute=600).classify(sentences(5))
        assert server.requests[-1].when - server.requests[0].when >= 0.25

    def test_tokens_per_minute(self, server: ChatServer, backend: Make) -> None:
        server.script(says("opinion", usage=(90, 10)))
        backend(tokens_per_minute=60_000, concurrency=1).classify(sentences(5))
        assert server.requests[-1].when - server.requests[0].when >= 0.25
