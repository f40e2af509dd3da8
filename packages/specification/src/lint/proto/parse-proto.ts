import type { Place } from "../report.js"
import { isDotsComment, plainComment } from "./comments.js"
import { readEnum } from "./parse-enum.js"
import { readReserved } from "./parse-reserved.js"
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from "./proto.js"
import { TokenReader } from "./token-reader.js"

interface Found {
  readonly messages: ProtoMessage[]
  readonly enums: ProtoEnum[]
}

const depthMax = 32

/** Reads what there is and reports the rest: it never throws, and takes linear time. */
export function parseProto(text: string, at: (index: number) => Place): ProtoFile {
  const reader = new TokenReader(text, at)
  const found: Found = { messages: [], enums: [] }
  let syntax: string | undefined
  let packageName: string | undefined
  const imports: string[] = []
  while (!reader.atEnd) {
    reader.takeComments()
    if (reader.takeIf("syntax")) {
      reader.takeIf("=")
      syntax = unquoted(reader.take().text)
      reader.takeIf(";")
    } else if (reader.takeIf("package")) {
      packageName = reader.take().text
      reader.takeIf(";")
    } else if (reader.takeIf("import")) {
      while (reader.takeIf("public") || reader.takeIf("weak"));
      imports.push(unquoted(reader.take().text))
      reader.takeIf(";")
    } else if (reader.is("message")) readMessage(reader, "", found, 0)
    else if (reader.is("enum")) found.enums.push(readEnum(reader, ""))
    else if (reader.is("option") || reader.is("rpc")) reader.skipStatement()
    else if (reader.is("service") || reader.is("extend")) {
      reader.skipStatement()
      if (reader.is("{")) reader.skipBraces()
    } else if (reader.takeIf(";") || reader.isDots()) {
      if (reader.isDots()) reader.skipLine()
    } else if (reader.token.kind === "word" && reader.ahead().kind === "word") {
      // A field without its message: a fragment, shown to explain it.
      readField(reader, undefined)
    } else {
      reader.problem(`unexpected ${shown(reader.token.text)}`)
      if (reader.is("{")) reader.skipBraces()
      else if (reader.is("}")) reader.take()
      else reader.skipStatement()
    }
  }
  return { syntax, packageName, imports, ...found, problems: reader.problems }
}

/** Gives the number, which a group has between its name and its members. */
function readMessage(reader: TokenReader, above: string, found: Found, depth: number): number | undefined {
  const isOfGroup = reader.take().text === "group"
  const place = reader.place
  const name = reader.token.kind === "word" ? reader.take().text : ""
  if (name === "") reader.problem("a message without a name")
  const message: ProtoMessage = {
    ...place,
    name,
    fullName: above === "" ? name : `${above}.${name}`,
    fields: [],
    reserved: [],
    elided: undefined,
  }
  found.messages.push(message)
  const number = isOfGroup && reader.takeIf("=") ? reader.takeNumber() : undefined
  if (!reader.is("{")) {
    reader.problem(`${name} has no { }`)
    reader.skipStatement()
    return number
  }
  if (depth >= depthMax) {
    reader.problem(`messages are nested more than ${depthMax} deep`)
    reader.skipBraces()
    return number
  }
  reader.take()
  readBody(reader, message, found, depth, undefined)
  return number
}

function readBody(
  reader: TokenReader,
  message: ProtoMessage,
  found: Found,
  depth: number,
  oneof: string | undefined,
): void {
  while (!reader.is("}")) {
    if (reader.atEnd) {
      reader.problem(`${oneof ?? message.name} is not closed by }`)
      return
    }
    noteElision(reader, message)
    if (reader.isDots()) {
      message.elided ??= reader.place
      reader.skipLine()
    } else if (reader.takeIf(";")) continue
    else if (reader.is("message") && reader.ahead().kind === "word")
      readMessage(reader, message.fullName, found, depth + 1)
    else if (reader.is("enum") && reader.ahead().kind === "word") found.enums.push(readEnum(reader, message.fullName))
    else if (reader.is("option") || reader.is("extensions")) reader.skipStatement()
    else if (reader.is("reserved")) readReserved(reader, message)
    else if (reader.is("oneof") && reader.ahead().kind === "word") {
      reader.take()
      const name = reader.take().text
      if (!reader.takeIf("{")) reader.problem(`oneof ${name} has no { }`)
      else readBody(reader, message, found, depth, name)
    } else if (isGroup(reader)) readGroup(reader, message, found, depth, oneof)
    else if (reader.token.kind === "word") {
      const field = readField(reader, oneof)
      if (field !== undefined) message.fields.push(field)
    } else {
      reader.problem(`unexpected ${shown(reader.token.text)} in ${message.name}`)
      if (reader.is("{")) reader.skipBraces()
      else reader.skipStatement()
    }
  }
  noteElision(reader, message)
  reader.take()
}

