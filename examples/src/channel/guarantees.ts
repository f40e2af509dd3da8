import type { Guarantee } from "@colloquy/core"

/** CH1-19: what ChannelV1 claims, and what it expressly does not. */
export const guarantees: readonly Guarantee[] = [
  {
    name: "confidentiality",
    scope: "posts, against everyone but the author and those who were readers when they were made",
    except: "whoever reads the invites, which are as secret as the carrier keeps them; a reader who tells",
  },
  { name: "integrity", scope: "a changed payload is refused and changes nothing" },
  {
    name: "sender-authentication",
    scope:
      "every post is signed with the epoch's key, which no reader has: a reader can't post as the author, nor to other readers at all",
    except: "the author is who the carrier says brought the invite; quantum computers",
  },
  {
    name: "sender-privacy",
    scope: "no payload names the channel, its author or a reader",
    except: "the delivery service sees which connections publish on and follow a topic",
  },
  {
    name: "length-hiding",
    scope: "a payload has one of five lengths, 256 to 65,536 bytes, and 256 on lanes",
    except: "which of the five",
  },
  {
    name: "forward-secrecy",
    scope:
      "the key of a post is erased when it is sent or opened, those of an epoch at the author's when the next begins",
    except:
      "keys of posts that were passed over are kept for 30 days, and so are the ends of earlier epochs, for posts that are late; a thief of the state recognises the numbers of past posts",
  },
  {
    name: "replay-protection",
    scope: "each number of a channel is one post, and is taken once",
    except: "a state that was rolled back",
  },
  {
    name: "channel-binding",
    scope:
      "a post is bound to its channel, topic, epoch and number; what is on a lane to its channel, topic, direction, people and number",
  },
  {
    name: "dropped-message-observability",
    scope: "a reader sees which numbers are missing once a later post, or the next epoch, arrives",
    except: "the last posts of all; the author does not learn who has read what",
  },
  {
    name: "post-quantum-confidentiality",
    scope:
      "everything follows from secrets in the invite by symmetric means: given a carrier that hides invites from quantum computers, so are posts hidden",
    except: "signatures are classical",
  },
  {
    name: "ordering",
    scope: "posts are numbered by the author, and have the same place for every reader",
    except: "an author can send different posts under one number to different readers",
  },
]
