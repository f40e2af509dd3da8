import { printTypeId, type TypeId } from "@colloquy/core"

export const typeId: TypeId = printTypeId({ name: "private", version: 1 })
