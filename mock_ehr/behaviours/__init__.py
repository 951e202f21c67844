"""What a fault does to an exchange: the vocabulary, one frozen dataclass a word, checked when it is made.

Words that answer in the EHR's place (status, storm, html, and stall or drop before) keep the request from taking
effect; all others act on a request that was processed, so a create is committed and only its answer suffers.
`mock_ehr.behaviours.stage` says in which order several faults act.
"""

from mock_ehr.behaviours.answering import BODIES
from mock_ehr.behaviours.checks import FaultError, check_choice, closest
from mock_ehr.behaviours.stage import Behaviour, Stage
from mock_ehr.behaviours.vocabulary import VOCABULARY, parse_behaviour

__all__ = ["BODIES", "VOCABULARY", "Behaviour", "FaultError", "Stage", "check_choice", "closest", "parse_behaviour"]
