import { defineConversationType, type Guarantee, idsFromSecret, inboxTopics, type Machine } from "@colloquy/core"
import { accept } from "./accept.js"
import { backup, restore } from "./backup.js"
import { cancel } from "./cancel.js"
import { contentBytesMax, frames } from "./frames.js"
import { introduction } from "./introductions.js"
import { suiteOf } from "./keys.js"
import { receive } from "./receive.js"
import { refused } from "./refusals.js"
import { invite, reset } from "./reset.js"
import { resident, residentState } from "./resident.js"
import { routesOf } from "./routes.js"
import { carry, send } from "./send.js"
import { create } from "./start.js"
import { privateState, type PrivateShape, ratchetOf } from "./state.js"
import { commands, notices } from "./vocabulary.js"
import { wake } from "./wake.js"

const conversation: Machine<PrivateShape, typeof commands, typeof notices> = {
  start(input, context) {
    switch (input.kind) {
      case "create":
        return create(input, context)
      case "accept":
        return accept(input, context)
      case "restore":
        return restore(input, context)
    }
  },
  step(state, input, context) {
    switch (input.kind) {
      case "send":
        return send(state, input, context)
      case "receive":
        return receive(state, input, context)
      case "carry":
        return carry(state, input, context)
      case "wake":
        return wake(state, context)
      case "cancel":
        return cancel(state, input, context)
      case "introduction":
        return introduction(state, input, context)
      case "invite":
        return invite(state, input, context)
      case "command":
        return reset(state, context)
      case "parcel":
        return refused("PV1_UNEXPECTED")
    }
  },
  routes(state, { crypto }) {
    const suite = suiteOf(crypto)
    const { bond, old, oldSkipped, skipped } = state
    const present = routesOf(suite, ratchetOf(state), skipped, bond.ownTopic)
    return old === null ? present : [...present, ...routesOf(suite, old.ratchet, oldSkipped, bond.ownTopic)]
  },
  view: ({ bond }) => ({
    participants: [bond.self, bond.peer],
    carriesTo: [bond.peer],
    can: { send: true },
    contentBytesMax,
  }),
  backup,
}

/** CT-7, with the same scopes and exceptions as the specification's section "Security considerations". */
const guarantees: readonly Guarantee[] = [
  {
    name: "confidentiality",
    scope: "content and parcels, against everyone but the two participants",
    except: "whoever reads a participant's device or store; sizes by bucket, times and topics are visible",
  },
  {
    name: "integrity",
    scope: "every payload: altered bytes are refused and change nothing",
  },
  {
    name: "sender-authentication",
    scope: "each message comes from the peer that the invite's carrier authenticated",
    except: "classical: a quantum computer at the time of the invite could impersonate; only as strong as the carrier",
  },
  {
    name: "mutual-authentication",
    scope: "from the initiator's first received message on, which only the owner of the prekey could send",
    except: "before it, the initiator knows the responder from the signed introduction alone",
  },
  {
    name: "sender-privacy",
    scope: "a payload names nobody, for anyone without the conversation's state",
    except: "the topic names the recipient's bucket, and the delivery service sees connections",
  },
  {
    name: "unlinkability",
    scope: "hints, headers and nonces of different payloads look independent and random",
    except:
      "after weeks without an answer one payload is published again as it was; the bucket, the size and the time of payloads; who holds a header key recognises the payloads of its chain",
  },
  {
    name: "length-hiding",
    scope: "lengths show as one of 19 buckets from 160 to 81,920 bytes",
  },
  {
    name: "forward-secrecy",
    scope: "a message key is erased when its message is sent or delivered, the prekey when the invite is accepted",
    except:
      "keys of messages that were passed over, and of the session before a reset, are kept for up to 30 days; header keys are kept as long as their chain; erasure on disk is the store's",
  },
  {
    name: "post-compromise-security",
    scope: "a thief of the state who then only listens loses the conversation once both sides have sent in turn",
    except:
      "classical; not against an active thief; not after a rollback of the state, until a reset founds a new session with new keys",
  },
  {
    name: "deniability",
    scope: "nothing in a payload is signed: either participant could have made each",
    except: "introductions are signed, also those exchanged inside, and show that their owner wanted to be written to",
  },
  {
    name: "replay-protection",
    scope: "the same payload is accepted once",
    except: "after a rollback of the state, payloads that came after it are accepted again under the same message ids",
  },
  {
    name: "channel-binding",
    scope: "a payload is bound to its conversation, topic of arrival, direction and both identities",
  },
  {
    name: "dropped-message-observability",
    scope: "the sender misses the acknowledgement of a message, and the receiver sees the gap once a later one arrives",
    except: "a peer can acknowledge what he does not keep; nothing is acknowledged before the conversation is allowed",
  },
  {
    name: "post-quantum-confidentiality",
    scope:
      "against a recorder who never held the state of either side, given a carrier that hides the invite's seed from quantum computers",
    except: "healing after a theft is classical",
  },
  {
    name: "ordering",
    scope: "both sides give every message the same place: Lamport time, then message id",
    except: "a peer chooses his own Lamport times, up to 2^48 - 1",
  },
]

/** Two participants, for years: the Double Ratchet with header encryption, over SDS. Specification: specs/private-v1.md. */
export const PrivateV1 = defineConversationType({
  specification: { title: "PRIVATE", document: "specs/private-v1.md", version: 1 },
  encryption: {
    scheme: "double-ratchet-header-encryption",
    description:
      "X25519, BLAKE2b, ChaCha20-Poly1305; the root is a secret of 32 bytes from the invite, mixed with a prekey",
  },
  frames,
  contentTopics: inboxTopics,
  conversationIds: idsFromSecret(),
  membership: {
    participantsMin: 2,
    participantsMax: 2,
    admission: "the initiator invites the owner of an offer; nobody joins later",
    onePerPair: true,
  },
  guarantees,
  channelBinding:
    "every AEAD is bound to a hash of conversation id, topic of arrival, direction and both identity keys",
  implementations: ["packages/conversation-private", "packages/crypto/src/ratchet"],
  commands,
  notices,
  state: privateState,
  conversation,
  residentState,
  resident,
})
