import { Argument, Command, type CommandOptions, Help, Option } from "commander"
import { parseCount } from "./arguments/count.js"
import { parseDuration } from "./arguments/duration.js"
import { examples, overview } from "./help.js"
import type { Output } from "./output/output.js"
import { profileFolder } from "./profile/location.js"
import type { Settings } from "./settings.js"
import { version } from "./version.js"

interface GlobalOptions {
  readonly profile?: string
  readonly delivery: string
  readonly offline?: true
  readonly passphraseFile?: string
}

const deliveryDefault = "ws://127.0.0.1:4280"
const nameMax = 64

/**
 * The commands and their options. What a command does is loaded when it is called, so that help and mistakes are answered at once.
 * Parsing throws commander's errors, and what the command throws.
 */
export function makeProgram(around: { readonly output: Output; readonly stop: AbortSignal }): Command {
  const program = new Command("colloquy")
  const settings = (): Settings => {
    const { profile, delivery, offline = false, passphraseFile } = program.opts<GlobalOptions>()
    const folder = profileFolder(profile, process.env)
    return { ...around, profile: folder, delivery: delivery || deliveryDefault, offline, passphraseFile }
  }
  program
    .description("Conversations, end to end encrypted, over delivery services that nobody has to trust.")
    .addOption(new Option("--profile <dir>", "where your identity and messages are kept").env("COLLOQUY_PROFILE"))
    .addOption(
      new Option("--delivery <url>", "your delivery service").env("COLLOQUY_DELIVERY").default(deliveryDefault),
    )
    .option("--offline", "do not connect")
    .option("--passphrase-file <file>", "read the passphrase from this file")
    .option("--json", "one JSON object a line, errors too")
    .version(version(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help")
    .configureHelp({
      showGlobalOptions: true,
      sortSubcommands: false,
      subcommandTerm: (command) => command.name(),
      visibleGlobalOptions(command) {
        const options = Help.prototype.visibleGlobalOptions.call(this, command)
        return usesProfile(command) ? options : options.filter(({ long }) => long === "--json" || long === "--version")
      },
    })
    .configureOutput({ outputError: () => undefined, ...(around.output.json ? { writeErr: () => undefined } : {}) })
    .addHelpText("after", overview)
    .exitOverride()

  add("hub", "run a delivery service for one machine, until a signal")
    .option("--port <port>", "the port it listens on, 0 for a free one (4280)", parseCount(0, 65_535))
    .option("--host <host>", "the address it listens on (127.0.0.1)")
    .option("--data <dir>", "where it keeps what it delivers")
    .action(async (options: object) => (await import("./commands/hub.js")).hub(settings(), options))

  add("init", "make a profile with a new identity")
    .option("--name <name>", `what you call it, at most ${nameMax} characters; never sent`)
    .action(async (options: object) => (await import("./commands/init.js")).init(settings(), options))

  add("whoami", "show your identity").action(async () => (await import("./commands/whoami.js")).whoami(settings()))

  add("introduce", "make an introduction for one person who may begin a conversation")
    .option("--expires <duration>", "how long it is good for, 1s to 90d (7d)", parseDuration)
    .action(async (options: object) => (await import("./commands/introduce.js")).introduce(settings(), options))

  add("converse", "begin a conversation with whoever made an introduction")
    .argument("<introduction>", "the introduction, or - to read it from standard input")
    .option("--text <text>", "a first message, which goes with the invitation")
    .action(async (introduction: string, options: object) =>
      (await import("./commands/converse.js")).converse(settings(), introduction, options),
    )

  add("conversations", "list your conversations, the most recent first").action(async () =>
    (await import("./commands/conversations.js")).conversations(settings()),
  )

  add("requests", "list the conversations that others began and you have not judged").action(async () =>
    (await import("./commands/conversations.js")).requests(settings()),
  )

  add("allow", "allow a conversation, and what else its people begin")
    .addArgument(conversationArgument())
    .action(async (id: string) => (await import("./commands/consent.js")).allow(settings(), id))

  add("deny", "show nothing more of a conversation, and refuse what else its people begin")
    .addArgument(conversationArgument())
    .action(async (id: string) => (await import("./commands/consent.js")).deny(settings(), id))

  add("disappear", "let messages of a conversation disappear from your profile after a time")
    .addArgument(conversationArgument())
    .argument("<after>", "1s to 10 years, such as 12h or 30d; off to keep them", (after) =>
      after === "off" ? undefined : parseDuration(after),
    )
    .action(async (id: string, afterMs?: number) =>
      (await import("./commands/disappear.js")).disappear(settings(), id, afterMs),
    )

  add("remove", "remove a conversation from your profile, with its messages")
    .addArgument(conversationArgument())
    .action(async (id: string) => (await import("./commands/remove.js")).remove(settings(), id))

  add("reset", "go on under new keys, when a conversation is stuck after a profile was set back")
    .addArgument(conversationArgument())
    .action(async (id: string) => (await import("./commands/reset.js")).reset(settings(), id))

  add("send", "send a message")
    .addArgument(conversationArgument())
    .argument("<text>", "the text, or - to read it from standard input")
    .option("--key <key>", "a second send with the same key is the same message")
    .action(async (id: string, text: string, options: object) =>
      (await import("./commands/send.js")).send(settings(), id, text, options),
    )

  add("messages", "show the newest messages of a conversation, oldest first")
    .addArgument(conversationArgument())
    .option("--limit <n>", "how many, 1 to 1,000 (50)", parseCount(1, 1000))
    .option("--before <cursor>", "only those before this message, named by its id")
    .action(async (id: string, options: object) =>
      (await import("./commands/messages.js")).messages(settings(), id, options),
    )

  add("listen", "print what happens as it happens")
    .option("--after <cursor>", "begin after the event with this cursor; positions are not kept then")
    .option("--count <n>", "end after so many events", parseCount(1, Number.MAX_SAFE_INTEGER))
    .option("--for <duration>", "end after so long", parseDuration)
    .action(async (options: object) => (await import("./commands/listen.js")).listen(settings(), options))

  add("export", "write a backup: your identity, conversations and messages, sealed")
    .argument("<file>", "a new file")
    .addOption(backupPassphraseOption())
    .action(async (file: string, options: object) =>
      (await import("./commands/export.js")).exportProfile(settings(), file, options),
    )

  add("import", "make a profile from a backup")
    .argument("<file>", "a file that export wrote")
    .addOption(backupPassphraseOption())
    .action(async (file: string, options: object) =>
      (await import("./commands/import.js")).importProfile(settings(), file, options),
    )

  const types = add("types", "list the types of conversation, and what each promises")
  add("list", "list them: what `types` alone does", types, { isDefault: true }).action(async () =>
    (await import("./commands/types.js")).types(settings()),
  )
  add("check", "check whether a type keeps the rules, and what it promises", types)
    .argument("<module>", "a file or package that exports types, or the id of a built-in type")
    .option("--type <id>", "of several types that the module exports, this one")
    .option("--document <file>", "the document that specifies the type, for what only it can show")
    .option("--markdown [file]", "write the report as Markdown, to standard output without a file")
    .option("--seed <n>", "of everything that is drawn at random (1)", parseCount(0, Number.MAX_SAFE_INTEGER))
    .addHelpText("after", exitCodesHelp("each type conforms", "one does not", "wrong usage"))
    .action(async (module: string, options: object) =>
      (await import("./commands/types-check.js")).typesCheck(settings(), module, options),
    )

  add("new", "make a folder with a new type: its document, its code and its tests", types)
    .argument("<name>", 'lower-case words joined by "-", such as reading-circle')
    .option("--dir <dir>", "a folder that is not there yet (NAME-v1)")
    .action(async (name: string, options: object) =>
      (await import("./commands/types-new.js")).typesNew(settings(), name, options),
    )

  const spec = add("spec", "work on the document that specifies a type")
  add("lint", "report what a specification leaves out, contradicts or breaks", spec)
    .argument("<file...>", "Markdown documents")
    .addOption(
      new Option("--kind <kind>", "what they are, if they do not say so").choices([
        "conversation-type",
        "protocol",
        "other",
      ]),
    )
    .addOption(
      new Option("--fail-on <severity>", "the lightest finding that gives exit code 1 (error)").choices([
        "error",
        "warning",
        "note",
        "never",
      ]),
    )
    .option("--sarif", "one SARIF 2.1.0 log, for code hosts and editors")
    .addHelpText(
      "after",
      exitCodesHelp("nothing is as heavy as --fail-on", "something is", "wrong usage, or a file could not be read"),
    )
    .action(async (files: string[], options: object) =>
      (await import("./commands/spec-lint.js")).specLint(settings(), files, options),
    )
  add("render", "print a document for a type: what it declares, and what is left to write", spec)
    .argument("<type>", "a built-in type, or a module that exports one")
    .option("--type <id>", "which one, of a module with several")
    .option("--report <file>", "a conformance report in JSON, for the section on evidence")
    .action(async (type: string, options: object) =>
      (await import("./commands/spec-render.js")).specRender(settings(), type, options),
    )
  add("check", "compare documents with the types and protocols that they specify", spec)
    .argument("[file...]", "Markdown documents; without, all below this folder that are known")
    .addOption(
      new Option(
        "--module <file>",
        "one that exports types, or facts about documents; may stand more than once",
      ).argParser((file: string, before: readonly string[] = []) => [...before, file]),
    )
    .option("--write", "make the generated sections anew first")
    .addHelpText("after", exitCodesHelp("they agree", "they differ", "wrong usage, or a file could not be read"))
    .action(async (files: string[], options: object) =>
      (await import("./commands/spec-check.js")).specCheck(settings(), files, options),
    )

  add("demo", "watch two people converse over a hub, in a temporary folder").action(async () =>
    (await import("./commands/demo.js")).demo(settings()),
  )
  return program

  /** A command of the program, or of a group of commands. */
  function add(name: string, description: string, group: Command = program, options: CommandOptions = {}): Command {
    const path = group === program ? name : `${group.name()} ${name}`
    return group
      .command(name, options)
      .description(description)
      .allowExcessArguments(false)
      .addHelpText("after", `\nExamples:\n${(examples[path] ?? []).map((line) => `  ${line}\n`).join("")}`)
  }
}

/** Commands, and groups of them, for which the options for profiles mean nothing. */
const withoutProfile: readonly string[] = ["hub", "types", "spec", "demo"]

function usesProfile(command: Command): boolean {
  if (withoutProfile.includes(command.name()) && command.parent?.parent === null) return false
  return command.parent === null || usesProfile(command.parent)
}

function exitCodesHelp(good: string, bad: string, unable: string): string {
  return `Exit codes:\n  0  ${good}\n  1  ${bad}\n  2  ${unable}\n`
}

function backupPassphraseOption(): Option {
  return new Option("--backup-passphrase-file <file>", "read the backup's passphrase from it, if not the profile's")
}

function conversationArgument(): Argument {
  return new Argument("<conversation>", "its id, or enough of the beginning of its short id or of the other's identity")
}
