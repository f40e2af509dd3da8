import type { Guarantee } from "@colloquy/core"

/** IB1-20: what InboxV1 claims, and what it expressly does not. */
export const guarantees: readonly Guarantee[] = [
  {
    name: "confidentiality",
    scope: "only the introduction's owner reads the parcel",
    except: "whoever took both single-use secrets and the identity key before they were erased",
  },
  { name: "integrity", scope: "a changed payload does not open, and changes nothing" },
  {
    name: "sender-authentication",
    scope:
      "the sender holds the identity key that he names, by classical cryptography, also towards someone who stole the recipient's identity key",
    except:
      "someone who stole the single-use key e of an unused introduction can pose as any sender to its owner; quantum computers",
  },
  {
    name: "mutual-authentication",
    scope: "only the introduction's owner can answer: his first reply proves him",
    except: "before that reply",
  },
  {
    name: "sender-privacy",
    scope: "the sender's identity is encrypted, also against quantum computers, before the recipient accepts and after",
    except: "the recipient; a delivery service that recognises the sender's connection",
  },
  {
    name: "unlinkability",
    scope:
      "payloads from different introductions show nothing in common but the topic, to anyone without the introductions",
    except:
      "whoever holds an introduction recognises its payload by the hint; the topic shows the recipient's bucket; timing",
  },
  {
    name: "length-hiding",
    scope: "a payload has one of six lengths",
    except: "which of the six",
  },
  {
    name: "forward-secrecy",
    scope:
      "once the single-use keys are erased, the recipient's identity key opens no payload that was taken: at acceptance, else at expiry",
    except: "before the erasure; media that keep what was deleted",
  },
  {
    name: "deniability",
    scope: "nothing that the recipient can show proves to others who sent the parcel: he could have made it himself",
    except: "the introduction, which its owner signs; what a parcel itself signs",
  },
  {
    name: "replay-protection",
    scope: "an introduction takes one payload, once, in the step that erases its keys",
    except: "a store that was rolled back to before that step",
  },
  {
    name: "channel-binding",
    scope: "a payload moved to another inbox, topic, introduction or version does not open",
  },
  {
    name: "post-quantum-confidentiality",
    scope: "a recorder with a quantum computer reads neither parcel nor sender, as long as ML-KEM-768 or X25519 holds",
    except: "authentication is classical",
  },
]
