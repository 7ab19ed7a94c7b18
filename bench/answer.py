"""What a load client saw of one answer, and whether that counts."""

import time
from dataclasses import dataclass, field
from typing import Literal

from bench.frames import Frame
from bench.plan import Plan, is_whole

Verdict = Literal["whole", "refused", "cut", "wrong", "not stored"]


@dataclass(slots=True)
class Answer:
    """One answer as it arrived. Times are nanoseconds of the machine's monotonic clock; 0 means it never happened."""

    plan: Plan
    asked_ns: int = 0
    first_ns: int = 0
    ended_ns: int = 0
    message_id: str | None = None
    status: str | None = None
    error: str | None = None
    chunks: list[str] = field(default_factory=list)
    arrived_ns: list[int] = field(default_factory=list)
    is_stored: bool | None = None

    @property
    def is_over(self) -> bool:
        return self.ended_ns != 0

    def take(self, frame: Frame) -> None:
        """Adds what one frame of the stream says."""
        if frame.type == "stream_chunk":
            self.take_text(frame.data.chunk)
        elif frame.type == "stream_start":
            self.message_id = frame.data.message_id
        elif frame.type == "stream_end":
            self.end(frame.data.status)
        elif frame.type == "error":
            self.error = frame.data.code
            if frame.data.message_id is None:
                self.end("refused")

    def take_text(self, text: str) -> None:
        now_ns = time.monotonic_ns()
        if not self.first_ns:
            self.first_ns = now_ns
        self.chunks.append(text)
        self.arrived_ns.append(now_ns)

    def end(self, status: str | None) -> None:
        self.status = status
        self.ended_ns = time.monotonic_ns()

    @property
    def text(self) -> str:
        return "".join(self.chunks)

    @property
    def first_token_ms(self) -> float:
        """From sending the message to the first words of the answer."""
        return (self.first_ns - self.asked_ns) / 1e6

    @property
    def verdict(self) -> Verdict:
        """`whole` only when every token came once, in order, the end said so, and (if looked up) it is stored so."""
        if not self.chunks and self.status != "complete":
            return "refused"
        if self.status != "complete":
            return "cut"
        if not is_whole(self.plan, self.text):
            return "wrong"
        return "not stored" if self.is_stored is False else "whole"

    def lags_ms(self) -> list[float]:
        """For each token of a stamped answer, the time from leaving the upstream to arriving here.

        The stamps are read after the run: while it runs the client does as little as it can. A token cut in two by
        chunk borders counts from the chunk that completed it.
        """
        lags: list[float] = []
        rest = ""
        for chunk, arrived_ns in zip(self.chunks, self.arrived_ns, strict=True):
            *complete, rest = (rest + chunk).split(" ")
            lags += [(arrived_ns - int(piece.partition(":")[2])) / 1e6 for piece in complete]
        return lags

    def asked_after_ms(self) -> float:
        """For a stamped answer, the time from sending the message to the upstream's first token leaving it."""
        return (int(self.text.partition(" ")[0].partition(":")[2]) - self.asked_ns) / 1e6


def count(answers: list[Answer], verdict: Verdict) -> int:
    return sum(answer.verdict == verdict for answer in answers)


def lost(answers: list[Answer]) -> int:
    """Answers that began and did not arrive whole, or are not stored."""
    return len(answers) - count(answers, "whole") - count(answers, "refused")


def complaints(answers: list[Answer]) -> str:
    """The different ways in which answers failed; empty when none did."""
    kinds = {f"{answer.verdict} ({answer.status}, {answer.error})" for answer in answers if answer.verdict != "whole"}
    return "; ".join(sorted(kinds))


def tell_complaints(answers: list[Answer]) -> None:
    """Prints how answers failed, if any did: the table only counts them."""
    if text := complaints(answers):
        print("failed answers:", text)
