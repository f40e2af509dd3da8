/** What is needed of a profile as V8's profiler makes it: the tree of calls, and which call each sample found. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[] | undefined
  }[]
  readonly samples?: readonly number[] | undefined
  /** Microseconds before each sample. */
  readonly timeDeltas?: readonly number[] | undefined
}

/** Where a message's time goes, in the order in which it is told. */
export const areas = [
  "content",
  "type",
  "ratchet",
  "hints",
  "client",
  "sealing",
  "sqlite",
  "erasing",
  "hub",
  "garbage",
  "other",
] as const
export type Area = (typeof areas)[number]

/** Whose code a file is. Files that are not here work for whoever called them. */
const owners: readonly (readonly [RegExp, Area])[] = [
  [/\/storage-sqlite\/(?:dist|src)\/(?:checkpoint|unallocated-space|write-ahead-log)\./, "erasing"],
  [/\/storage-sqlite\//, "sqlite"],
  [/\/storage-sealed\//, "sealing"],
  [/\/client\/(?:dist|src)\/hints\/|\/core\/(?:dist|src)\/envelope\//, "hints"],
  [/\/packages\/client\//, "client"],
  [/\/packages\/content\//, "content"],
  [/\/conversation-[^/]+\/|\/packages\/reliability\//, "type"],
  [/\/delivery-hub\/|\/node_modules\/ws\//, "hub"],
]
const cryptography = /\/packages\/crypto\/|\/sodium-native\/|^wasm:/

/** The microseconds of each area. A helper's time is its caller's; cryptography that a type calls is told apart from the rest of the type. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): ReadonlyMap<Area, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const known = new Map<number, Area | undefined>()
  const shares = new Map<Area, number>(areas.map((area) => [area, 0]))
  for (const [index, sample] of samples.entries()) {
    if (!known.has(sample)) known.set(sample, areaOf(sample))
    const area = known.get(sample)
    if (area !== undefined) shares.set(area, (shares.get(area) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return shares

  /** `undefined` for a thread that had nothing to do. */
  function areaOf(sample: number): Area | undefined {
    const name = byId.get(sample)?.callFrame.functionName
    if (name === "(idle)") return undefined
    if (name === "(garbage collector)") return "garbage"
    let isCryptography = false
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const url = byId.get(id)?.callFrame.url ?? ""
      if (cryptography.test(url)) isCryptography = true
      const area = owners.find(([pattern]) => pattern.test(url))?.[1]
      if (area !== undefined) return area === "type" && isCryptography ? "ratchet" : area
    }
    return "other"
  }
}
