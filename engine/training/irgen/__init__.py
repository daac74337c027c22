"""The paper's recipe (IRGen, sections 3.1 to 3.3 and 4.1): to reproduce it on its benchmarks.

Unlike ``engine.training.pipeline`` it needs a label for every photo, tunes the encoder at a
hundredth of the learning rate, and answers with identifiers alone. ``engine.services.benchmarking``
runs it; nothing here is for libraries of people.

photos     photos by path, cropped as the paper does, in batches
losses     modules whose output is the loss: of the tokenizer, of the decoder
schedule   AdamW, warm-up and cosine
devices    one device or several, by Hugging Face Accelerate
checkpoint what a run goes on from
epochs     a training: its steps, and what is kept of it
training   tokenizer, identifiers, decoder
answering  identifiers of a gallery, and its photos by beam search
"""

from engine.training.irgen.losses import Heads, tokenizer_loss

__all__ = ["Heads", "tokenizer_loss"]
