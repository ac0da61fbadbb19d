-- The store of the demo, a file of SQLite's.

CREATE TABLE customers (
    name   TEXT PRIMARY KEY,
    notes  INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE notes (
    id     INTEGER PRIMARY KEY,
    sku    TEXT NOT NULL,
    stars  INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    text   TEXT NOT NULL,
    tags   JSON NOT NULL DEFAULT '[]'
);

CREATE INDEX notes_of ON notes (sku);

INSERT INTO notes (sku, stars, text, tags) VALUES
    ('LM-031', 5, 'Warm light, and heavy enough to stay.', '["light","desk"]'),
    ('LM-031', 4, 'It''s larger than it looks.', '["size"]'),
    ('NB-204', 3, 'The dots are a bit dark.', '[]');
