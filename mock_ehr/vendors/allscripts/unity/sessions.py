"""Unity sessions: a token that dies by idling, and the EHR user it is bound to.

The token itself is one of the mock's tokens, so the control API lists and expires it like any other. When it dies is
kept here: every call gives it its whole idle time again, and age does not matter (U3 U5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mock_ehr.tokens import Grant, Tokens

MAX_SESSIONS = 9_000  # fewer than the tokens that are kept, so that none is forgotten while its session lives


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of a token: the application it was given to, the EHR user it acts for, and what is in focus."""

    appname: str
    deadline: float  # epoch seconds on the EHR's clock; moved on by every call
    user: str = ""
    encounter: str = ""
    site: str = ""


class Sessions:
    """The sessions by token."""

    def __init__(self, tokens: Tokens, now: Callable[[], float], idle_limit_s: float) -> None:
        self._tokens = tokens
        self._now = now
        self._idle_limit_s = idle_limit_s
        self._sessions: dict[str, Session] = {}

    def open(self, username: str, appname: str) -> Grant:
        """Start a session of a service account."""
        if len(self._sessions) >= MAX_SESSIONS:
            self._forget_dead()
        grant = self._tokens.issue(username)
        self._sessions[grant.token] = Session(appname, self._deadline())
        return grant

    def _forget_dead(self) -> None:
        now = self._now()
        self._sessions = {token: known for token, known in self._sessions.items() if known.deadline > now}

    def _deadline(self) -> float:
        return self._now() + min(self._idle_limit_s, self._tokens.lifetime_s)

    def find(self, grant: Grant | None) -> Session | None:
        """Return the session of a live token; None for one that idled too long, was retired or never was."""
        session = self._sessions.get(grant.token) if grant else None
        if grant is None or session is None:
            return None
        if session.deadline <= self._now() or self._tokens.find(grant.token) is None:
            self.retire(grant)
            return None
        return session

    def touch(self, grant: Grant) -> None:
        """Note that the session is in use."""
        self.change(grant, deadline=self._deadline())

    def change(self, grant: Grant, **changes: str | float) -> None:
        """Bind the session to a user, or put something into focus."""
        self._sessions[grant.token] = replace(self._sessions[grant.token], **changes)  # type: ignore[arg-type]  # by name

    def retire(self, grant: Grant) -> None:
        """End a session."""
        self._tokens.expire(grant)
        self._sessions.pop(grant.token, None)
