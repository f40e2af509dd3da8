import type { Settings } from "../settings.js"

export async function demo({ output }: Settings): Promise<void> {
  await output.line("soon")
}
