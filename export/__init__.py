"""torch -> ONNX bundle, verified; ONNX bundle -> answers.

manifest      what a bundle holds and how it is checked (numpy-free, torch-free)
to_onnx       torch modules -> .onnx files (torch)
parity        torch against ONNX Runtime on real photos (torch)
child         an export in a process of its own
half          the encoder in half precision, where a GPU can use it
exporter      the ``Exporter`` port: prepare an encoder in a child process, publish a bundle
runtime       the ``Runtime`` port: ONNX Runtime sessions (never torch)
"""

import os

# ONNX Runtime's wheels gather usage events in the user's cache folder, to be sent to their maker.
# The switch is read when the library loads: hence here, before any module of this package.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
