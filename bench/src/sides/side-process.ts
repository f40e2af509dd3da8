import { parentPort, workerData } from "node:worker_threads"
import { loadWasmCrypto } from "@colloquy/crypto"
import { loadNativeCrypto } from "@colloquy/crypto/native"
import { rate } from "../measure.js"
import { libsignalSide } from "./libsignal-side.js"
import { privateSide } from "./private-side.js"
import type { Side } from "./side.js"

// Does one thing at a time, as it is told by the thread that compares.
const side = await makeSide(workerData as string)
parentPort?.on("message", (name: keyof Side) => {
  void work(name).then((value) => parentPort?.postMessage(value))
})
parentPort?.postMessage(side !== undefined)

async function work(name: keyof Side): Promise<number> {
  if (side === undefined || name === "settle") throw new Error(`there is no ${name}`)
  if (name === "wireBytes") return side.wireBytes()
  const value = await rate(() => side[name]())
  if (name === "open") side.settle()
  return value
}

async function makeSide(name: string): Promise<Side | undefined> {
  if (name === "libsignal-client") return libsignalSide()
  if (name === "wasm") return privateSide(await loadWasmCrypto())
  const native = await loadNativeCrypto()
  return native === undefined ? undefined : privateSide(native)
}
