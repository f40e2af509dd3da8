import { type Crypto, type Hint, toHex } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { decodeInvite, encodeInvite } from "../src/frames.js"
import { isLaterSession } from "../src/session.js"
import type { PrivateState } from "../src/state.js"
import { acquainted, deliveredText, find, type Party, Party as NewParty } from "./harness.js"
import { calm, type Side, storm, World } from "./world.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

const dayMs = 86_400_000
const reset = { kind: "command", name: "reset", body: {} } as const

function stateOf({ party }: Side): PrivateState {
  return party.talk.state as unknown as PrivateState
}

/** Two who have talked long enough to hold each other's introductions. */
function settled(seed = 1): World {
  const world = new World(crypto, seed)
  world.say(world.saro, "one")
  world.pass(1000)
  world.say(world.raya, "two")
  world.pass(dayMs)
  return world
}

function expectOneConversation({ saro, raya }: World, said: number): void {
  expect(saro.log).toEqual(raya.log)
  expect(saro.log).toHaveLength(said)
  for (const side of [saro, raya]) {
    for (const { id } of side.sent) expect(side.fates.get(id)).toEqual(["acknowledged"])
    expect(side.party.talk.expected).toEqual(side.party.routes())
  }
  expect(toHex(stateOf(saro).session.id)).toBe(toHex(stateOf(raya).session.id))
}

describe("introductions inside a conversation", () => {
  test("PV1-37: each side holds two of the other's, and they are renewed after 60 days", () => {
    const world = settled()
    const held = (side: Side): string[] => stateOf(side).introductions.peer.map((bytes) => toHex(bytes))
    const before = [held(world.saro), held(world.raya)]
    expect(before.map(({ length }) => length)).toEqual([2, 2])
    world.pass(58 * dayMs)
    expect([held(world.saro), held(world.raya)]).toEqual(before)
    world.pass(4 * dayMs)
    for (const [index, side] of [world.saro, world.raya].entries()) {
      expect(held(side)).toHaveLength(2)
      for (const introduction of held(side)) expect(before[index]).not.toContain(introduction)
    }
  })

  test("PV1-37: nobody gives one, or acknowledges, before his owner wants the conversation", () => {
    const { saro, raya } = acquainted(crypto)
    const stranger = { ...raya.context(), consent: "unknown" as const }
    raya.context = () => stranger as never
    raya.receive(saro.send("let me in"))
    raya.nowMs += 30 * dayMs
    Object.assign(stranger, { nowMs: raya.nowMs })
    const outcome = raya.step({ kind: "wake" })
    expect(outcome.kind === "next" && outcome.effects.map(({ kind }) => kind)).toEqual([])
    Object.assign(stranger, { consent: "allowed" })
    const allowed = raya.step({ kind: "wake" })
    expect(allowed.kind === "next" && allowed.effects.map(({ kind }) => kind).sort()).toEqual([
      "introduce",
      "introduce",
      "listen",
      "publish",
    ])
  })
})

