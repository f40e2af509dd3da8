const scalars = new Set(
  "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes".split(" "),
)

export function isScalar(type: string): boolean {
  return scalars.has(type)
}

/** Types that come with protobuf itself. */
export function isWellKnown(type: string): boolean {
  return /^\.?google\.(protobuf|rpc|type)\.\w+/.test(type)
}
