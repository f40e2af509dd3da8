/** What a worker is executing, in memory that the main thread sees too: an endless loop cannot be asked, and one that took all memory is gone. */
const headerBytes = 16

export function makeWatch(bytesMax: number): SharedArrayBuffer {
  return new SharedArrayBuffer(headerBytes + bytesMax)
}

/** Notes an input before it is executed. */
export function noteIn(watch: SharedArrayBuffer): (input: Uint8Array) => void {
  const header = new Int32Array(watch, 0, 4)
  const bytes = new Uint8Array(watch, headerBytes)
  return (input) => {
    Atomics.add(header, 0, 1)
    header[1] = input.length
    bytes.set(input.subarray(0, bytes.length))
  }
}

export function seenIn(watch: SharedArrayBuffer): { readonly count: number; readonly input: Uint8Array } {
  const header = new Int32Array(watch, 0, 4)
  const length = Math.min(header[1] ?? 0, watch.byteLength - headerBytes)
  return { count: Atomics.load(header, 0), input: new Uint8Array(watch, headerBytes, length).slice() }
}
