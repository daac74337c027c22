"""The library on disk: SQLite through SQLAlchemy 2, and files that can be rebuilt from it.

schema      tables (``*Row`` classes stay in this package)
database    opening, locking, transactions, migrations
files       folders and photos, as results, filters and the problems list read them
browsing    folders and months, with numbers of photos and some of them
intake      files on their way in, as scanning and indexing write them
thumbnails  thumbnails.sqlite
perceptual  perceptual hashes of contents
vectors     embeddings in the database, memory-mapped matrices beside it
generations trained models and the identifiers they gave
whereabouts where and when contents were taken, how they look, what people marked of them
label_sources how far training trusts what says that photos belong together
"""
