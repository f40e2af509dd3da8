import type { ConversationId } from "@colloquy/core"
import type { TalkPlan } from "./plan/plan.js"
import type { SimulatedType } from "./types.js"

/**
 * What has happened to a talk that its type does not promise to heal. `rollback`: somebody went on with an old copy. `import`: with a backup.
 * `removed`: somebody removed it. `denied`: somebody does not want it.
 */
export type Harm = "rollback" | "import" | "removed" | "denied"

/** A conversation between some people, however many ids it came to have: who begin at once begin two. */
export class Talk {
  readonly number: number
  readonly plan: TalkPlan
  readonly type: SimulatedType
  readonly ids: ConversationId[] = []
  readonly harms = new Map<Harm, Set<number>>()

  /** Who gave it a command of its type while the network was bad. */
  readonly commanded = new Set<number>()
  /** Words that were said in it after what harmed it, to see whether it goes on. */
  rollCall: readonly { readonly who: number; readonly words: string }[] = []

  constructor(number: number, plan: TalkPlan, type: SimulatedType) {
    this.number = number
    this.plan = plan
    this.type = type
  }

  get whole(): boolean {
    return this.harms.size === 0
  }

  harm(what: Harm, who: number): void {
    const whose = this.harms.get(what) ?? new Set<number>()
    this.harms.set(what, whose)
    whose.add(who)
  }
}
