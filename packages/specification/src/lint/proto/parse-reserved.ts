import type { ProtoMessage } from "./proto.js"
import type { TokenReader } from "./token-reader.js"

const numberMax = 536_870_911

/** `reserved 2, 15, 9 to 11, 40 to max;` and `reserved "a", "b";` */
export function readReserved(reader: TokenReader, message: ProtoMessage): void {
  reader.take()
  while (!reader.atEnd && !reader.is("}")) {
    const place = reader.place
    const token = reader.take()
    if (token.text === ";") return
    if (token.text === ",") continue
    if (token.kind === "text") {
      message.reserved.push({ ...place, from: 0, to: 0, name: token.text.replace(/["']/g, "") })
      continue
    }
    if (token.kind !== "number") {
      reader.problem(`reserved takes numbers, ranges and names in quotation marks`, place)
      reader.skipStatement()
      return
    }
    const from = Number(token.text)
    const to = !reader.takeIf("to") ? from : reader.is("max") ? (reader.take(), numberMax) : Number(reader.take().text)
    message.reserved.push({ ...place, from, to, name: undefined })
  }
  reader.problem(`reserved is not ended by ;`)
}
