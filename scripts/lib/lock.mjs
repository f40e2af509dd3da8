import { randomBytes } from "node:crypto"
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"

const pollMs = 500
/** A holder on another machine cannot be asked whether it lives: after this its lock counts as left behind. */
const foreignAgeMaxMs = 30 * 60_000

/**
 * Runs `work` while no other process on the same checkout does. The lock is a file that names its holder; one whose holder
 * no longer runs is taken over. `onWait` is called once when somebody else holds it.
 */
export async function withLock(path, onWait, work) {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), token: randomBytes(8).toString("hex") })
  let told = false
  while (!take(path, mine)) {
    const holder = read(path)
    if (holder === undefined) continue
    if (isStale(path, holder)) {
      removeExactly(path, holder)
      continue
    }
    if (!told) onWait(JSON.parse(holder).pid)
    told = true
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  const release = () => {
    if (read(path) === mine) rmSync(path, { force: true })
  }
  const interrupted = () => process.exit(130)
  process.once("exit", release)
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
  try {
    return await work()
  } finally {
    release()
    process.off("exit", release)
    process.off("SIGINT", interrupted)
    process.off("SIGTERM", interrupted)
  }
}

/** The file appears with its content at once: it is written beside and linked, which fails when the name is taken. */
function take(path, content) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, content)
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (error.code === "EEXIST") return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

function isStale(path, holder) {
  try {
    const { pid, host } = JSON.parse(holder)
    if (host !== hostname()) return Date.now() - statSync(path).mtimeMs > foreignAgeMaxMs
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code !== "EPERM"
  }
}

/** Moves the lock aside and looks again: a lock that somebody took in the meantime goes back. */
function removeExactly(path, holder) {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
    if (read(aside) !== holder) linkSync(aside, path)
  } catch {
    // Somebody else was faster. The next look tells.
  } finally {
    rmSync(aside, { force: true })
  }
}
