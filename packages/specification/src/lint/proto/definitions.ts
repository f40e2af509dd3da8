import type { CodeBlock, SpecificationDocument } from "../document/document.js"
import { parseProto } from "./parse-proto.js"
import type { ProtoEnum, ProtoFile, ProtoMessage } from "./proto.js"

/** All protobuf of a document: its blocks are read as one, since documents define piece by piece. */
export interface ProtoDefinitions {
  readonly blocks: readonly { readonly block: CodeBlock; readonly file: ProtoFile }[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  /** Full names of both. */
  readonly names: ReadonlySet<string>
  readonly isProto3: boolean
}

export function protoDefinitions({ code, source }: SpecificationDocument): ProtoDefinitions {
  const blocks = code.filter(isProto).map((block) => ({ block, file: parseProto(block.text, block.at) }))
  const messages = blocks.flatMap(({ file }) => file.messages)
  const enums = blocks.flatMap(({ file }) => file.enums)
  return {
    blocks,
    messages,
    enums,
    names: new Set([...messages, ...enums].map(({ fullName }) => fullName)),
    isProto3:
      blocks.some(({ file }) => file.syntax === "proto3") || /proto3|protocol buffers? (v|version )?3/i.test(source),
  }
}

/** Named so, or with no name and the look of it. */
function isProto({ language, text }: CodeBlock): boolean {
  // What has no definition in it shows values, in a notation that looks alike.
  if (/^proto(buf|col-?buffers?)?[23]?$/.test(language))
    return /(^|\n)[\s+-]*((message|enum|service|extend|oneof)\s+[\w.]+\s*\{|syntax\s*=)|\w\s*=\s*\d+\s*[;[]/.test(text)
  return language === "" && /^\s*(message|enum)\s+\w+\s*\{/m.test(text) && /=\s*\d+\s*[;[]/.test(text)
}
