import type { DocumentFacts } from "@colloquy/core"
import { patienceMs } from "./follow.js"
import { firstBytesMax, nameBytesMax, postsPerEpochMax } from "./frames.js"
import { againMaxMs, firstAgainMs } from "./lane.js"
import { lanePayloadBytes, payloadLengths } from "./padding.js"
import { contentBytesMax, skippedPerPostMax } from "./post.js"
import { answersMax } from "./reader.js"
import { unansweredMax } from "./readers.js"
import { chainLabel, idLabel, laneLabel, maskLabel, messageLabel, postLabel, signatureLabel } from "./secrets.js"
import { epochsMax, laneWindow, readersMax, skippedMax } from "./state.js"

/** What `examples/channel-v1.md` is compared with, besides the declaration. */
export const channelDocument: DocumentFacts = {
  document: "examples/channel-v1.md",
  rules: "CH1",
  constants: {
    readersMax: { value: readersMax, means: "readers of a channel", rule: "CH1-4" },
    payloadLengths: { value: payloadLengths, means: "bytes of a payload", rule: "CH1-10" },
    lanePayloadBytes: { value: lanePayloadBytes, means: "bytes of a payload on a lane", rule: "CH1-11" },
    laneWindow: { value: laneWindow, means: "numbers of a lane that are expected ahead", rule: "CH1-11" },
    unansweredMax: { value: unansweredMax, means: "payloads on a lane without an answer", rule: "CH1-11" },
    answersMax: { value: answersMax, means: "times that an answer is published", rule: "CH1-11" },
    firstAgainMs: { value: firstAgainMs, means: "milliseconds before the first repetition", rule: "CH1-11" },
    againMaxMs: { value: againMaxMs, means: "milliseconds between repetitions at most", rule: "CH1-11" },
    postsPerEpochMax: { value: postsPerEpochMax, means: "posts of an epoch", rule: "CH1-12" },
    epochsMax: { value: epochsMax, means: "epochs that a reader follows at once", rule: "CH1-12" },
    patienceMs: { value: patienceMs, means: "milliseconds that keys of late posts are kept", rule: "CH1-13" },
    skippedPerPostMax: { value: skippedPerPostMax, means: "keys kept for one gap", rule: "CH1-13" },
    skippedMax: { value: skippedMax, means: "keys kept in all", rule: "CH1-13" },
    firstBytesMax: { value: firstBytesMax, means: "bytes of the payload in an invite", rule: "CH1-17" },
    nameBytesMax: { value: nameBytesMax, means: "bytes of a name", rule: "CH1-18" },
    contentBytesMax: { value: contentBytesMax, means: "bytes of content", rule: "CH1-18" },
    idLabel: { value: idLabel, means: "begins what the id's secret is derived from", rule: "CH1-2" },
    chainLabel: { value: chainLabel, means: "begins what a lane's chains are derived from", rule: "CH1-6" },
    postLabel: { value: postLabel, means: "begins what a post is bound to", rule: "CH1-8" },
    signatureLabel: { value: signatureLabel, means: "begins what is signed", rule: "CH1-8" },
    maskLabel: { value: maskLabel, means: "makes the key that hides numbers", rule: "CH1-9" },
    laneLabel: { value: laneLabel, means: "begins what a payload on a lane is bound to", rule: "CH1-11" },
    messageLabel: { value: messageLabel, means: "begins what a message id is the hash of", rule: "CH1-14" },
  },
}
