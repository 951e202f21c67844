"""Looking for patient data where it must not be, by what the charts really say."""

from gauntlet.privacy.scanner import Leak, Scanner, found_in
from gauntlet.privacy.tokens import fingerprint, holds_token, signed_tokens

__all__ = ["Leak", "Scanner", "fingerprint", "found_in", "holds_token", "signed_tokens"]