function isGroup(reader: TokenReader): boolean {
  const isLabelled = ["optional", "required", "repeated"].some((label) => reader.is(label))
  return (
    (isLabelled ? reader.ahead().text : reader.token.text) === "group" &&
    /^[A-Z]/.test(reader.ahead(isLabelled ? 2 : 1).text)
  )
}

/** `[label] group Name = number { ... }` of proto2: a message and a field of it in one. */
function readGroup(
  reader: TokenReader,
  message: ProtoMessage,
  found: Found,
  depth: number,
  oneof: string | undefined,
): void {
  const label = readLabel(reader)
  const typePlace = reader.place
  const place = reader.placeOf(reader.ahead())
  const name = reader.ahead().text
  const field = { ...place, name: name.toLowerCase(), type: name, typePlace, label, oneof, isMap: false, comment: "" }
  message.fields.push({ ...field, number: readMessage(reader, message.fullName, found, depth + 1) })
}

/** `[label] type name [= number] [options];` and `map<k, v> name = number;` */
function readField(reader: TokenReader, oneof: string | undefined): ProtoField | undefined {
  const before = reader.takeComments().map(({ text }) => plainComment(text))
  const label = readLabel(reader)
  const typePlace = reader.place
  const start = reader.token
  const isMap = reader.is("map") && reader.ahead().text === "<"
  const type = isMap ? readMapType(reader) : reader.take().text
  const place = reader.place
  if (reader.token.kind !== "word" || (reader.token.startsLine && !start.startsLine)) {
    reader.problem(`a field needs a type and a name: ${shown(type)}`, typePlace)
    reader.skipStatement()
    if (reader.is("{")) reader.skipBraces()
    return undefined
  }
  const name = reader.take().text
  const number = reader.takeIf("=") ? reader.takeNumber() : undefined
  if (reader.is("[")) while (!reader.atEnd && reader.take().text !== "]");
  const closed = reader.is(";") || reader.is(",")
  if (reader.is(",")) reader.problem(`the field ${name} ends with , instead of ;`)
  else if (!closed) reader.problem(`the field ${name} is not ended by ;`, place)
  if (closed) reader.take()
  else if (!reader.token.startsLine && !reader.is("}")) reader.skipStatement()
  const comment = [...before, plainComment(reader.takeTrailing())].join(" ").trim()
  return { ...place, name, type, typePlace, label, number, oneof, isMap, comment }
}

function readLabel(reader: TokenReader): ProtoField["label"] {
  for (const label of ["optional", "required", "repeated"] as const)
    if (reader.is(label) && reader.ahead().kind === "word") {
      reader.take()
      return label
    }
  return undefined
}

/** The type of the values; the keys are always scalars. */
function readMapType(reader: TokenReader): string {
  reader.take()
  reader.take()
  reader.take()
  reader.takeIf(",")
  const type = reader.take().text
  reader.takeIf(">")
  return type
}

/** Dots alone in a comment of their own say that members are left out. */
function noteElision(reader: TokenReader, message: ProtoMessage): void {
  for (const comment of reader.comments) if (isDotsComment(comment.text)) message.elided ??= reader.placeOf(comment)
}

function unquoted(text: string): string {
  return text.replace(/^["']|["']$/g, "")
}

function shown(text: string): string {
  return text === "" ? "the end" : `“${text.slice(0, 40)}”`
}
