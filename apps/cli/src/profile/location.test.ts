import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { expect, test } from "vitest"
import { hubFolder, profileFolder } from "./location.js"

test("a named folder wins, then XDG_DATA_HOME, then the home folder", () => {
  expect(profileFolder("saro", { XDG_DATA_HOME: "/data" })).toBe(resolve("saro"))
  expect(profileFolder(undefined, { XDG_DATA_HOME: "/data" })).toBe("/data/colloquy")
  expect(profileFolder("", {})).toBe(join(homedir(), ".colloquy"))
  expect(profileFolder(undefined, { XDG_DATA_HOME: "relative" })).toBe(join(homedir(), ".colloquy"))
})

test("a hub's data is not in the profile", () => {
  expect(hubFolder(undefined, { XDG_DATA_HOME: "/data" })).toBe("/data/colloquy-hub")
  expect(hubFolder("there", {})).toBe(resolve("there"))
})
