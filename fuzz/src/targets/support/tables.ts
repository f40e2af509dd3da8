import type { Codec, Shape, Table } from "@colloquy/core"
import { must } from "../../target.js"

/** Every row within its table's bound, and readable as it was written. */
export function checkTables(shape: Shape, state: Readonly<Record<string, unknown>>): void {
  for (const [name, piece] of Object.entries(shape)) {
    const codec = piece.codec as Codec<unknown>
    if (piece.kind === "cell") {
      codec.decode(codec.encode(state[name]), codec.version)
      continue
    }
    const rows = state[name] as ReadonlyMap<string, unknown>
    must(rows.size <= (piece as Table<unknown>).rowsMax, `${rows.size} rows in ${name}`)
    for (const row of rows.values()) codec.decode(codec.encode(row), codec.version)
  }
}
