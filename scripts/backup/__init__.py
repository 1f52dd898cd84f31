"""Back-ups and restores, by Postgres's own tools.

Three kinds of back-up, each in a folder that names when it was made:

- `data-...`: everything but the keys (`pg_dump`). Nobody in it can be read without them. Kept for as long as wished.
- `keys-...`: each person's key, the ledger of erasures, and the installation's own keys. Kept for some days: whoever
  was erased is gone from every back-up after that.
- `archive`: for each server base back-ups (`pg_basebackup`) and the write-ahead log, for a restore to a moment. Holds
  keys, and is kept for as long as they are.
"""
