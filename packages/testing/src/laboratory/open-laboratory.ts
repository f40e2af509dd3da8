import { ColloquyError } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import type { Laboratory, LaboratoryOptions } from "./laboratory.js"
import { World } from "./world.js"

/** Opens a laboratory without people. Throws `TYPE_DUPLICATE` for two types with one id. */
export async function openLaboratory(options: LaboratoryOptions): Promise<Laboratory> {
  const ids = options.types.map(({ id }) => id)
  if (new Set(ids).size !== ids.length) throw new ColloquyError("TYPE_DUPLICATE", "two types have one id")
  return new World(options.crypto ?? (await loadCrypto()), options)
}
