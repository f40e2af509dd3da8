import { beside, inTurn, type Result } from "./measure.js"
import { RemoteSide } from "./sides/remote-side.js"
import type { Suite } from "./suites.js"

const rounds = 15
const warmUps = 10
const peer = "libsignal-client"

/** PrivateV1's machine in memory beside libsignal's session with stores in memory: 100 bytes of text each, in turn, each in its own thread. */
export const privateSuite: Suite = {
  name: "private",
  async *run({ progress }) {
    await using wasm = await RemoteSide.start("wasm")
    await using signal = await RemoteSide.start(peer)
    await using native = await RemoteSide.start("native")
    if (wasm === undefined || signal === undefined) throw new Error("a side of the bench is missing")
    progress("WASM")
    yield* besidePeer("private", wasm, signal)
    const bytes = [await wasm.do("wireBytes"), await signal.do("wireBytes")] as const
    yield beside("wire.bytes100", "B", bytes[0], peer, bytes[1], "at most 221 before padding")
    progress("native")
    if (native !== undefined) yield* besidePeer("private.native", native, signal)
  },
}

async function* besidePeer(name: string, ours: RemoteSide, theirs: RemoteSide): AsyncIterable<Result> {
  for (let i = 0; i < warmUps; i++)
    for (const side of [ours, theirs]) for (const work of ["seal", "open"] as const) await side.do(work)
  const [seal, open, sealPeer, openPeer] = (await inTurn(
    rounds,
    () => ours.do("seal"),
    () => ours.do("open"),
    () => theirs.do("seal"),
    () => theirs.do("open"),
  )) as [number, number, number, number]
  yield beside(`${name}.seal`, "ops/s", seal, peer, sealPeer, "5 × peer")
  yield beside(`${name}.open`, "ops/s", open, peer, openPeer, "5 × peer")
  const [pingPong, pingPongPeer] = (await inTurn(
    rounds,
    () => ours.do("exchange"),
    () => theirs.do("exchange"),
  )) as [number, number]
  yield beside(`${name}.pingpong`, "ops/s", pingPong, peer, pingPongPeer, "2 × peer")
}
