"""The network between gateway and EHR: a Toxiproxy API, its built-in server, and faults with proof."""
