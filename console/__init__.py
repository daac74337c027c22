"""How the command line shows things: a progress line, JSON documents, text for people.

``main.py`` parses, wires and runs; nothing here decides anything.
"""
