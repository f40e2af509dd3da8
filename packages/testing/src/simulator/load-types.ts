import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { AnyConversationType } from "@colloquy/core"
import { builtIn, type SimulatedType, type Types } from "./types.js"

/**
 * The types of a module, beside the carriers that are built in: `simulated`, a list that says all, or else each exported type that has conversations,
 * taken for one that neither repairs nor acknowledges.
 */
export async function loadTypes(file: string | undefined): Promise<Types> {
  if (file === undefined) return builtIn
  const module = (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>
  const named = module["simulated"] as readonly SimulatedType[] | undefined
  const spoken =
    named ??
    Object.values(module)
      .filter(isType)
      .map((type) => ({ type, repairs: false, acknowledges: false }))
  return { ...builtIn, spoken }
}

function isType(value: unknown): value is AnyConversationType {
  return typeof value === "object" && value !== null && "declaration" in value && "conversation" in value
}
