import { sdsFrames } from "./sds-frames.js"
import { toBinary, fromBinary, create } from "@bufbuild/protobuf"
import { SdsMessageSchema } from "./generated/reliability_pb.js"
import { test } from "vitest"
test("bench", () => {
const frames = sdsFrames({ bytesMax: 65536 })
const v = { lamport: 1_790_000_000_000, sequence: 1000, acknowledged: [{first: 0, last: 900}], content: new Uint8Array(100).fill(7) }
const e = frames.encode(v); console.log(e.length)
const es = create(SdsMessageSchema, { lamportTimestamp: 1_790_000_000_000n, sequence: 1000n, acknowledged: [0n, 900n], content: v.content })
let k = 0
const run = (name: string, f: () => void) => { for (let i=0;i<200000;i++) f(); let best=0; for(let r=0;r<9;r++){const t=performance.now(); for (let i=0;i<300000;i++) f(); best=Math.max(best,300000/(performance.now()-t)*1000)}; console.log(name, Math.round(best/1000)+" k/s") }
run("sds decode", () => { frames.decode(e); k++ })
run("es decode", () => { fromBinary(SdsMessageSchema, e) })
run("sds encode", () => { frames.encode(v) })
run("es encode", () => { toBinary(SdsMessageSchema, es) })
})
