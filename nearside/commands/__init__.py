"""One module a command of `nearside`."""
