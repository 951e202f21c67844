"""What a physician's app asks for when a chart is opened: one arrival, three requests.

gauntlet load reference --profile morning-spike --scale 0.2 --code docs/examples/open_chart.py:open_chart
"""

import requests

from gauntlet.load.user_code import Visit

SEARCHES = ("Condition", "MedicationRequest")


def open_chart(visit: Visit) -> None:
    """Read the patient, then problems and medication; whatever is raised is the arrival's error."""
    with requests.Session() as session:
        session.headers.update(visit.headers)
        paths = [f"Patient/{visit.patient}", *(f"{kind}?patient={visit.patient}" for kind in SEARCHES)]
        for path in paths:
            answer = session.get(f"{visit.base_url}/{path}", timeout=10)
            answer.raise_for_status()
            visit.saw(answer.content)
