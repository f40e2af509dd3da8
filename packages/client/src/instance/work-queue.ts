import type { ConversationId } from "@colloquy/core"
import type { HintDraft } from "../hints/hint-index.js"
import type { Runtime } from "../runtime/runtime.js"
import type { Work } from "./work.js"

/** Work in the order of the calls, but payloads in the order in which the feed brought them: whoever takes a later one first has to keep keys for the rest. */
export class WorkQueue {
  #waiting: Work[] = []

  get length(): number {
    return this.#waiting.length
  }

  add(work: Work): void {
    const { order } = work
    let at = this.#waiting.length
    if (order !== undefined) for (; at > 0; at--) if ((this.#waiting[at - 1]?.order ?? order) < order) break
    if (order === undefined || at === this.#waiting.length) this.#waiting.push(work)
    else this.#waiting.splice(at, 0, work)
  }

  next(): Work | undefined {
    return this.#waiting.shift()
  }

  /** These come first, before everything that waits. */
  putBack(works: readonly Work[]): void {
    this.#waiting.unshift(...works)
  }

  /** Everything that waits, which waits no longer. */
  takeAll(): readonly Work[] {
    return this.#waiting.splice(0)
  }

  /** What waits in the ring for these comes next, in the same batch: a long absence is caught up with in order, and in few commits. */
  pull({ ring, receiver }: Runtime, self: ConversationId, hints: readonly HintDraft[]): void {
    for (const { add, topic, print, conversation } of hints) {
      if (!add || conversation !== self) continue
      for (const item of ring.take(topic, print)) {
        const work: Work = {
          task: { kind: "receive", ...ring.read(item) },
          order: item.order,
          isPulled: true,
          resolve: () => ring.forget(item),
          reject: () => {
            if (work.isPulled === true) ring.putBack(item)
            else receiver.dispatch([self], [item]).catch(() => undefined)
          },
        }
        this.add(work)
      }
    }
  }

  /** What was pulled by now is expected: the batch that came to expect it is durable. */
  confirm(): void {
    for (const work of this.#waiting) if (work.isPulled === true) work.isPulled = false
  }

  /** That batch is not: what it pulled waits in the ring again. Returns the rest of the batch. */
  revoke(batch: readonly Work[], error: unknown): readonly Work[] {
    const isPulled = (work: Work): boolean => work.isPulled === true
    for (const work of [...batch, ...this.#waiting].filter(isPulled)) work.reject(error)
    this.#waiting = this.#waiting.filter((work) => !isPulled(work))
    return batch.filter((work) => !isPulled(work))
  }
}
