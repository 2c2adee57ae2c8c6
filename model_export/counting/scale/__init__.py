"""The same counts by an engine that works beside memory: DuckDB on one machine, Spark on many.

Written once, as Ibis expressions; what only Python can say (scrubbing, which agents are machines) reaches the
engine as tables of distinct texts and verdicts.
"""
