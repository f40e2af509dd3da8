/** No longer passphrase is read, in characters. */
export const passphraseMax = 1024

const interrupt = "\u0003"
const endOfInput = "\u0004"
const clear = "\u0015"

/** A line typed on a terminal in raw mode, which shows nothing of it. */
export class HiddenLine {
  #characters: string[] = []

  /** What was typed or pasted. Says when the line is complete, or was given up with Ctrl-C or Ctrl-D. */
  type(chunk: string): "more" | "done" | "cancelled" {
    // The keys that move the cursor or stand for functions arrive as sequences.
    for (const character of chunk.replace(/\u001b(\[[0-9;]*[A-Za-z~]|O[A-Z])/g, "")) {
      if (character === "\r" || character === "\n") return "done"
      if (character === interrupt || character === endOfInput) return "cancelled"
      if (character === "\u007f" || character === "\b") this.#characters.pop()
      else if (character === clear) this.#characters = []
      else if (character >= " " && this.#characters.length < passphraseMax) this.#characters.push(character)
    }
    return "more"
  }

  get text(): string {
    return this.#characters.join("")
  }
}
