import type { ProtoEnum } from "./proto.js"
import type { TokenReader } from "./token-reader.js"

export function readEnum(reader: TokenReader, above: string): ProtoEnum {
  reader.take()
  const place = reader.place
  const name = reader.token.kind === "word" ? reader.take().text : ""
  const values: ProtoEnum["values"][number][] = []
  let allowAlias = false
  if (!reader.takeIf("{")) reader.problem(`the enum ${name} has no { }`)
  else {
    while (!reader.atEnd && !reader.is("}")) {
      reader.takeComments()
      if (reader.is("option")) {
        reader.take()
        if (reader.is("allow_alias")) allowAlias = true
        reader.skipStatement()
      } else if (reader.is("reserved") || reader.isDots()) {
        if (reader.isDots()) reader.take()
        else reader.skipStatement()
      } else if (reader.token.kind === "word") {
        const at = reader.place
        const value = reader.take().text
        const number = reader.takeIf("=") ? reader.takeNumber() : undefined
        if (reader.is("[")) while (!reader.atEnd && reader.take().text !== "]");
        if (!reader.takeIf(";")) {
          reader.problem(`the value ${value} is not ended by ;`, at)
          reader.takeIf(",")
        }
        values.push({ ...at, name: value, number })
      } else if (reader.take().text !== ";") reader.problem(`unexpected text in the enum ${name}`)
    }
    reader.takeComments()
    if (reader.atEnd) reader.problem(`the enum ${name} is not closed by }`)
    reader.take()
  }
  return { ...place, name, fullName: above === "" ? name : `${above}.${name}`, allowAlias, values }
}
