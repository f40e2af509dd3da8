import { existsSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { type AnyConversationType, ColloquyError, type DocumentFacts } from "@colloquy/core"

/** What a module has to say about types and documents: everything that it exports and that looks like one. */
export interface LoadedModule {
  readonly types: readonly AnyConversationType[]
  readonly facts: readonly DocumentFacts[]
}

/**
 * Runs a module: a file, or a package as it would be found from here. Throws `MODULE_UNREADABLE` when it is not there or fails, `MODULE_EMPTY`
 * when it exports nothing of use.
 */
export async function loadModule(
  path: string,
): Promise<LoadedModule & { readonly exported: Readonly<Record<string, unknown>> }> {
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(pathToFileURL(realpathSync(fileOf(path))).href)) as typeof exported
  } catch (cause) {
    throw new ColloquyError("MODULE_UNREADABLE", `the module ${path} can't be loaded`, { cause })
  }
  const values: readonly unknown[] = Object.values(exported)
  const types = values.filter(isType)
  const facts = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value])).filter(isFacts)
  if (types.length === 0 && facts.length === 0)
    throw new ColloquyError("MODULE_EMPTY", `the module ${path} exports no conversation type and no document`)
  return { types, facts, exported }
}

function fileOf(path: string): string {
  const file = resolve(path)
  return existsSync(file) ? file : createRequire(join(process.cwd(), "module.js")).resolve(path)
}

/** Made by `defineConversationType`, as far as can be seen: its copy of the framework may be another one. */
function isType(value: unknown): value is AnyConversationType {
  const { id, name, declaration } = (value ?? {}) as { id?: unknown; name?: unknown; declaration?: unknown }
  const { specification, frames } = (declaration ?? {}) as { specification?: { title?: unknown }; frames?: unknown }
  return (
    typeof id === "string" &&
    typeof name === "object" &&
    typeof specification?.title === "string" &&
    typeof frames === "object"
  )
}

function isFacts(value: unknown): value is DocumentFacts {
  if (typeof value !== "object" || value === null) return false
  const { document, rules, constants, messages } = value as { readonly [K in keyof DocumentFacts]?: unknown }
  const says = [rules, constants, messages].some((part) => part !== undefined)
  return typeof document === "string" && document.endsWith(".md") && says
}
