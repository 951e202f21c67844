"""The pages of the authorization endpoint: who are you and whose data, and what went wrong. Texts are our own."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from mock_ehr.message import Answer, Pairs
from mock_ehr.vendors.epic.authorization_forms import NO_STORE

HTML = "text/html; charset=utf-8"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #222; }}
label {{ display: block; margin-top: 1rem; }}
select, input {{ width: 100%; box-sizing: border-box; padding: .4rem; font: inherit; }}
button {{ margin: 1.5rem .5rem 0 0; padding: .5rem 1.5rem; font: inherit; }}
</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""
# Interconnect pages cannot be framed (Epic's error table, "Web Page Errors").
GUARDS: Pairs = (
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)


def html(status: int, title: str, body: str, note: str = "") -> Answer:
    """Return a page."""
    text = PAGE.format(title=escape(title), body=body)
    return Answer(status, text.encode(), HTML, (*NO_STORE, *GUARDS), note=note)


def failure(status: int, code: str, note: str) -> Answer:
    """Return the page for a request that cannot be authorized: it tells the user nothing that helps an attacker."""
    named = f"<p>Error: <code>{escape(code)}</code></p>" if code else ""
    return html(
        status, "The app could not be authorized", f"<p>Please go back to the app and try again.</p>{named}", note
    )


def options(pairs: Iterable[tuple[str, str]]) -> str:
    """Return option elements of (value, text)."""
    return "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in pairs)


def choice(client_id: str, scopes: Iterable[str], ticket: str, users: Pairs, patients: Pairs) -> Answer:
    """Return the page where one picks who logs in and whose data the app gets. Pairs are (value, text)."""
    listed = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    body = f"""<p>The app <strong>{escape(client_id)}</strong> asks for:</p><ul>{listed}</ul>
<form method="post" action="authorize/decision">
<input type="hidden" name="ticket" value="{escape(ticket)}">
<label>Log in as <select name="user">{options(users)}</select></label>
<label>Patient <select name="patient">{options(patients)}</select></label>
<label>or the id of another patient <input name="other_patient" autocomplete="off" spellcheck="false"></label>
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>"""
    return html(200, "Sign in", body)
