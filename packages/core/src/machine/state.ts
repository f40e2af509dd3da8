/**
 * How one kind of state is written down. `version` is stored beside the bytes; `decode` reads every version that was ever stored.
 * `decode` throws for bytes that it did not write: stored records are authenticated, so that means damage.
 */
export interface Codec<T> {
  readonly version: number
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array, version: number): T
}

/** One value, written whole whenever a patch names it. */
export interface Cell<T> {
  readonly kind: "cell"
  readonly codec: Codec<T>
  /** What stands for the cell in a state that was stored before the type had it. */
  readonly before?: () => T
}

/** Rows by key, each written and deleted alone. Deleting a row is the erasure at rest. */
export interface Table<T> {
  readonly kind: "table"
  readonly codec: Codec<T>
  /** A patch that would leave more rows than this is a fault of the type: the step fails with `TABLE_FULL` and changes nothing. */
  readonly rowsMax: number
}

/** A cell that a later version of the code adds to a type says in `before` what it was until then: without it such a state is `STORE_DAMAGED`. */
export function cell<T>(codec: Codec<T>, before?: () => T): Cell<T> {
  return before === undefined ? { kind: "cell", codec } : { kind: "cell", codec, before }
}

export function table<T>(codec: Codec<T>, rowsMax: number): Table<T> {
  return { kind: "table", codec, rowsMax }
}

/** The pieces of a type's state, by name. Names are stored: renaming one is a migration. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one place where pieces of any type meet
export type Shape = Readonly<Record<string, Cell<any> | Table<any>>>

export type State<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends Table<infer T> ? ReadonlyMap<string, T> : S[K] extends Cell<infer T> ? T : never
}

/** What a step changed, no more: a cell's new value, a table's changed rows, `undefined` for a deleted one. */
export type Patch<S extends Shape> = {
  readonly [K in keyof S]?: S[K] extends Table<infer T>
    ? ReadonlyMap<string, T | undefined>
    : S[K] extends Cell<infer T>
      ? T
      : never
}

/** The first patch of an instance: every cell, and the rows that it starts with. */
export type Initial<S extends Shape> = {
  readonly [K in keyof S as S[K] extends Table<infer _> ? never : K]: S[K] extends Cell<infer T> ? T : never
} & Patch<S>

/** Bytes as they are. */
export const bytesCodec: Codec<Uint8Array> = {
  version: 1,
  encode: (bytes) => bytes,
  decode: (bytes) => bytes.slice(),
}
