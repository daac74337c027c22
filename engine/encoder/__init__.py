"""Encoders: photo -> pooled embedding (E) and patch tokens (N, C).

    pooling      mean and GeM side by side; patch tokens averaged to a small grid (numpy)
    timm_models  the only door to timm, and the encoders that work offline (torch)

The runtime side (ONNX) is ``export.runtime``; what travels with a model is ``ports.EncoderSpec``.
"""
