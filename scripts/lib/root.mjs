import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The repository's folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")

/** A program that a development dependency brings, by its file, so that no shell stands between. */
export function tool(...path) {
  return join(root, "node_modules", ...path)
}
