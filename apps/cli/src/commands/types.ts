import { builtInTypes } from "colloquy"
import { jsonLine } from "../output/printable.js"
import { wrapped } from "../output/wrapped.js"
import type { Settings } from "../settings.js"

export async function types({ output }: Settings): Promise<void> {
  for (const { id, declaration } of builtInTypes) {
    const { specification, encryption, contentTopics, guarantees = [] } = declaration
    const { title, document } = specification
    if (output.json) {
      const topics = contentTopics.description
      await output.line(jsonLine({ id, title, document, encryption: encryption.scheme, topics, guarantees }))
      continue
    }
    await output.line(`${id}  ${title}, ${document}`)
    await output.line(wrapped(`encryption: ${encryption.scheme}`, 2))
    await output.line(wrapped(`topics: ${contentTopics.description}`, 2))
    for (const { name, scope, except } of guarantees) {
      await output.line(wrapped(`${name}: ${scope}`, 2))
      if (except !== undefined) await output.line(wrapped(`but not: ${except}`, 6))
    }
    await output.line("")
  }
}
