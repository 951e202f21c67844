"""Consumer contracts: pact files read, their provider states brought about at the EHR, and verified one by one."""
