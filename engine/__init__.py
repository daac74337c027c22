"""Photoglyph's engine: from a folder of photos to an answered query, without Qt.

The flow, one package a stage::

    photos      scan -> decode -> thumbnail, metadata, model input
    encoder     model input -> pooled embedding (E), patch tokens (N, C)
    tokenizer   embedding -> z (D) in the generation's space -> identifier (M codes)
    retriever   query -> score of every next code (torch; training only)
    training    library -> tokenizer + retriever -> new generation
    search      query -> beam over the trie of identifiers -> candidates -> rescoring
    store       SQLite: folders, files, contents, embeddings, identifiers, generations
    evaluation  metrics and baselines
    services    what ``main.py`` and ``desktop`` call: one class or job for each verb

Shapes, everywhere: B batch, N patch tokens, C patch width, E width of the pooled embedding,
D width of a generation's space, M levels, K codes per level, W beam width, G gallery size,
H attention heads. Arrays are float32 and row-major unless a docstring says otherwise.
"""
