"""A double of Allscripts: the Unity API of its products, and the FHIR R4 API that Veradigm puts beside it."""
