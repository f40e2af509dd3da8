import type { Weather } from "./weather.js"

/** What a person's account is kept in; all but `memory` and `sqlite` under encryption. */
export type StoreKind = "memory" | "sealed" | "sqlite" | "sealed-sqlite"

export interface PersonPlan {
  readonly name: string
  readonly store: StoreKind
  /** How far his clock is from the true time when it begins. */
  readonly skewMs: number
}

/** A conversation that is to be: of a type, between people, who are named by their numbers. */
export interface TalkPlan {
  readonly type: string
  readonly members: readonly number[]
}

/** What somebody does, or what happens to him. Times are from the beginning, in milliseconds. */
export type Action = {
  readonly atMs: number
  /** The number of the person. */
  readonly who: number
} & (
  | {
      /** `with` introduces himself and gives it to `who`, who begins or, in a conversation that is there, lets him in; then `with` agrees. */
      readonly kind: "meet"
      readonly talk: number
      readonly with: number
      readonly words?: string
      readonly handMs: number
      readonly allowMs: number
    }
  | {
      /** `bytes` of content in all, if that is more than the words. With a key whoever crashes says it again. */
      readonly kind: "say"
      readonly talk: number
      readonly words: string
      readonly keyed: boolean
      readonly bytes: number
      /** Withdraws it so soon, if it can still be withdrawn. */
      readonly cancelMs?: number
    }
  | { readonly kind: "command"; readonly talk: number; readonly name: string; readonly body: unknown }
  /** Erases a share of the messages that are there. */
  | { readonly kind: "erase"; readonly talk: number; readonly share: number }
  /** 0 keeps messages from then on. */
  | { readonly kind: "disappear"; readonly talk: number; readonly afterMs: number }
  | { readonly kind: "remove"; readonly talk: number }
  | { readonly kind: "consent"; readonly talk: number; readonly consent: "allowed" | "denied" }
  /** Copies the disk; `restore` puts the last copy in its place. */
  | { readonly kind: "copy" }
  | { readonly kind: "restore" }
  /** Writes a backup; `import` fills a new disk with the last one. */
  | { readonly kind: "export" }
  | { readonly kind: "import" }
  /** The process dies at the so-manieth commit from now, 0 for at once. */
  | { readonly kind: "crash"; readonly commits: number; readonly moment: "before" | "after" }
  | { readonly kind: "close"; readonly forMs: number }
  /** No connection to the service. */
  | { readonly kind: "cut"; readonly forMs: number }
  /** The clock is set. */
  | { readonly kind: "jump"; readonly byMs: number }
  /** The disk refuses every commit. */
  | { readonly kind: "full"; readonly forMs: number }
  | { readonly kind: "inspect" }
  /** The service voids every cursor. */
  | { readonly kind: "scope"; readonly keeps: boolean }
)

/** One run, decided before it begins: the seed leaves to chance only what the weather does. It can be written down as JSON. */
export interface Plan {
  readonly seed: number
  readonly scenario: string
  readonly people: readonly PersonPlan[]
  readonly talks: readonly TalkPlan[]
  readonly weather: Weather
  readonly actions: readonly Action[]
}
