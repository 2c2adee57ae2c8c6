"""The front door: the command line, and the whole product on one machine."""
