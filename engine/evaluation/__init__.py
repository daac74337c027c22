"""How good the answers are: standard metrics, honest rivals, one table.

labels         LABELS.csv -> labelled photos
protocol       who may see what: gallery, train, queries, labels in training
baselines      exact, whitened, query expansion, binary (numpy)
diffusion      graph diffusion (numpy)
metric_learner a linear projection learnt from the same labels (torch)
label_aware    a dense scan of u, the space that tells labels
faiss_indexes  FAISS flat, HNSW, IVF-PQ (optional extra)
rivals         which of them take part, and how they are asked and timed
metrics        ranked lists -> precision, recall, AP, MRR, bootstrap intervals
table          one engine's ranked lists -> its rows
edits          photo -> edited copies: screenshots, crops, filters, captions
copies         ranks of photos, asked for by their copies -> rows; the perceptual hash

``engine.services.evaluating`` runs them beside the product, ``evaluating_copies`` the last two.
"""
