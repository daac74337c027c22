"""Answering a query with numpy and the ports' protocols; never torch.

ports         what a model must offer (export.runtime implements it)
trie          the identifiers that exist, as arrays
scores        the score of a prefix: classical tree search, and the Transformer's correction
beam          beam search over the trie
ranking       candidates -> rescored, ranked, banded
fingerprints  perceptual hashes in the ranking: edited copies
"""
