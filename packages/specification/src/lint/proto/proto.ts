import type { Place } from "../report.js"

/** One block of protobuf definitions, read as far as it can be: documents show fragments, elisions and mistakes. */
export interface ProtoFile {
  readonly syntax: string | undefined
  readonly packageName: string | undefined
  readonly imports: readonly string[]
  /** Nested ones too, each before what it holds. */
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  /** What a protobuf compiler would not take. */
  readonly problems: readonly ProtoProblem[]
}

export interface ProtoProblem extends Place {
  readonly message: string
}

export interface ProtoMessage extends Place {
  readonly name: string
  /** With the names of the messages that it stands in, joined by dots; without the package. */
  readonly fullName: string
  readonly fields: ProtoField[]
  readonly reserved: ProtoReserved[]
  /** Where dots say that something was left out. */
  elided: Place | undefined
}

export interface ProtoField extends Place {
  readonly name: string
  readonly type: string
  readonly typePlace: Place
  readonly label: "optional" | "required" | "repeated" | undefined
  readonly number: number | undefined
  readonly oneof: string | undefined
  readonly isMap: boolean
  /** Before it or behind it on its line; empty where there is none. */
  comment: string
}

export interface ProtoReserved extends Place {
  readonly from: number
  readonly to: number
  /** Instead of numbers. */
  readonly name: string | undefined
}

export interface ProtoEnum extends Place {
  readonly name: string
  readonly fullName: string
  readonly allowAlias: boolean
  readonly values: readonly (Place & { readonly name: string; readonly number: number | undefined })[]
}
