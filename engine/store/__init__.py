"""The library on disk: SQLite through SQLAlchemy 2, and files that can be rebuilt from it.

schema      tables (``*Row`` classes stay in this package)
database    opening, locking, transactions, migrations
files       folders, files, contents: what indexing writes and results read
thumbnails  thumbnails.sqlite
vectors     embeddings in the database, memory-mapped matrices beside it
generations trained models and the identifiers they gave
"""
