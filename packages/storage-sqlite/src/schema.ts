/** Of the file. Format 1 had the first object alone, and every value in it. */
export const formatVersion = 2

/**
 * The longest value that stands beside its key. SQLite compares keys in a table without row ids by reading whole records, those too that continue on
 * other pages: with a value of 16 MiB in it, each search that passes there would read 16 MiB. So a longer value is in a table of its own, by number,
 * and its number is in the record.
 */
export const valueBytesMax = 900

const record = "CREATE TABLE record (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID"

/** What the file holds, in the order in which it is made. Who replaces or deletes a record deletes its long value. */
export const objects: readonly string[] = [
  record,
  "CREATE TABLE long (id INTEGER PRIMARY KEY, value BLOB NOT NULL)",
  "CREATE TRIGGER replaced AFTER UPDATE ON record WHEN typeof(old.value) = 'integer' BEGIN DELETE FROM long WHERE id = old.value; END",
  "CREATE TRIGGER deleted AFTER DELETE ON record WHEN typeof(old.value) = 'integer' BEGIN DELETE FROM long WHERE id = old.value; END",
]

/** What a file of a format holds. */
export function objectsOf(version: number): readonly string[] {
  return version === 1 ? [record] : objects
}
