import { Refusal } from "../generated/hub_pb.js"

/** What a hub can answer to a publication, a request or a feed instead of doing it. */
export type HubRefusal = "PAYLOAD_TOO_LARGE" | "TOPIC_REFUSED" | "DELIVERY_REFUSED" | "DELIVERY_BUSY" | "CURSOR_VOID"

const numbers: Readonly<Record<HubRefusal, Refusal>> = {
  PAYLOAD_TOO_LARGE: Refusal.PAYLOAD_TOO_LARGE,
  TOPIC_REFUSED: Refusal.TOPIC_REFUSED,
  DELIVERY_REFUSED: Refusal.DELIVERY_REFUSED,
  DELIVERY_BUSY: Refusal.DELIVERY_BUSY,
  CURSOR_VOID: Refusal.CURSOR_VOID,
}

export function refusalNumber(refusal: HubRefusal): Refusal {
  return numbers[refusal]
}

/** A number that this version does not know is a plain `DELIVERY_REFUSED`. */
export function refusalOf(number: Refusal): HubRefusal {
  const known = (Object.keys(numbers) as HubRefusal[]).find((refusal) => numbers[refusal] === number)
  return known ?? "DELIVERY_REFUSED"
}
