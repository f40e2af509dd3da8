const candidatesMax = 300

/** The candidate that a name was probably meant to be: one edit away for each four letters, or the same with a suffix. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const plain = normalized(name)
  let best: string | undefined
  let tried = 0
  let bestDistance = Math.max(1, Math.floor(plain.length / 4)) + 1
  for (const candidate of candidates) {
    if ((tried += 1) > candidatesMax) break
    const other = normalized(candidate)
    const distance =
      plain.length >= 4 &&
      (other.startsWith(plain) || plain.startsWith(other)) &&
      Math.min(plain.length, other.length) >= 4
        ? 1
        : editDistance(plain, other, bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best !== undefined || plain.length < 5) return best
  for (const candidate of [...candidates].slice(0, candidatesMax))
    if (normalized(candidate).includes(plain)) return candidate
  return undefined
}

/** Whether one letter more, less or other makes the one the other. */
export function isOneEdit(a: string, b: string): boolean {
  return a !== b && editDistance(a, b, 2) === 1
}

function normalized(name: string): string {
  return name.replace(/[^a-z0-9]/gi, "").toLowerCase()
}

function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) >= max || a.length > 64 || b.length > 64) return max
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      )
    row = next
  }
  return row[b.length] ?? max
}

/** At most so many characters of a text on one line, for messages. */
export function excerpt(text: string, charactersMax = 80): string {
  const line = text.replace(/\s+/g, " ").trim()
  const characters = Array.from(line)
  return characters.length <= charactersMax ? line : `${characters.slice(0, charactersMax - 1).join("")}…`
}

/** `a`, `b` and 3 more. */
export function listed(names: readonly string[], namesMax = 5): string {
  const shown = names.slice(0, namesMax).map((name) => `\`${excerpt(name, 40)}\``)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(", ")} and ${more} more`
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}
