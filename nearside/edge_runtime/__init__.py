"""The browser's Python as devices load it, made from npm's Pyodide: a library, a program and a memory.

Everything here runs where a build runs; nothing of it is served.
"""
