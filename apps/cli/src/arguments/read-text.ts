import { ColloquyError, fromUtf8 } from "@colloquy/core"

/**
 * The text of an argument, or all of the input where the argument is `-`, without the line break at its end.
 * Throws `INPUT_TOO_LONG`, `INPUT_NOT_UTF8`, `INPUT_EMPTY`.
 */
export async function readText(
  given: string,
  { bytesMax, what }: { readonly bytesMax: number; readonly what: string },
  input: AsyncIterable<Uint8Array>,
): Promise<string> {
  const text = given === "-" ? await readAll(input, bytesMax, what) : given
  if (text === "") throw new ColloquyError("INPUT_EMPTY", `the ${what} is empty`)
  return text
}

/** Standard input, until the signal. Throws `INTERRUPTED`. */
export async function* standardInput(stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const { stdin } = process
  const end = (): void => void stdin.destroy(new ColloquyError("INTERRUPTED", "the reading was ended"))
  if (stop.aborted) end()
  else stop.addEventListener("abort", end)
  yield* stdin as AsyncIterable<Uint8Array>
}

async function readAll(input: AsyncIterable<Uint8Array>, bytesMax: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of input) {
    length += chunk.length
    if (length > bytesMax)
      throw new ColloquyError("INPUT_TOO_LONG", `the ${what} has more than ${bytesMax.toLocaleString("en")} bytes`)
    chunks.push(chunk)
  }
  const text = fromUtf8(Buffer.concat(chunks))
  if (text === undefined) throw new ColloquyError("INPUT_NOT_UTF8", `the ${what} is not UTF-8`)
  return text.replace(/\r?\n$/, "")
}
