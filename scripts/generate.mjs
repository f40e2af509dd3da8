// Writes packages/NAME/src/generated/*_pb.ts from packages/NAME/proto/*.proto, and the same for examples, with buf and protoc-gen-es from node_modules and no network.
//   node scripts/generate.mjs            writes what is out of date
//   node scripts/generate.mjs --check    writes nothing, exits with 1 when something is out of date
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root, tool } from "./lib/root.mjs"
import { indent, runNode } from "./lib/run.mjs"

class GenerateError extends Error {}

const check = process.argv.includes("--check")
const scratch = mkdtempSync(join(tmpdir(), "colloquy-generate-"))
try {
  const packages = readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `packages/${entry.name}`)
    .concat("examples")
    .filter((folder) => filesIn(protoOf(folder), ".proto").length > 0)
    .sort()
  const results = await Promise.all(packages.map(generate))
  const stale = results.flat()
  if (stale.length === 0) say(`generated code is up to date (${packages.join(", ")})`)
  else if (check) {
    say("generated code is out of date: run `npm run generate` and commit what it writes")
    process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof GenerateError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** One folder: generates into the scratch folder, then compares. Returns the paths that differed. */
async function generate(name) {
  const out = join(scratch, name)
  const template = {
    version: "v2",
    plugins: [
      {
        local: [process.execPath, tool("@bufbuild", "protoc-gen-es", "bin", "protoc-gen-es")],
        out,
        opt: ["target=ts", "import_extension=js"],
      },
    ],
  }
  const { code, output } = await runNode(
    [tool("@bufbuild", "buf", "bin", "buf"), "generate", protoOf(name), "--template", JSON.stringify(template)],
    { env: { BUF_CACHE_DIR: join(scratch, "cache", name) } },
  )
  if (code !== 0) throw new GenerateError(`${name}/proto does not compile\n${indent(output)}`)
  return compare(name, out)
}

function compare(name, out) {
  const folder = join(root, name, "src", "generated")
  const made = filesIn(out, "_pb.ts")
  const stale = []
  for (const file of made) {
    const text = readFileSync(join(out, file), "utf8")
    const path = join(folder, file)
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue
    stale.push(path)
    say(`${name}/src/generated/${file}: ${check ? "out of date" : "written"}`)
    if (check) continue
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, text)
  }
  for (const file of filesIn(folder, "_pb.ts").filter((existing) => !made.includes(existing))) {
    stale.push(join(folder, file))
    say(`${name}/src/generated/${file}: ${check ? "has no source any more" : "removed, its source is gone"}`)
    if (!check) rmSync(join(folder, file))
  }
  return stale
}

function protoOf(name) {
  return join(root, name, "proto")
}

function filesIn(folder, suffix) {
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(suffix)) : []
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
