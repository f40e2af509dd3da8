import { startHub } from "@colloquy/hub"
import { hubFolder } from "../profile/location.js"
import { printable } from "../output/printable.js"
import type { Settings } from "../settings.js"

export interface HubCommandOptions {
  readonly port?: number
  readonly host?: string
  readonly data?: string
}

const portDefault = 4280
const hostDefault = "127.0.0.1"

/** Runs until a signal. */
export async function hub({ output, stop }: Settings, options: HubCommandOptions): Promise<void> {
  const { port = portDefault, host = hostDefault } = options
  const dataDir = hubFolder(options.data, process.env)
  const running = await startHub({ port, host, dataDir })
  try {
    await output.result({ url: running.url }, () => [
      `The hub listens at ${running.url}, its data is in ${printable(dataDir)}.`,
    ])
    await output.hint("It ends with Ctrl-C.")
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      else stop.addEventListener("abort", () => resolve(), { once: true })
    })
  } finally {
    await running.close()
  }
}
