import { ColloquyError } from "@colloquy/core"
import { Child } from "./child.js"
import type { Request, Said } from "./requests.js"

/** One of the two, seen from the demonstration. */
export class PersonProcess {
  readonly name: string
  readonly participant: string
  readonly #child: Child

  private constructor(name: string, participant: string, child: Child) {
    this.name = name
    this.participant = participant
    this.#child = child
  }

  static async start(name: string, profile: string, url: string, stop: AbortSignal): Promise<PersonProcess> {
    const child = new Child(new URL("./person.js", import.meta.url), [profile, url, name], { name, stop })
    try {
      const { participant } = await child.take((line) => field(line, "ready"), "start")
      return new PersonProcess(name, participant, child)
    } catch (error) {
      await child.kill()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid
  }

  async ask(request: Request): Promise<string> {
    this.#child.write(JSON.stringify(request))
    const said = await this.#child.take((line) => {
      const { answer, failed } = JSON.parse(line) as { readonly answer?: string; readonly failed?: string }
      return answer === undefined && failed === undefined ? undefined : { answer, failed }
    }, `answer to ${request.do}`)
    if (said.answer === undefined) throw new ColloquyError("DEMO_FAILED", `${this.name}: ${request.do}: ${said.failed}`)
    return said.answer
  }

  /** Waits for a request by someone new. */
  asked(): Promise<{ readonly conversation: string; readonly from: string }> {
    return this.#child.take((line) => field(line, "asks"), "request")
  }

  /** Waits for this message, and fails when another one is read. */
  async reads(text: string): Promise<void> {
    const read = await this.#child.take((line) => field(line, "reads"), "message")
    if (read !== text) throw new ColloquyError("DEMO_FAILED", `${this.name} read something else than was written`)
  }

  /** Waits for the delivery service's receipt for a message. */
  async published(message: string): Promise<void> {
    await this.#child.take((line) => (field(line, "published") === message ? true : undefined), "receipt")
  }

  kill(): Promise<void> {
    return this.#child.kill()
  }

  end(): Promise<void> {
    return this.#child.end()
  }
}

type Fields<T> = T extends unknown ? keyof T : never

function field<K extends Fields<Said>>(line: string, name: K): Extract<Said, Record<K, unknown>>[K] | undefined {
  return (JSON.parse(line) as Extract<Said, Record<K, unknown>>)[name]
}
