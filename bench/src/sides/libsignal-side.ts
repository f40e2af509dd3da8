import { libsignalPair } from "../peers/libsignal.js"
import { batch, exchanges, type Side, textBytes } from "./side.js"

/** libsignal's session with stores in memory. */
export async function libsignalSide(): Promise<Side> {
  const { saro, raya } = await libsignalPair()
  const body = new Uint8Array(textBytes).fill(97)
  const waiting: Awaited<ReturnType<typeof saro.encrypt>>[] = []
  return {
    async seal() {
      waiting.length = 0
      for (let i = 0; i < batch; i++) waiting.push(await saro.encrypt(raya, body))
      return batch
    },
    async open() {
      for (const message of waiting) await raya.decrypt(saro, message)
      return batch
    },
    settle: () => undefined,
    async exchange() {
      for (let i = 0; i < exchanges; i++) {
        await raya.decrypt(saro, await saro.encrypt(raya, body))
        await saro.decrypt(raya, await raya.encrypt(saro, body))
      }
      return 2 * exchanges
    },
    wireBytes: async () => (await saro.encrypt(raya, body)).bytes.length,
  }
}
