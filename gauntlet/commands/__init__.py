"""The commands of the `gauntlet` command line, one module each; `gauntlet.cli` puts them together."""
