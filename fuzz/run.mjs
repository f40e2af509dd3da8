// `npm run fuzz`: puts the targets and all that they reach into one file, so that V8 counts its blocks, and runs it.
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "vite"

const folder = import.meta.dirname
const conditions = ["colloquy-source", "node", "import", "default"]
// Each run has its own, so that one that goes on for hours is not changed under its threads.
const outDir = join(folder, "dist", String(process.pid))

await build({
  configFile: false,
  root: folder,
  logLevel: "warn",
  resolve: { conditions },
  ssr: { noExternal: [/^@colloquy\//, /^colloquy(\/|$)/], resolve: { conditions } },
  build: { ssr: "src/main.ts", outDir, target: "node20", minify: false, sourcemap: true },
})
const fuzzing = spawn(process.execPath, ["--enable-source-maps", join(outDir, "main.js"), ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, FUZZ_FOLDER: folder },
})
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => fuzzing.kill(signal))
fuzzing.on("exit", (code) => {
  rmSync(outDir, { recursive: true, force: true })
  process.exitCode = code ?? 1
})