describe("a reset", () => {
  test("PV1-38, PV1-41: goes on in a new session under the same id, and both are told by whom and why", () => {
    const world = settled()
    const { id } = world.saro.party.talk
    const before = toHex(stateOf(world.saro).session.id)
    world.give(world.saro, reset)
    world.pass(1000)
    expect(world.raya.party.talk.id).toBe(id)
    for (const side of [world.saro, world.raya]) {
      expect(side.notices).toEqual([{ by: world.saro.party.participant, reason: "person" }])
      expect(toHex(stateOf(side).session.id)).not.toBe(before)
    }
    world.say(world.raya, "three")
    world.say(world.saro, "four")
    world.pass(dayMs)
    expectOneConversation(world, 4)
    expect(stateOf(world.saro).session.invite).toBeNull()
    expect(stateOf(world.saro).introductions.peer).toHaveLength(2)
  })

  test("PV1-40: what was not acknowledged is sent again under its id, and what is under way in the old session still arrives", () => {
    const world = settled()
    world.weather = { ...calm, delayMaxMs: 3_600_000 }
    for (let n = 0; n < 10; n++) {
      world.say(world.saro, `saro ${n}`)
      world.say(world.raya, `raya ${n}`)
    }
    world.give(world.saro, reset)
    world.say(world.saro, "after")
    world.pass(dayMs)
    expectOneConversation(world, 23)
  })

  test("PV1-40: the old session is only opened, and erased after 30 days or by the next reset", () => {
    const world = settled()
    const old = stateOf(world.saro).root.rootKey.slice()
    world.give(world.saro, reset)
    const buffer = stateOf(world.saro).old?.ratchet.root.rootKey
    world.pass(29 * dayMs)
    expect(toHex(buffer as Uint8Array)).toBe(toHex(old))
    expect(stateOf(world.saro).old).not.toBeNull()
    expect(world.saro.party.talk.storedHex()).toContain(toHex(old))
    world.pass(2 * dayMs)
    for (const side of [world.saro, world.raya]) {
      expect(stateOf(side).old).toBeNull()
      expect(side.party.talk.storedHex()).not.toContain(toHex(old))
      expect(side.party.talk.expected).toEqual(side.party.routes())
    }
    expect(buffer?.every((byte) => byte === 0)).toBe(true)
    const second = stateOf(world.raya).session.id
    world.give(world.raya, reset)
    world.pass(dayMs)
    const third = stateOf(world.raya).root.rootKey.slice()
    world.give(world.saro, reset)
    world.pass(1000)
    expect(toHex(stateOf(world.saro).session.id)).not.toBe(toHex(second))
    expect(toHex(stateOf(world.raya).old?.ratchet.root.rootKey ?? new Uint8Array())).toBe(toHex(third))
  })

  test("PV1-38: an invite that was lost is sent again, until the peer is heard in the new session", () => {
    const world = settled()
    world.isLost = () => true
    world.give(world.saro, reset)
    world.say(world.saro, "three")
    world.pass(3_000_000)
    world.isLost = () => false
    world.pass(7 * dayMs)
    expectOneConversation(world, 3)
    expect(world.raya.notices).toHaveLength(1)
  })

  test("PV1-39: of two sessions the one with the higher epoch is later, then the one with the smaller id", () => {
    const session = (epoch: number, last: number) => ({ epoch, id: Uint8Array.of(...new Uint8Array(15), last) })
    expect(isLaterSession(session(2, 9), session(1, 0))).toBe(true)
    expect(isLaterSession(session(1, 0), session(2, 9))).toBe(false)
    expect(isLaterSession(session(1, 0), session(1, 1))).toBe(true)
    expect(isLaterSession(session(1, 255), session(1, 1))).toBe(false)
    expect(isLaterSession(session(1, 1), session(1, 1))).toBe(false)
  })

  test("PV1-39: two resets that cross end in one session, also of the same moment", () => {
    for (const apartMs of [0, 1, 500])
      for (let seed = 0; seed < 8; seed++) {
        const world = settled(seed)
        world.weather = { ...calm, delayMaxMs: 60_000 }
        world.give(world.saro, reset)
        world.say(world.saro, "three")
        world.pass(apartMs)
        world.give(world.raya, reset)
        world.say(world.raya, "four")
        world.pass(2 * dayMs)
        expectOneConversation(world, 4)
      }
  })

  test("PV1-39: an invite that is replayed, stale, altered, or from somebody else changes nothing", () => {
    const world = settled()
    const { saro, raya } = world
    world.give(raya, reset)
    world.pass(1000)
    const before = (): string => raya.party.talk.storedHex()
    raya.party.nowMs = saro.party.nowMs = world.nowMs
    const outcome = saro.party.try(reset)
    if (outcome.kind !== "next") throw new Error(outcome.code)
    const { parcel } = find(outcome, "carry")
    const secret = [...raya.party.resident.stored()]
    const stored = before()
    const pax = new NewParty(crypto, "pax")
    expect(raya.party.accept(pax.participant, parcel)).toMatchObject({ code: "PV1_NOT_PEER" })
    expect(before()).toBe(stored)
    raya.party.resident.reload(new Map(secret))
    const decoded = decodeInvite(parcel.body)
    if (decoded?.reset === undefined) throw new Error("no reset")
    const stale = { ...decoded.reset, epoch: stateOf(raya).session.epoch - 1 }
    const lead = { ...decoded.reset, epoch: world.nowMs + 400 * dayMs }
    for (const changed of [stale, lead]) {
      const body = encodeInvite({ ...decoded, reset: changed })
      expect(raya.party.accept(saro.party.participant, { ...parcel, body })).toMatchObject({ code: "PV1_STALE" })
      expect(before()).toBe(stored)
      raya.party.resident.reload(new Map(secret))
    }
    const never = encodeInvite({ ...decoded, reset: { ...decoded.reset, epoch: 0 } })
    expect(raya.party.accept(saro.party.participant, { ...parcel, body: never })).toMatchObject({ code: "PV1_INVITE" })
    expect(raya.party.accept(saro.party.participant, parcel)).toMatchObject({ delivered: [] })
    expect(before()).not.toBe(stored)
    const after = before()
    expect(raya.party.accept(saro.party.participant, parcel)).toMatchObject({ code: "PV1_PREKEY" })
    expect(before()).toBe(after)
  })

  test("PV1-38: without a good introduction of the peer's there is none", () => {
    const { saro } = acquainted(crypto)
    expect(saro.step(reset)).toEqual({ kind: "refused", code: "PV1_NO_INTRODUCTION" })
    const world = settled()
    world.saro.party.nowMs = world.nowMs + 91 * dayMs
    expect(world.saro.party.step(reset)).toEqual({ kind: "refused", code: "PV1_NO_INTRODUCTION" })
  })

  test.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "PV1-39, PV1-40: through a storm, with resets by both at any time, both end in one session with one log, seed %i",
    (seed) => {
      const world = settled(seed)
      world.weather = storm
      let refused = 0
      for (let n = 0; n < 40; n++) {
        const side = world.random(2) === 0 ? world.saro : world.raya
        if (world.random(10) === 0) refused += world.give(side, reset).kind === "next" ? 0 : 1
        world.say(side, `${n}`)
        world.pass(world.random(3_000_000))
      }
      world.weather = calm
      world.pass(120 * dayMs)
      expectOneConversation(world, 42)
      expect(refused).toBeLessThan(10)
    },
  )
})

