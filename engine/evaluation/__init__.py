"""How good the answers are: standard metrics, honest rivals, one table.

labels        LABELS.csv -> labelled photos
metrics       ranked lists -> precision, recall, AP, MRR, bootstrap intervals
baselines     exact, whitened, query expansion, diffusion, binary, metric learner
faiss_indexes FAISS flat, HNSW, IVF-PQ (optional extra)
table         rankings of one engine -> rows of the table

``engine.services.evaluating`` puts them together.
"""
