import type { Rows as Overlay } from "../rows.js"
import { Rows } from "../rows.js"
import type { Gap } from "./gaps.js"
import { freshLink, type Link } from "./link.js"
import type { Outgoing } from "./outgoing.js"

/** What the compact profile keeps of a conversation, as the machine's state holds it. */
export interface CompactState {
  readonly link: Link
  readonly outgoing: ReadonlyMap<string, Outgoing>
  readonly gaps: ReadonlyMap<string, Gap>
}

/** What a step changed of it, no more. */
export interface CompactPatch {
  readonly link?: Link
  readonly outgoing?: ReadonlyMap<string, Outgoing | undefined>
  readonly gaps?: ReadonlyMap<string, Gap | undefined>
}

/** A state under change. The state that it was made from stays as it is. */
export interface Draft {
  readonly link: { -readonly [K in keyof Link]: Link[K] }
  readonly outgoing: Overlay<Outgoing>
  readonly gaps: Overlay<Gap>
  /** Contents that no row holds any more. */
  readonly wipe: Uint8Array[]
}

export function draftOf({ link, outgoing, gaps }: CompactState): Draft {
  return { link: { ...link }, outgoing: new Rows(outgoing), gaps: new Rows(gaps), wipe: [] }
}

export function patchOf(state: CompactState, { link, outgoing, gaps }: Draft): CompactPatch {
  const patch: { -readonly [K in keyof CompactPatch]: CompactPatch[K] } = {}
  if (isChanged(link, state.link)) patch.link = link
  if (outgoing.patch !== undefined) patch.outgoing = outgoing.patch
  if (gaps.patch !== undefined) patch.gaps = gaps.patch
  return patch
}

const linkNames = Object.keys(freshLink) as readonly (keyof Link)[]

function isChanged(link: Link, before: Link): boolean {
  for (const name of linkNames) if (link[name] !== before[name]) return true
  return false
}
