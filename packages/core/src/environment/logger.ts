/** What happened, for operators. Fields are codes and numbers: never a key, content, a conversation id or bytes from outside. */
export interface Logger {
  log(
    level: "debug" | "info" | "warn" | "error",
    event: string,
    fields?: Readonly<Record<string, string | number | boolean>>,
  ): void
}

export const silentLogger: Logger = { log: () => undefined }
