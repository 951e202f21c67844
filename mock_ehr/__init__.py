"""Mock EHR servers: strict doubles of vendor APIs, breakable on purpose."""
