import type { ConversationContext, IntroductionInput, Outcome, Patch, Route, Shape, View } from "@colloquy/core"
import type { Laters } from "./laters.js"
import type { LoadedState } from "./pieces.js"
import type { Task } from "./work.js"

/** What runs an instance: a conversation's machine or a resident's, seen alike. */
export interface Runner {
  step(
    state: LoadedState,
    input: Task | IntroductionInput,
    context: ConversationContext,
  ): Outcome<Patch<Shape>, never> | Promise<Outcome<Patch<Shape>, never>>
  routes(state: LoadedState, context: ConversationContext): readonly Route[]
  view?(state: LoadedState): View
  backup?(state: LoadedState): Uint8Array
}

/** An instance in memory. */
export interface Loaded {
  readonly state: LoadedState
  readonly laters: Laters
}
