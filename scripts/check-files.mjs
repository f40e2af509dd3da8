// What no other tool looks at: names of files, machine paths, and what the lock file says of where packages came from.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { root } from "./lib/root.mjs"

const machinePath = /(?<![\w.:/-])\/(?:home|Users|root|work|tmp)\/[\w.-]+\//
const kebab = /^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*$/
const known = new Set([
  ".nvmrc",
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "LICENSE",
])
const binaryBytesMax = 1024 * 1024

const findings = []
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root })
  .toString()
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)))

/** Whether a code span that looks like a path of this repository leads nowhere. Patterns and placeholders (`NAME`, `*`) are no paths. */
function isDeadPath(span) {
  if (
    !/^(?:packages|apps|examples|bench|docs|specs|scripts|test)\/[\w./-]+$/.test(span) ||
    /(?:^|\/)[A-Z]+(?:\/|$)/.test(span)
  )
    return false
  return !existsSync(join(root, span))
}

for (const file of files) {
  const name = basename(file)
  if (/\.(ts|tsx|mjs|js)$/.test(name) && !file.includes("/generated/") && !kebab.test(name))
    findings.push(`${file}: a file's name is in kebab-case`)
  if (/\.md$/.test(name) && !kebab.test(name) && !known.has(name))
    findings.push(`${file}: a file's name is in kebab-case`)
  if (statSync(join(root, file)).size > binaryBytesMax) {
    findings.push(`${file}: larger than ${binaryBytesMax} bytes`)
    continue
  }
  const text = readFileSync(join(root, file), "utf8")
  if (text.includes("\0") || file === "scripts/check-files.mjs") continue
  for (const [index, line] of text.split("\n").entries()) {
    const found = machinePath.exec(line)
    for (const [, span] of /\.md$/.test(name) ? line.matchAll(/`([^`]+)`/g) : [])
      if (isDeadPath(span)) findings.push(`${file}:${index + 1}: there is no ${span}`)
    if (found !== null) findings.push(`${file}:${index + 1}: names a path of one machine, ${found[0]}`)
  }
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
for (const [path, entry] of Object.entries(lock.packages))
  if (typeof entry.resolved === "string" && /^[a-z+]+:\/\//.test(entry.resolved))
    findings.push(`package-lock.json: ${path} names the registry that it came from`)

for (const file of files.filter((file) => basename(file) === "package.json")) {
  const {
    name,
    dependencies = {},
    devDependencies = {},
    optionalDependencies = {},
  } = JSON.parse(readFileSync(join(root, file), "utf8"))
  for (const [dependency, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
    if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      findings.push(`${file}: ${name} wants ${dependency} ${version}, not one exact version`)
}

for (const finding of findings) process.stdout.write(`${finding}\n`)
if (findings.length > 0) process.exitCode = 1
