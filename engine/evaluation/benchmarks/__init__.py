"""The paper's benchmarks: official folders and splits -> labelled photos, and the table's figures.

lists     official lists and folders, read strictly
layouts   one reader a benchmark: what the official lists say of every photo
roles     closed-set or open-set: who trains, who is found, who asks
official  precision as the paper's published script counts it, beside the standard one
"""
