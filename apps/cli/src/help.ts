/** What stands under the general help. */
export const overview = `
Environment:
  COLLOQUY_PROFILE      as --profile; without, $XDG_DATA_HOME/colloquy or
                        ~/.colloquy
  COLLOQUY_DELIVERY     as --delivery
  COLLOQUY_PASSPHRASE   the passphrase; without it and --passphrase-file, a
                        terminal is asked. It is never an argument: others on
                        the machine can read those.
  COLLOQUY_BACKUP_PASSPHRASE
                        of a backup, where it is not the profile's

Conversations may be named by the beginning of their short id, or of the other
one's identity, as long as it fits one of them only.
One command at a time uses a profile: a running listen holds it.
What is queued goes out with the next command that connects: converse, send,
listen, requests, conversations, messages.

Exit codes:
  0  done                      3  passphrase missing or wrong
  1  failed                    4  the profile is in use
  2  wrong usage               5  no profile there
  129, 130, 143  ended by a signal (listen and hub end with 0)
Errors are one line on standard error: colloquy: message (CODE); with --json
{"error":{"code","message"}}, and what else is worth knowing {"notice":{...}}.

Examples:
  colloquy hub &                            a delivery service on this machine
  colloquy init --name Raya                 a profile for Raya
  colloquy introduce                        an introduction, for Saro
  colloquy --profile ./saro converse INTRODUCTION --text "Hello Raya"
  colloquy requests                         who asks to talk
  colloquy listen                           what arrives, as it arrives
  colloquy demo                             all of it, to watch
`

/** By command. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  "hub": ["colloquy hub", "colloquy hub --port 0 --data ./hub --json     a free port; prints its URL"],
  "init": [
    "colloquy init --name Saro",
    "colloquy --profile ./work init                another profile",
    "colloquy init --passphrase-file ./secret      no question asked",
  ],
  "whoami": ["colloquy whoami", "colloquy whoami --json | jq -r .participant"],
  "introduce": ["colloquy introduce", "colloquy introduce --expires 12h"],
  "converse": ['colloquy converse colloquy_intro_1_... --text "Hello Raya"', "colloquy converse - < introduction.txt"],
  "conversations": ["colloquy conversations", "colloquy conversations --json --offline"],
  "requests": ["colloquy requests"],
  "allow": ["colloquy allow 1a2b3c4d"],
  "deny": ["colloquy deny 1a2b3c4d"],
  "disappear": ["colloquy disappear 1a2b3c4d 30d", "colloquy disappear 1a2b3c4d off"],
  "remove": ["colloquy remove 1a2b3c4d"],
  "reset": ["colloquy reset 1a2b3c4d"],
  "send": [
    'colloquy send 1a2b3c4d "How are you?"',
    "colloquy send 1a2b3c4d - < letter.txt",
    'colloquy send 1a2b3c4d -- "-5 degrees here"   text that begins with -',
    'colloquy send 1a2b3c4d "done" --key build-7   once, however often it runs',
  ],
  "messages": [
    "colloquy messages 1a2b3c4d",
    "colloquy messages 1a2b3c4d --limit 10 --before MESSAGE",
    "colloquy messages 1a2b3c4d --json | jq -r .content.text",
  ],
  "listen": [
    "colloquy listen                     goes on where the last one stopped",
    "colloquy listen --for 5s --json     what waits, and five seconds more",
    "colloquy listen --after CURSOR      any cursor that --json printed",
  ],
  "export": ["colloquy export saro.backup", "colloquy export saro.backup --backup-passphrase-file ./other"],
  "import": ["colloquy import saro.backup", "colloquy --profile ./again import saro.backup"],
  "types": ["colloquy types", "colloquy types --json"],
  "types list": ["colloquy types list"],
  "types check": [
    "colloquy types check PrivateV1",
    "colloquy types check ./dist/index.js --document notes-v1.md",
    "colloquy types check ./dist/index.js --json | jq .conforms",
  ],
  "types new": ["colloquy types new reading-circle", "colloquy types new notes --dir ./types/notes"],
  "spec": ["colloquy spec lint my-type-v1.md", "colloquy spec render PrivateV1", "colloquy spec check"],
  "spec lint": [
    "colloquy spec lint my-type-v1.md",
    "colloquy spec lint specs/*.md --fail-on warning",
    "colloquy spec lint draft.md --kind protocol --json | jq .findings",
    "colloquy spec lint specs/*.md --sarif > findings.sarif",
  ],
  "spec render": [
    "colloquy spec render PrivateV1",
    "colloquy spec render ./dist/index.js > my-type.md",
    "colloquy spec render ./dist/index.js --type NotesV1 --report report.json",
  ],
  "spec check": [
    "colloquy spec check                      every document below this folder",
    "colloquy spec check specs/private-v1.md",
    "colloquy spec check --module ./dist/index.js --write",
  ],
  "demo": ["colloquy demo"],
}
