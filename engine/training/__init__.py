"""Training: a library's thumbnails and embeddings -> tokenizer, decoder, verified bundle.

start       device, photos and an untrained decoder
views       edited copies of photos: the queries that training asks
cache       their embeddings and patch tokens, encoded once
sources     weak labels: what the library tells of photos that belong together
learning    recall of a decoder that is still learning, for a live curve
sizes       how much of everything there is, for G photos
projection  a space learnt from views and kin; its trial says whether it may be used
teacher     soft rankings over the library that the decoder learns
targets     a batch of them: candidate identifiers and the teacher's mass at each
loop        the decoder's training, checkpoints
paper       the paper's plain decoder, for comparison
holdout     figures on queries that training never saw
deep        the encoder itself tuned on the library's photos, and all of the above in its space
"""