describe("a restored conversation", () => {
  function restored(world: World, side: Side, backup: Uint8Array): void {
    side.party.nowMs = world.nowMs
    const outcome = side.party.restore(backup)
    if ("kind" in outcome) throw new Error(outcome.code)
    world.perform(side, outcome.effects)
    world.give(side, { kind: "wake" })
  }

  test("PV1-41, PV1-45: from a backup of a week ago goes on in a new session, and no number is used twice", () => {
    const world = settled()
    const backup = world.saro.party.backup()
    for (let n = 0; n < 5; n++) {
      world.say(world.saro, `lost here ${n}`)
      world.pass(dayMs)
      world.say(world.raya, `lost there ${n}`)
      world.pass(dayMs)
    }
    restored(world, world.saro, backup)
    world.say(world.saro, "back")
    world.pass(1000)
    world.say(world.raya, "welcome")
    world.pass(dayMs)
    expect(world.raya.notices).toEqual([{ by: world.saro.party.participant, reason: "restored" }])
    expect(world.saro.notices).toEqual(world.raya.notices)
    expectOneConversation(world, 14)
    const missing = [...world.raya.fates.values()].flat().filter((fate) => fate === "missing")
    expect(missing).toEqual([])
    expect(stateOf(world.saro).introductions.peer).toHaveLength(2)
    expect(stateOf(world.raya).introductions.peer).toHaveLength(2)
  })

  test("PV1-41: from a backup that is older than a reset goes on, since that reset used another introduction", () => {
    const world = settled()
    const backup = world.saro.party.backup()
    world.give(world.saro, { kind: "command", name: "reset", body: {} })
    world.pass(1000)
    restored(world, world.saro, backup)
    world.pass(1000)
    world.say(world.saro, "back")
    world.say(world.raya, "welcome")
    world.pass(dayMs)
    expect(world.raya.notices.map(({ reason }) => reason)).toEqual(["person", "restored"])
    expectOneConversation(world, 4)
  })

  test("PV1-39: a peer who has nothing left of the conversation begins it anew under its id", () => {
    const world = settled()
    const { id } = world.raya.party.talk
    const backup = world.saro.party.backup()
    world.raya.party.talk = new NewParty(crypto, "empty").talk
    restored(world, world.saro, backup)
    world.pass(1000)
    expect(world.raya.party.talk.id).toBe(id)
    world.say(world.raya, "who is there?")
    world.say(world.saro, "it is me")
    world.pass(dayMs)
    expectOneConversation(world, 4)
    for (const side of [world.saro, world.raya]) expect([...side.fates.values()].flat()).not.toContain("missing")
  })

  test("PV1-41: a backup holds no key of the conversation", () => {
    const world = settled()
    const backup = toHex(world.saro.party.backup())
    const { root, sending, receiving } = stateOf(world.saro)
    for (const key of [root.rootKey, root.own?.secretKey, sending?.key, receiving?.key, root.sendingHeader.key])
      if (key !== undefined) expect(backup).not.toContain(toHex(key))
  })

  test("PV1-41: a backup that is truncated, altered or of another account is refused", () => {
    const world = settled()
    const backup = world.saro.party.backup()
    const code = (party: Party, bytes: Uint8Array): string => {
      const outcome = party.restore(bytes)
      return "kind" in outcome ? outcome.code : "restored"
    }
    const fresh = new NewParty(crypto, "saro")
    fresh.talk.id = world.saro.party.talk.id
    fresh.nowMs = world.nowMs
    for (let length = 0; length < backup.length; length += length < 200 ? 1 : 41)
      expect(code(fresh, backup.slice(0, length))).toMatch(/^PV1_(BACKUP|NO_INTRODUCTION)$/)
    expect(code(new NewParty(crypto, "pax"), backup)).toBe("PV1_BACKUP")
    expect(code(fresh, Uint8Array.of(2, ...backup.slice(1)))).toBe("PV1_BACKUP")
    // Epoch, the two counts and the Lamport time follow the version and the keys, the highest of eight bytes last.
    for (const at of [65, 73, 81, 89]) expect(code(fresh, backup.with(at + 6, 1))).toBe("PV1_BACKUP")
    const later = new NewParty(crypto, "saro")
    later.talk.id = fresh.talk.id
    later.nowMs = world.nowMs + 91 * dayMs
    expect(code(later, backup)).toBe("PV1_NO_INTRODUCTION")
    expect(code(fresh, backup)).toBe("restored")
  })
})

