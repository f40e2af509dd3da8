export interface SqliteOptions {
  /** The size that the database file may grow to; a batch that would pass it fails with `STORE_FULL`. Unbounded unless given. */
  readonly bytesMax?: number
  /** Memory for pages of the database, 16 MiB unless given. */
  readonly cacheBytes?: number
}
