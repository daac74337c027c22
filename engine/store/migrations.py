"""Schema steps of both databases, from the first release on.

Step n brings a database from version n to n + 1; the step and its number share a transaction
(``database``). A released step is never edited, and none uses ``schema``: that says what the last
step leads to, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

Step = Callable[[sa.Connection], None]

_FIRST_LIBRARY = (
    "CREATE TABLE revision (id INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (id))",
    """
    CREATE TABLE root (id INTEGER NOT NULL, path BLOB NOT NULL, volume VARCHAR, kind VARCHAR
    NOT NULL, online BOOLEAN NOT NULL, added_at DATETIME NOT NULL, PRIMARY KEY (id), UNIQUE
    (path))
    """,
    """
    CREATE TABLE content (id INTEGER NOT NULL, quick_hash BLOB NOT NULL, width INTEGER NOT
    NULL, height INTEGER NOT NULL, taken_at DATETIME, camera VARCHAR, lens VARCHAR, latitude
    FLOAT, longitude FLOAT, rating INTEGER, orientation INTEGER NOT NULL, perceptual_hash
    INTEGER, PRIMARY KEY (id), UNIQUE (quick_hash))
    """,
    "CREATE INDEX content_taken_at ON content (taken_at)",
    """
    CREATE TABLE model (id INTEGER NOT NULL, encoder VARCHAR NOT NULL, weights VARCHAR NOT
    NULL, spec VARCHAR NOT NULL, current BOOLEAN NOT NULL, created_at DATETIME NOT NULL,
    PRIMARY KEY (id), UNIQUE (encoder, weights, spec))
    """,
    """
    CREATE TABLE label_source (id INTEGER NOT NULL, name VARCHAR NOT NULL, weight FLOAT NOT
    NULL, measured VARCHAR, PRIMARY KEY (id), UNIQUE (name))
    """,
    """
    CREATE TABLE file (id INTEGER NOT NULL, root_id INTEGER NOT NULL, path BLOB NOT NULL,
    size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, quick_hash BLOB, content_id
    INTEGER, status VARCHAR NOT NULL, reason VARCHAR, attempts INTEGER NOT NULL, changed_at
    DATETIME NOT NULL, PRIMARY KEY (id), UNIQUE (root_id, path), FOREIGN KEY(root_id)
    REFERENCES root (id) ON DELETE CASCADE, FOREIGN KEY(content_id) REFERENCES content (id))
    """,
    "CREATE INDEX file_content ON file (content_id)",
    "CREATE INDEX file_quick_hash ON file (quick_hash)",
    "CREATE INDEX file_status ON file (status)",
    """
    CREATE TABLE embedding (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, content_id
    INTEGER NOT NULL, model_id INTEGER NOT NULL, vector BLOB NOT NULL, UNIQUE (content_id,
    model_id), FOREIGN KEY(content_id) REFERENCES content (id) ON DELETE CASCADE, FOREIGN
    KEY(model_id) REFERENCES model (id) ON DELETE CASCADE)
    """,
    """
    CREATE TABLE generation (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, model_id INTEGER
    NOT NULL, state VARCHAR NOT NULL, folder VARCHAR NOT NULL, levels INTEGER NOT NULL,
    codes INTEGER NOT NULL, created_at DATETIME NOT NULL, figures VARCHAR, FOREIGN
    KEY(model_id) REFERENCES model (id))
    """,
    """
    CREATE TABLE job (id INTEGER NOT NULL, kind VARCHAR NOT NULL, content_id INTEGER,
    attempts INTEGER NOT NULL, last_error VARCHAR, input_signature VARCHAR, created_at
    DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN KEY(content_id) REFERENCES content (id) ON
    DELETE CASCADE)
    """,
    """
    CREATE TABLE feedback (id INTEGER NOT NULL, query_content_id INTEGER, content_id INTEGER
    NOT NULL, sign INTEGER NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN
    KEY(query_content_id) REFERENCES content (id) ON DELETE CASCADE, FOREIGN KEY(content_id)
    REFERENCES content (id) ON DELETE CASCADE)
    """,
    """
    CREATE TABLE identifier (generation_id INTEGER NOT NULL, content_id INTEGER NOT NULL,
    packed INTEGER NOT NULL, PRIMARY KEY (generation_id, content_id), FOREIGN
    KEY(generation_id) REFERENCES generation (id) ON DELETE CASCADE, FOREIGN KEY(content_id)
    REFERENCES content (id) ON DELETE CASCADE) WITHOUT ROWID
    """,
)

_FIRST_THUMBNAILS = (
    """
    CREATE TABLE thumbnail (quick_hash BLOB NOT NULL, jpeg BLOB NOT NULL, PRIMARY KEY
    (quick_hash))
    """,
)

# Volumes by the identity of their file system, a queue that outlives the process, capture times
# with their offset, formats, and problems that a person wants to hear no more of.
_SECOND_LIBRARY = (
    "UPDATE root SET volume = NULL",  # device and inode numbers, which change
    "ALTER TABLE root ADD COLUMN volume_path BLOB",
    "ALTER TABLE root ADD COLUMN inode VARCHAR",
    "ALTER TABLE root ADD COLUMN paused BOOLEAN NOT NULL DEFAULT 0",
    "ALTER TABLE file ADD COLUMN ignored BOOLEAN NOT NULL DEFAULT 0",
    "ALTER TABLE file ADD COLUMN refused_at DATETIME",
    "UPDATE file SET refused_at = changed_at WHERE status = 'skipped'",
    "ALTER TABLE content ADD COLUMN taken_offset INTEGER",
    "ALTER TABLE content ADD COLUMN format VARCHAR",
    "CREATE INDEX file_unread ON file (root_id, status) WHERE quick_hash IS NULL",
    "DROP TABLE job",
    """
    CREATE TABLE job (id INTEGER NOT NULL, kind VARCHAR NOT NULL, root_id INTEGER,
    state VARCHAR NOT NULL, done INTEGER NOT NULL, total INTEGER, attempts INTEGER NOT NULL,
    last_error VARCHAR, input_signature VARCHAR, created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL, PRIMARY KEY (id), UNIQUE (kind, root_id),
    FOREIGN KEY(root_id) REFERENCES root (id) ON DELETE CASCADE)
    """,
    # What a search that is open has to look at again (engine.store.changes).
    """
    CREATE TABLE change (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    content_id INTEGER NOT NULL)
    """,
    """
    CREATE TRIGGER file_came AFTER INSERT ON file WHEN NEW.content_id IS NOT NULL
    BEGIN INSERT INTO change (content_id) VALUES (NEW.content_id); END
    """,
    """
    CREATE TRIGGER file_went AFTER DELETE ON file WHEN OLD.content_id IS NOT NULL
    BEGIN INSERT INTO change (content_id) VALUES (OLD.content_id); END
    """,
    """
    CREATE TRIGGER file_changed AFTER UPDATE OF content_id, status ON file
    WHEN OLD.content_id IS NOT NEW.content_id OR OLD.status <> NEW.status
    BEGIN
    INSERT INTO change (content_id) SELECT OLD.content_id WHERE OLD.content_id IS NOT NULL;
    INSERT INTO change (content_id) SELECT NEW.content_id
    WHERE NEW.content_id IS NOT NULL AND NEW.content_id IS NOT OLD.content_id;
    END
    """,
    "DROP INDEX file_status",
    "CREATE INDEX file_status_content ON file (status, content_id)",
    "CREATE INDEX content_raw ON content (id) WHERE format = 'RAW'",
    # Pairs that are no duplicates, how photos look, and searches that can be gone back to.
    """
    CREATE TABLE apart (one_id INTEGER NOT NULL, other_id INTEGER NOT NULL, created_at DATETIME
    NOT NULL, PRIMARY KEY (one_id, other_id), FOREIGN KEY(one_id) REFERENCES content (id) ON
    DELETE CASCADE, FOREIGN KEY(other_id) REFERENCES content (id) ON DELETE CASCADE)
    """,
    """
    CREATE TABLE appearance (content_id INTEGER NOT NULL, colour BLOB NOT NULL, composition BLOB
    NOT NULL, PRIMARY KEY (content_id), FOREIGN KEY(content_id) REFERENCES content (id) ON DELETE
    CASCADE)
    """,
    """
    CREATE TABLE region_space (model_id INTEGER NOT NULL, fitted_on INTEGER NOT NULL, mean BLOB
    NOT NULL, projection BLOB NOT NULL, PRIMARY KEY (model_id), FOREIGN KEY(model_id) REFERENCES
    model (id) ON DELETE CASCADE)
    """,
    """
    CREATE TABLE region (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, content_id INTEGER NOT
    NULL, model_id INTEGER NOT NULL, tiles BLOB NOT NULL, UNIQUE (content_id, model_id), FOREIGN
    KEY(content_id) REFERENCES content (id) ON DELETE CASCADE, FOREIGN KEY(model_id) REFERENCES
    model (id) ON DELETE CASCADE)
    """,
    """
    CREATE TABLE saved_search (id INTEGER NOT NULL, name VARCHAR, query VARCHAR NOT NULL,
    created_at DATETIME NOT NULL, ran_at DATETIME NOT NULL, PRIMARY KEY (id), UNIQUE (name))
    """,
)


def _statements(statements: tuple[str, ...]) -> Step:
    def step(connection: sa.Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return step


def _first_library(connection: sa.Connection) -> None:
    _statements(_FIRST_LIBRARY)(connection)
    connection.exec_driver_sql("INSERT INTO revision (id, number) VALUES (1, 0)")


LIBRARY: tuple[Step, ...] = (_first_library, _statements(_SECOND_LIBRARY))
THUMBNAILS: tuple[Step, ...] = (_statements(_FIRST_THUMBNAILS),)
