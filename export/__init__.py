"""torch -> ONNX bundle, verified; ONNX bundle -> answers.

manifest      what a bundle holds and how it is checked (numpy-free, torch-free)
to_onnx       torch modules -> .onnx files (torch)
parity        torch against ONNX Runtime on real photos (torch)
exporter      the ``Exporter`` port: prepare an encoder in a child process, publish a bundle
runtime       the ``Runtime`` port: ONNX Runtime sessions (never torch)
"""
