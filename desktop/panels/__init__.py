"""Parts of the window: each shows a model's state and emits what the person asks for."""
