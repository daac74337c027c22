"""Encoders: photo -> pooled embedding (E) and patch tokens (N, C).

    pooling      mean and GeM side by side; patch tokens averaged to a small grid (numpy)
    timm_models  the only door to timm, and the encoders that work offline (torch)
    weights      a file of weights that anybody made -> what fits a network (torch)
    installed    encoders that a person added: a folder each, shared by all libraries
    download     weights by name, only where a person asks for them

The runtime side (ONNX) is ``export.runtime``; what travels with a model is ``ports.EncoderSpec``.
"""
