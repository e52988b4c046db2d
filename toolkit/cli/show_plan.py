"""What `claimkit plan` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolkit.annotate.estimate import Member
    from toolkit.annotate.plan import Plan

WIDTH = 20


def lines(plan: Plan) -> Iterator[str]:
    """A plan, line by line."""
    about = "" if plan.exact else "about "
    empty = f" ({plan.without_sentences:,} without a sentence)" if plan.without_sentences else ""
    yield _line("documents", f"{plan.documents:,}{empty}")
    if plan.failures:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in plan.failures.most_common())
        yield _line("cannot be labelled", kinds)
    if plan.other_units:
        yield _line("not sentences", f"{plan.other_units:,}")
    yield _line("sentences", f"{plan.sentences:,}, {plan.characters:,} characters")
    if plan.sentences:
        yield _line("duplicates", f"{about}{plan.duplicates:,} ({plan.duplicates / plan.sentences:.1%})")
    if plan.kept or plan.retried:
        again = f", {plan.retried:,} failed ones to be asked again" if plan.retried else ""
        yield _line("done already", f"{plan.kept:,}{again}")
    yield _line("to be answered", f"{about}{plan.asked:,} different sentences")
    for member in plan.members:
        yield _line(member.name, "; ".join(_does(member)))
    yield _line("reading", duration(plan.seconds_reading))
    yield _line("in all", "; ".join(_whole(plan)))
    yield from plan.notes
    yield from (f"{member.name}: {note}." for member in plan.members for note in member.notes)


def _does(member: Member) -> Iterator[str]:
    most = "" if member.share_known else "at most "
    yield f"{most}{member.asked:,} sentences"
    if member.cached:
        yield f"{member.cached:.0%} of the answers are in the cache"
    if member.requests is not None:
        yield f"{member.requests:,} requests"
    if member.tokens is not None:
        written = f" and {member.output_tokens:,} written" if member.output_tokens is not None else ""
        yield f"about {member.tokens:,} tokens read{written}"
    if member.cost is not None:
        yield f"cost about {member.cost:,.2f}, at most {member.cost_at_most or 0:,.2f}"
    elif member.requests:
        yield "no prices in its config, so no cost"
    if member.measured and member.seconds:
        rate = member.asked / member.seconds
        yield f"{duration(member.seconds)} at {rate:,.0f} sentences a second (measured on {member.measured:,})"
    elif member.requests and member.seconds_at_least:
        yield f"at least {duration(member.seconds_at_least)} by its rate limits"


def _whole(plan: Plan) -> Iterator[str]:
    if plan.seconds is not None:
        yield duration(plan.seconds) if plan.seconds < 1 else f"about {duration(plan.seconds)}"
    elif any(member.requests for member in plan.members):
        yield "time depends on the server"
    else:
        yield "time not measured"
    if any(member.requests for member in plan.members):
        yield "cost unknown" if plan.cost is None else f"cost about {plan.cost:,.2f}"


def _line(name: str, value: str) -> str:
    return f"{name:<{WIDTH}}{value}"


def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 1:
        return "under a second"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours < 100 else f"{hours / 24:,.0f} days"
