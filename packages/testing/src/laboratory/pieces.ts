import { ColloquyError, type Shape } from "@colloquy/core"

/** A state in memory, as a client holds it. */
export type LoadedState = Record<string, unknown>

/** An empty state, for the first patch of an instance. */
export function blankState(shape: Shape): LoadedState {
  const state: LoadedState = {}
  for (const [name, piece] of Object.entries(shape)) if (piece.kind === "table") state[name] = new Map()
  return state
}

/** Throws `PIECE_UNDECLARED`, `TABLE_FULL` and `PATCH_MALFORMED` for what a client would not write. */
export function checkPatch(shape: Shape, state: LoadedState, patch: Readonly<Record<string, unknown>>): void {
  for (const [name, change] of Object.entries(patch)) {
    const piece = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (piece === undefined) throw new ColloquyError("PIECE_UNDECLARED", `the type declares no piece ${name}`)
    if (piece.kind === "cell") continue
    if (!(change instanceof Map)) throw new ColloquyError("PATCH_MALFORMED", `the table ${name} wants rows`)
    const rows = state[name] as ReadonlyMap<string, unknown>
    let size = rows.size
    for (const [row, value] of change) size += (value === undefined ? 0 : 1) - (rows.has(row as string) ? 1 : 0)
    if (size > piece.rowsMax && size > rows.size)
      throw new ColloquyError("TABLE_FULL", `the table ${name} holds at most ${piece.rowsMax} rows`)
  }
}

/** Throws `CELL_MISSING` unless a first patch has every cell. */
export function checkComplete(shape: Shape, patch: Readonly<Record<string, unknown>>): void {
  for (const [name, piece] of Object.entries(shape))
    if (piece.kind === "cell" && !Object.hasOwn(patch, name))
      throw new ColloquyError("CELL_MISSING", `the first patch lacks the cell ${name}`)
}

/** Changes the state in place. */
export function applyPatch(shape: Shape, state: LoadedState, patch: Readonly<Record<string, unknown>>): void {
  for (const [name, change] of Object.entries(patch)) {
    if (shape[name]?.kind === "cell") {
      state[name] = change
      continue
    }
    const rows = state[name] as Map<string, unknown>
    for (const [row, value] of change as ReadonlyMap<string, unknown>)
      if (value === undefined) rows.delete(row)
      else rows.set(row, value)
  }
}

/** Every piece, encoded, in buffers of their own: by `name` for a cell, `name/row` for a row. */
export function encodePieces(shape: Shape, state: LoadedState): Map<string, Uint8Array> {
  const pieces = new Map<string, Uint8Array>()
  for (const [name, piece] of Object.entries(shape)) {
    if (piece.kind === "cell") pieces.set(name, piece.codec.encode(state[name]).slice())
    else
      for (const [row, value] of state[name] as ReadonlyMap<string, unknown>)
        pieces.set(`${name}/${row}`, piece.codec.encode(value).slice())
  }
  return pieces
}

/**
 * The state that pieces stand for, with the versions that they were written with, else those of today. Throws `STORE_DAMAGED` for a missing cell,
 * and what a codec throws.
 */
export function decodePieces(
  shape: Shape,
  pieces: ReadonlyMap<string, Uint8Array>,
  versionOf: (piece: string) => number | undefined = () => undefined,
): LoadedState {
  const state = blankState(shape)
  for (const [name, piece] of Object.entries(shape)) {
    if (piece.kind !== "cell") continue
    const bytes = pieces.get(name)
    if (bytes === undefined && piece.before === undefined)
      throw new ColloquyError("STORE_DAMAGED", `the cell ${name} is missing`)
    state[name] =
      bytes === undefined ? piece.before?.() : piece.codec.decode(bytes.slice(), versionOf(name) ?? piece.codec.version)
  }
  for (const [path, bytes] of pieces) {
    const at = path.indexOf("/")
    const name = at < 0 ? path : path.slice(0, at)
    const piece = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (piece === undefined) throw new ColloquyError("PIECE_UNDECLARED", `the type declares no piece ${name}`)
    if (piece.kind !== "table") continue
    const value: unknown = piece.codec.decode(bytes.slice(), versionOf(path) ?? piece.codec.version)
    ;(state[name] as Map<string, unknown>).set(path.slice(at + 1), value)
  }
  return state
}
