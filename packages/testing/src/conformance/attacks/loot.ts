import { utf8 } from "@colloquy/core"
import type { Loot } from "../../laboratory/laboratory.js"
import type { Knowledge } from "./knowledge.js"

/** Every piece of a loot, under a name for reports. */
export function piecesOf({ identitySeed, instances }: Loot): ReadonlyMap<string, Uint8Array> {
  const found = new Map([["the identity", identitySeed]])
  for (const [, { type, resident, pieces }] of instances)
    for (const [name, bytes] of pieces) {
      const place = `${type}${resident ? "'s resident" : ""}, ${name}`
      let label = place
      for (let copy = 2; found.has(label); copy++) label = `${place} (${copy})`
      found.set(label, bytes)
    }
  return found
}

/** An attacker gets a loot: what pieces hold, and their names. */
export function stealFor(knowledge: Knowledge, owner: string, loot: Loot): void {
  for (const [name, bytes] of piecesOf(loot)) {
    knowledge.give(bytes, `stolen from ${owner}: ${name}`)
    knowledge.give(utf8(name), `stolen from ${owner}: the name of ${name}`)
  }
  for (const id of loot.instances.keys()) knowledge.give(utf8(id), `stolen from ${owner}: an id`)
}