describe("a state that went back in time", () => {
  test("PV1-41: whose chain the peer still hears is noticed, fails what waits, and resets at most once a day", () => {
    const world = settled()
    const { saro, raya } = world
    world.say(saro, "three")
    world.pass(dayMs)
    // A peer who claims to have what was never sent looks the same.
    const claim = (): void => {
      const state = stateOf(raya)
      const heard = { ...state.link, heard: state.link.heard + 5, acknowledgeAtMs: world.nowMs }
      const gap = { last: state.link.heard, noticedAtMs: world.nowMs, reportedFrom: null }
      const gaps = new Map([...state.gaps, [String(state.link.heard), gap]])
      raya.party.talk.state = { ...raya.party.talk.state, link: heard, gaps }
      world.give(raya, { kind: "wake" })
      world.pass(1000)
    }
    world.isLost = (side) => side === saro
    world.say(saro, "four")
    const waiting = [...stateOf(saro).outgoing.values()].map(({ content }) => content as Uint8Array)
    expect(waiting.some((content) => content.some((byte) => byte !== 0))).toBe(true)
    claim()
    expect(waiting.flatMap((content) => [...content]).filter((byte) => byte !== 0)).toEqual([])
    expect(saro.notices.map(({ reason }) => reason)).toEqual(["rollback"])
    expect(saro.fates.get(saro.sent.at(-1)?.id as never)).toEqual(["failed"])
    claim()
    expect(saro.notices).toHaveLength(1)
  })
})

test("PV1-38: the invite of a reset cannot found a conversation elsewhere, nor can another's hint reach it", () => {
  const world = settled()
  const outcome = world.saro.party.try(reset)
  if (outcome.kind !== "next") throw new Error(outcome.code)
  const { parcel } = find(outcome, "carry")
  const decoded = decodeInvite(parcel.body)
  if (decoded?.reset === undefined) throw new Error("no reset")
  const { reset: _, ...plain } = decoded
  const { raya } = world
  raya.party.nowMs = world.nowMs
  const { id } = raya.party.talk
  const taken = raya.party.accept(world.saro.party.participant, { ...parcel, body: encodeInvite(plain) })
  expect("kind" in taken).toBe(false)
  expect(raya.party.talk.id).not.toBe(id)
  expect(deliveredText(raya.party.step({ kind: "receive", ...hintless(world) }))).toBe("PV1_HINT")
})

function hintless({ raya }: World) {
  return { topic: raya.party.inboxTopic, hint: new Uint8Array(16) as Hint, payload: new Uint8Array(240) }
}
