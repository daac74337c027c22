"""Benchmarks: ``python -m tests.bench.NAME`` prints a Markdown table. No tests are here."""
