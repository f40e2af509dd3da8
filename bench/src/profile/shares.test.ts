import { describe, expect, it } from "vitest"
import { areas, type CpuProfile, sharesOf } from "./shares.js"

const file = (path: string): string => `file:///home/someone/colloquy/${path}`

/** A profile of one call after the other, each with its callers, outermost first. */
function profileOf(
  ...calls: readonly { readonly us: number; readonly stack: readonly [string, string][] }[]
): CpuProfile {
  const nodes: { id: number; callFrame: { functionName: string; url: string }; children: number[] }[] = []
  const samples = calls.map(({ stack }) => {
    let caller: (typeof nodes)[number] | undefined
    for (const [functionName, url] of stack) {
      const node = { id: nodes.length + 1, callFrame: { functionName, url }, children: [] }
      nodes.push(node)
      caller?.children.push(node.id)
      caller = node
    }
    return nodes.length
  })
  return { nodes, samples, timeDeltas: calls.map(({ us }) => us) }
}

const batch: [string, string] = ["runBatch", file("packages/client/dist/instance/instance.js")]
const step: [string, string] = ["receive", file("packages/conversation-private/dist/receive.js")]
const commit: [string, string] = ["commit", file("packages/storage-sealed/dist/sealed-storage.js")]
const transact: [string, string] = ["transact", file("packages/storage-sqlite/dist/sqlite-storage.js")]
const hash: [string, string] = ["hash", file("packages/crypto/dist/sodium/primitives.js")]

describe("the shares of a profile", () => {
  it("a helper's time is that of its nearest caller that is nobody's helper", () => {
    const shares = sharesOf(
      profileOf(
        { us: 1, stack: [batch, ["toBinary", file("node_modules/@bufbuild/protobuf/dist/esm/to-binary.js")]] },
        { us: 2, stack: [batch, step, ["concat", file("packages/core/dist/bytes.js")]] },
        { us: 4, stack: [batch, commit, hash, ["wasm-function[94]", "wasm://wasm/0011650e"]] },
        { us: 8, stack: [batch, commit, transact] },
        { us: 16, stack: [transact, ["moveLog", file("packages/storage-sqlite/dist/checkpoint.js")], ["fsync", ""]] },
        { us: 32, stack: [["onmessage", file("node_modules/ws/lib/receiver.js")]] },
        { us: 64, stack: [["start", "node:internal/main"]] },
      ),
    )
    expect(Object.fromEntries(shares)).toMatchObject({
      client: 1,
      type: 2,
      sealing: 4,
      sqlite: 8,
      erasing: 16,
      hub: 32,
      other: 64,
    })
  })

  it("cryptography that a type calls is told apart", () => {
    const shares = sharesOf(profileOf({ us: 3, stack: [batch, step, hash] }, { us: 5, stack: [batch, hash] }))
    expect(shares.get("ratchet")).toBe(3)
    expect(shares.get("type")).toBe(0)
    expect(shares.get("client")).toBe(5)
  })

  it("garbage is its own share, and idle time is none", () => {
    const shares = sharesOf(
      profileOf({ us: 7, stack: [batch, ["(garbage collector)", ""]] }, { us: 9, stack: [["(idle)", ""]] }),
    )
    expect(shares.get("garbage")).toBe(7)
    expect(areas.reduce((sum, area) => sum + (shares.get(area) ?? 0), 0)).toBe(7)
  })
})
