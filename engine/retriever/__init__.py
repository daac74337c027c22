"""The generative retriever in torch: what training optimises and ``export`` turns into ONNX.

config  sizes
blocks  attention with a cache, one transformer block
model   query -> cross-attention memory; codes -> their corrections
plain   the paper's decoder without a tree score, to compare with
"""
