"""Unity rows about people: getpatientinfo and getprovidersinfo."""

from __future__ import annotations

import re

from synthetic.directory import Directory
from synthetic.hospital import Practitioner, clinic_of
from synthetic.instants import TODAY, age_on, day
from synthetic.meta import US_CORE
from synthetic.patient import SSN_SYSTEM
from synthetic.practitioner import work_phone
from synthetic.writers.hospital_clock import hospital_time
from synthetic.writers.record import Body, Record, first
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_quirks import Quirks, Row

PATIENT_COLUMNS = (
    *("Firstname", "middlename", "LastName", "suffix", "mrn", "ssn", "gender", "Race", "AgeDec", "age", "dateofbirth"),
    *("MaritalStatus", "base64image", "Addressline1", "AddressLine2", "City", "State", "ZipCode", "PhoneNumber"),
    *("HomePhone", "WorkPhone", "cellphone", "Language", "Email", "HomeEmail", "PhysUserName", "PhysFirstName"),
    *("PhysLastName", "PhysPhone", "PatientLocation", "PrimaryInsurance", "DEM_EXTERNALID"),
)


def patient_number(index: int) -> str:
    """Unity's patient id: a whole number as text, told apart from the MRN."""
    return str(index + 1)


def patient_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetPatient: one row."""
    patient = record.patient
    name, home, doctor = _name(patient), _home(patient), usual_practitioner(record)
    age, years = _age(record)
    row = {
        **name,
        "mrn": record.chart.mrn,
        "ssn": next(
            (one.get("value", "") for one in patient.get("identifier", []) if one.get("system") == SSN_SYSTEM), ""
        ),
        "gender": patient.get("gender", "").capitalize(),
        "Race": _race(patient),
        "AgeDec": years,
        "age": age,
        "dateofbirth": quirks.time(patient.get("birthDate", ""), Layout.DAY),
        "MaritalStatus": patient.get("maritalStatus", {}).get("text", ""),
        "base64image": "",
        **home,
        **reached(patient),
        "PhysUserName": user_name(doctor) if doctor else "",
        "PhysFirstName": doctor.given if doctor else "",
        "PhysLastName": doctor.family if doctor else "",
        "PhysPhone": work_phone(doctor.number) if doctor else "",
        "PatientLocation": _clinic_name(record.directory, doctor),
        "PrimaryInsurance": _payer(record),
        "DEM_EXTERNALID": patient["id"],
    }
    return [quirks.finished(row)]


def provider_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetProvider: a row for everyone who treats the patient, the usual practitioner first."""
    seen = [usual_practitioner(record), *(attending(record, visit) for visit in record.of_type("Encounter"))]
    return [quirks.finished(provider_row(record.directory, who, quirks)) for who in dict.fromkeys(filter(None, seen))]


def usual_practitioner(record: Record) -> Practitioner | None:
    """Who looks after the patient."""
    return record.practitioner(record.patient.get("generalPractitioner", []))


def attending(record: Record, visit: Body) -> Practitioner | None:
    """Who saw the patient in an encounter."""
    return record.practitioner(entry.get("individual") for entry in visit.get("participant", []))


def user_name(who: Practitioner) -> str:
    """What someone logs in with."""
    return f"{who.given[0]}{who.family}{who.number + 1}".lower()


def provider_code(who: Practitioner) -> str:
    """Someone's number in the dictionary of providers, three digits at least."""
    return f"{who.number + 1:03}"


def legal_name(patient: Body) -> tuple[str, str]:
    """First given name and family name."""
    name = first(patient.get("name", []))
    given = present(name.get("given", []))
    return "".join(given[:1]), name.get("family") or ("" if given else name.get("text", ""))


def present(parts: list[str | None]) -> list[str]:
    """The parts of a name or address that have a text; a null stands where an extension is in its place."""
    return [part for part in parts if part]


def _name(patient: Body) -> Row:
    given, family = legal_name(patient)
    name = first(patient.get("name", []))
    middle, suffix = " ".join(present(name.get("given", []))[1:]), " ".join(present(name.get("suffix", [])))
    return {"Firstname": given, "middlename": middle, "LastName": family, "suffix": suffix}


def _home(patient: Body) -> Row:
    place = first(patient.get("address", []))
    lines = present(place.get("line", []))
    return {
        "Addressline1": "".join(lines[:1]),
        "AddressLine2": " ".join(lines[1:]),
        "City": place.get("city", ""),
        "State": place.get("state", ""),
        "ZipCode": place.get("postalCode", ""),
    }


def reached(patient: Body) -> Row:
    """Telephones as (215) 555-0101, mail twice, and the language."""
    numbers = {"home": "", "work": "", "mobile": ""}
    mail = ""
    for contact in patient.get("telecom", []):
        if contact.get("system") == "email":
            mail = mail or contact.get("value", "")
        elif contact.get("system") == "phone":
            plain = re.sub(r"^\+1-(\d{3})-", r"(\1) ", contact.get("value", ""))
            numbers[contact.get("use", "home")] = plain
    language = next((entry["language"].get("text", "") for entry in patient.get("communication", [])), "")
    return {
        "PhoneNumber": numbers["home"] or numbers["mobile"],
        "HomePhone": numbers["home"],
        "WorkPhone": numbers["work"],
        "cellphone": numbers["mobile"],
        "Language": language,
        "Email": mail,
        "HomeEmail": mail,
    }


def _race(patient: Body) -> str:
    for extension in patient.get("extension", []):
        if extension["url"] == US_CORE + "us-core-race":
            return next((part["valueString"] for part in extension["extension"] if part["url"] == "text"), "")
    return ""


def _age(record: Record) -> tuple[str, str]:
    """Age as people say it (65y, 7m, 12d), and in years with two decimals; when the patient died, the age then."""
    born = record.patient.get("birthDate", "")
    if len(born) != len("2026-06-15"):
        return "", ""
    last = TODAY if record.death is None else day(hospital_time(record.death).date().isoformat())
    days = max(0, last - day(born))
    years, months = age_on(day(born), last), int(days / 30.4375)
    spoken = f"{years}y" if years >= 2 else f"{months}m" if months else f"{days}d"
    return spoken, f"{days / 365.2425:.2f}"


def _payer(record: Record) -> str:
    payers = [
        payer.get("display", "") for coverage in record.of_type("Coverage") for payer in coverage.get("payor", [])
    ]
    return next(iter(payers), "")


def _clinic_name(directory: Directory, who: Practitioner | None) -> str:
    return directory.assembly.hospital.location_name(clinic_of(who.number)) if who else ""


def provider_row(directory: Directory, who: Practitioner, quirks: Quirks) -> Row:
    """One row of GetProvider or GetProviders, blanks not yet filled."""
    nurse = who.suffix == "NP"
    return {
        "EntryCode": quirks.code(provider_code(who)),
        "Username": user_name(who),
        "LastName": who.family,
        "FirstName": who.given,
        "Middle": "",
        "Credentials": who.suffix,
        "Profession": "Nurse Practitioner" if nurse else "Physician",
        "PrimSpecialty": who.specialty,
        "UserType": "Provider",
        "UserInactive": "N",
        "ProviderInactive": "N",
        "personid": str(who.number + 1),
        "orderingauthority": "Y",
        "DefaultSiteCode": quirks.code(f"{clinic_of(who.number):03}"),
        "DefaultSiteName": _clinic_name(directory, who),
        "CanPrescribeFlag": "Y",
    }
