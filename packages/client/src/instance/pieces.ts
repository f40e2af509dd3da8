import { type Codec, ColloquyError, type Patch, type Shape, type Write } from "@colloquy/core"
import { PieceRecordSchema } from "../generated/store_pb.js"
import { type Blinded, key, type Keys } from "../store/keys.js"
import { decodeRecord, encodeRecord, type Store } from "../store/store.js"

/** A loaded state, which only this module writes to. */
export type LoadedState = Record<string, unknown>

/** Which pieces of a state differ from what is stored. */
export interface Dirty {
  readonly cells: Set<string>
  readonly rows: Map<string, Set<string>>
}

export function clean(): Dirty {
  return { cells: new Set(), rows: new Map() }
}

/** Reads and writes the pieces of one machine's state. One for each machine, shared by its instances. */
export class Pieces {
  readonly #shape: Shape
  readonly #keys: Keys
  readonly #names: ReadonlyMap<string, Uint8Array>

  constructor(shape: Shape, keys: Keys) {
    this.#shape = shape
    this.#keys = keys
    this.#names = new Map(Object.keys(shape).map((name) => [name, keys.blind(`piece ${name}`).slice(0, 8)]))
  }

  /** The whole state, ready to be changed by {@link apply}. Throws `STORE_DAMAGED` where a cell is missing. */
  async load(store: Store, instance: Blinded): Promise<LoadedState> {
    const state: LoadedState = {}
    for (const [name, piece] of Object.entries(this.#shape)) {
      if (piece.kind === "cell") {
        const record = await store.get(PieceRecordSchema, this.#cellKey(instance, name))
        if (record === undefined && piece.before === undefined)
          throw new ColloquyError("STORE_DAMAGED", "a piece of a conversation's state is missing")
        state[name] = record === undefined ? piece.before?.() : decodePiece(piece.codec, record.value, record.version)
      } else {
        const rows = new Map<string, unknown>()
        for await (const { value } of store.all(key("row", instance, this.#name(name)))) {
          const record = decodeRecord(PieceRecordSchema, value)
          rows.set(record.row, decodePiece(piece.codec, record.value, record.version))
        }
        state[name] = rows
      }
    }
    return state
  }

  /** An empty state, for the first patch of an instance. */
  blank(): LoadedState {
    const state: LoadedState = {}
    for (const [name, piece] of Object.entries(this.#shape)) if (piece.kind === "table") state[name] = new Map()
    return state
  }

  /** Throws `TABLE_FULL` and `PIECE_UNDECLARED` for a patch that the state's shape does not allow. */
  check(state: LoadedState, patch: Patch<Shape>): void {
    for (const [name, change] of Object.entries(patch)) {
      const piece = Object.hasOwn(this.#shape, name) ? this.#shape[name] : undefined
      if (piece === undefined) throw new ColloquyError("PIECE_UNDECLARED", `the type declares no piece ${name}`)
      if (piece.kind === "cell") continue
      const rows = state[name] as ReadonlyMap<string, unknown>
      let size = rows.size
      for (const [row, value] of change as unknown as ReadonlyMap<string, unknown>)
        size += (value === undefined ? 0 : 1) - (rows.has(row) ? 1 : 0)
      if (size > piece.rowsMax && size > rows.size)
        throw new ColloquyError("TABLE_FULL", `the table ${name} holds at most ${piece.rowsMax} rows`)
    }
  }

  /** The state as the patch would leave it, in a copy. */
  preview(state: LoadedState, patch: Patch<Shape>): LoadedState {
    const copy: LoadedState = { ...state }
    for (const [name, piece] of Object.entries(this.#shape))
      if (piece.kind === "table") copy[name] = new Map(state[name] as ReadonlyMap<string, unknown>)
    this.apply(copy, patch, clean())
    return copy
  }

  /** Changes the state in place and notes what is to be written. */
  apply(state: LoadedState, patch: Patch<Shape>, dirty: Dirty): void {
    for (const [name, change] of Object.entries(patch)) {
      if (this.#shape[name]?.kind === "cell") {
        state[name] = change
        dirty.cells.add(name)
        continue
      }
      const rows = state[name] as Map<string, unknown>
      const touched = dirty.rows.get(name) ?? new Set()
      dirty.rows.set(name, touched)
      for (const [row, value] of change as unknown as ReadonlyMap<string, unknown>) {
        if (value === undefined) rows.delete(row)
        else rows.set(row, value)
        touched.add(row)
      }
    }
  }

  /** The writes for what is dirty, each piece once. */
  *writes(state: LoadedState, dirty: Dirty, instance: Blinded): Generator<Write> {
    for (const name of dirty.cells) {
      const codec = this.#codec(name)
      yield { key: this.#cellKey(instance, name), value: encodePiece("", codec, state[name]) }
    }
    for (const [name, touched] of dirty.rows) {
      const codec = this.#codec(name)
      const rows = state[name] as ReadonlyMap<string, unknown>
      for (const row of touched) {
        const value = rows.get(row)
        yield {
          key: key("row", instance, this.#name(name), this.#keys.blind(row)),
          value: value === undefined ? undefined : encodePiece(row, codec, value),
        }
      }
    }
  }

  #cellKey(instance: Blinded, name: string): Uint8Array {
    return key("cell", instance, this.#name(name))
  }

  #name(name: string): Uint8Array {
    return this.#names.get(name) as Uint8Array
  }

  #codec(name: string): Codec<unknown> {
    return (this.#shape[name] as { codec: Codec<unknown> }).codec
  }
}

function encodePiece(row: string, codec: Codec<unknown>, value: unknown): Uint8Array {
  return encodeRecord(PieceRecordSchema, {
    $typeName: "colloquy.client.store.v1.PieceRecord",
    row,
    version: codec.version,
    value: codec.encode(value),
  })
}

function decodePiece(codec: Codec<unknown>, bytes: Uint8Array, version: number): unknown {
  try {
    return codec.decode(bytes, version)
  } catch (cause) {
    throw new ColloquyError("STORE_DAMAGED", "a piece of a conversation's state does not decode", { cause })
  }
}
