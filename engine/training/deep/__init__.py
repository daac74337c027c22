"""Deep training: the encoder itself is tuned on the library's photos, then all else is trained.

positives  which photos belong together: mutual neighbours, and labels that proved worth believing
reading    two edited views of every photo of a step, read ahead by threads
precision  bf16, fp16 or fp32: what the device can, with a way down
loss       views and kin against all others, photo by photo or in pieces that fit the memory
looks      how often held-out views find their photo, with the encoder as it is now
tuning     the loop: batches that fit, checkpoints, early stop
embedding  the library read with an encoder that does not answer yet
pipeline   all of it in order, and the switch where it is better
"""
