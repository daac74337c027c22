"""Tokenizer: embedding (E) -> z (D) in the generation's space -> identifier of M codes.

space      centre, project, whiten, unit length
quantizer  residual quantization: fit, encode, decode
packing    an identifier as one integer whose order is the trie's order
"""
