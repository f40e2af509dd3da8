import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { codeOf, fromUtf8, utf8 } from "@colloquy/core"
import { sqlite } from "@colloquy/storage-sqlite"
import { lintDocument, toSarif } from "@colloquy/specification"
import { must, type Target } from "../target.js"
import { counting } from "./support/bytes.js"

const everything = { from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 1000 }

/** The whole file of a store that nobody has open. */
export const sqliteFile: Target = {
  name: "sqlite-file",
  holds: "a store whose file was changed opens and works, or is damaged, and nothing else",
  form: "bytes",
  bytesMax: 64 * 1024,
  runs: 20,
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), "colloquy-fuzz-"))
    const made = join(folder, "made.db")
    const store = await sqlite(made)()
    for (let at = 1; at < 20; at++)
      await store.commit([{ key: counting(4, at), value: new Uint8Array(at * 60).fill(at) }])
    await store.close()
    const file = join(folder, "changed.db")
    const clean = (): void => {
      for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true })
    }
    return {
      seeds: [new Uint8Array(readFileSync(made))],
      async check(input) {
        clean()
        writeFileSync(file, input)
        try {
          const changed = await sqlite(file)()
          try {
            const found = await changed.scan(everything)
            await changed.get(found.slice(0, 5).map(({ key }) => key))
            await changed.commit([{ key: counting(4, 5), value: counting(300) }])
            await changed.scrub()
          } finally {
            await changed.close()
          }
        } catch (error) {
          const code = codeOf(error)
          if (code === undefined) throw error
          must(/^STORE_(DAMAGED|VERSION)$/.test(code), `fails with ${code}`)
        }
      },
      async close() {
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

const specimen = `---
title: TALK
version: 1
status: draft
---

# TALK

## Abstract

A [type](#wire-format) of conversation. \`TALK_MAX\` is 5.

## Wire format

| frame | tag |
| ----- | --- |
| Say   | 1   |

\`\`\`protobuf
syntax = "proto3";
message Talk { oneof frame { Say say = 1; } }
message Say { string text = 1; repeated Missing more = 2; }
\`\`\`

- **TK-1.** It MUST say something. TODO
`

/** A document of a type that somebody wrote. */
export const document: Target = {
  name: "document",
  holds: "any text is linted, with findings that lie within it",
  form: "text",
  bytesMax: 8192,
  runs: 30,
  open: async () => ({
    seeds: [utf8(specimen), utf8(specimen.slice(0, 60)), utf8("# A\n\n> - a\n")],
    check(input) {
      const text = fromUtf8(input)
      if (text === undefined) return
      const report = lintDocument({ path: "specs/talk.md", text })
      const lines = text.split(/\r\n|\r|\n/).length
      for (const { line } of report.findings)
        must(line >= 1 && line <= lines + 1, `a finding at line ${line} of ${lines}`)
      must(report.findings.length <= 1000, "more findings than there may be")
      JSON.stringify(toSarif([report], "1"))
    },
  }),
}
