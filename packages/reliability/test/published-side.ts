import { createHash } from "node:crypto"
import {
  addToLogTable,
  ephemeralMessage,
  freshChannel,
  logOf,
  type LogPolicy,
  type LogState,
  type PublishedMoment,
  type PublishedOptions,
  type PublishedPatch,
  type PublishedState,
  publishedFrames,
  receivePublished,
  type SdsMessage,
  sendPublished,
  wakePublished,
} from "@colloquy/reliability"

/** The hash of the published implementation. */
export function sha256Number(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigUInt64BE()
}

export interface LogLine {
  readonly id: string
  readonly lamport: number
  readonly text: string
}

/** One participant of a channel in the published profile, with its log in tables. */
export class PublishedSide {
  state: PublishedState = {
    channel: freshChannel,
    filter: new Map(),
    sent: new Map(),
    incoming: new Map(),
    wanted: new Map(),
    owed: new Map(),
  }
  readonly tables: LogState = { log: new Map(), arrivals: new Map() }
  arrivals = 0
  readonly lines = new Map<string, LogLine>()
  /** In the order of delivery. */
  readonly delivered: string[] = []
  readonly acknowledged: string[] = []
  readonly possiblyAcknowledged: string[] = []
  readonly failed: string[] = []
  readonly missing: string[] = []
  readonly recovered: string[] = []
  readonly ephemeral: string[] = []
  readonly refused: string[] = []
  readonly options: PublishedOptions
  wakeAtMs: number | undefined
  rowsTouched = 0

  constructor(
    readonly name: string,
    readonly random: () => number,
    readonly out: (bytes: Uint8Array, kind: string, from: PublishedSide) => void,
    options: Partial<PublishedOptions> = {},
    readonly policy: LogPolicy = { idsMax: 100_000, messagesMax: 100_000 },
  ) {
    this.options = { participant: name, channel: "reading", hash: sha256Number, ...options }
  }

  send(text: string, nowMs: number): string {
    const messageId = createHash("sha256").update(`${this.name}/${this.random()}/${text}`).digest("hex")
    const content = new TextEncoder().encode(text)
    const moment = this.moment(nowMs)
    const sent = sendPublished(this.state, { messageId, content }, logOf(this.tables), moment, this.options)
    if (sent.kind === "full") throw new Error("full")
    this.commit(sent, sent.logged)
    return messageId
  }

  sendEphemeral(text: string): void {
    const message = ephemeralMessage(`ephemeral-${text}`, new TextEncoder().encode(text), this.options)
    this.out(publishedFrames.encode(message), "ephemeral", this)
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    const decoded = publishedFrames.decode(bytes)
    if (decoded.kind !== "frame") throw new Error("no frame")
    const received = receivePublished(this.state, decoded.frame, logOf(this.tables), this.moment(nowMs), this.options)
    if (received.kind === "refused") this.refused.push(received.code)
    if (received.kind === "ephemeral") this.ephemeral.push(new TextDecoder().decode(received.message.content))
    if (received.kind !== "received") return
    this.acknowledged.push(...received.acknowledged)
    this.possiblyAcknowledged.push(...received.possiblyAcknowledged)
    this.recovered.push(...received.recovered)
    this.delivered.push(...received.delivered.map(({ messageId = "" }) => messageId))
    this.commit({ ...received, publish: [] }, received.delivered)
  }

  wake(nowMs: number): void {
    const woken = wakePublished(this.state, logOf(this.tables), this.moment(nowMs), this.options)
    this.missing.push(...woken.missing)
    this.failed.push(...woken.failed)
    this.delivered.push(...woken.delivered.map(({ messageId = "" }) => messageId))
    this.commit(woken, woken.delivered)
  }

  /** The log in its order. */
  read(): LogLine[] {
    return [...this.lines.values()].sort((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1))
  }

  private moment(nowMs: number): PublishedMoment {
    return { nowMs, random: this.random }
  }

  private commit(
    step: {
      patch: PublishedPatch
      publish: readonly { kind: string; message: SdsMessage }[]
      wakeAtMs: number | undefined
    },
    logged: readonly SdsMessage[],
  ): void {
    const { patch } = step
    if (patch.channel !== undefined) this.state = { ...this.state, channel: patch.channel }
    for (const name of ["filter", "sent", "incoming", "wanted", "owed"] as const)
      this.write(this.state[name] as Map<string, unknown>, patch[name])
    const logPatch = addToLogTable(this.tables, logged, this.arrivals, this.policy)
    this.arrivals += logged.length
    this.write(this.tables.log as Map<string, unknown>, logPatch.log)
    this.write(this.tables.arrivals as Map<string, unknown>, logPatch.arrivals)
    for (const { messageId = "", lamport = 0, content } of logged)
      this.lines.set(messageId, { id: messageId, lamport, text: new TextDecoder().decode(content) })
    this.wakeAtMs = step.wakeAtMs
    for (const { kind, message } of step.publish) this.out(publishedFrames.encode(message), kind, this)
  }

  private write(rows: Map<string, unknown>, patch: ReadonlyMap<string, unknown> | undefined): void {
    for (const [key, row] of patch ?? []) {
      this.rowsTouched++
      if (row === undefined) rows.delete(key)
      else rows.set(key, row)
    }
  }
}
