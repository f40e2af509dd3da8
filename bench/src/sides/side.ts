/** What is measured of one protocol, in a thread of its own: nobody pays for another's garbage. */
export interface Side {
  /** Each does its work once and returns how many operations it was; `wireBytes` returns bytes. */
  seal(): Promise<number> | number
  open(): Promise<number> | number
  exchange(): Promise<number> | number
  wireBytes(): Promise<number> | number
  /** What follows from an `open` and is not timed. */
  settle(): void
}

export const batch = 2000
export const exchanges = 500
export const textBytes = 100
