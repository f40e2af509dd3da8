// `npm run fuzz`: puts the targets and all that they reach into one file, so that V8 counts its blocks, and runs it.
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { build } from "vite"

const folder = import.meta.dirname
const conditions = ["colloquy-source", "node", "import", "default"]

await build({
  configFile: false,
  root: folder,
  logLevel: "warn",
  resolve: { conditions },
  ssr: { noExternal: [/^@colloquy\//, /^colloquy(\/|$)/], resolve: { conditions } },
  build: { ssr: "src/main.ts", outDir: "dist", target: "node20", minify: false, sourcemap: true },
})
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", join(folder, "dist", "main.js"), ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, FUZZ_FOLDER: folder } },
)
process.exitCode = status ?? 1
