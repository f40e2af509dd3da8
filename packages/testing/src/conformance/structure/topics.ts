import { parseTopic, type Topic } from "@colloquy/core"
import type { Check } from "../check.js"
import { ownPayloads, rehearse } from "./rehearsal.js"

const malformed = ["", "/", "/a/1/b", "/a/1/b/proto/more", "no slash", "/a/1/\u0000/proto", "/".repeat(300)]

/** CT-4: the policy, executed. */
export const topicChecks: readonly Check[] = [
  {
    id: "CT-4.permitted",
    proves: "CT-4",
    title: "every payload in every run goes to a permitted topic, and is expected on permitted topics alone",
    async run(context) {
      const { laboratory, people } = await rehearse(context, { afterMs: 24 * 3_600_000 })
      const fault = laboratory.faults.find(({ code }) => code === "TOPIC_UNDECLARED")
      if (fault !== undefined) return { verdict: "broken", finding: `in ${fault.input}: ${fault.message}` }
      const { contentTopics } = context.type.declaration
      const payloads = ownPayloads(context, laboratory)
      const topics = new Set(payloads.map(({ topic }) => topic))
      for (const person of people)
        for (const { type, listening, routes } of person.instances())
          if (type === context.type.id) for (const { topic } of [...listening, ...routes()]) topics.add(topic)
      for (const topic of topics)
        if (parseTopic(topic) === undefined || !contentTopics.permits(topic))
          return { verdict: "broken", finding: `the topic ${topic} is used, and the policy does not permit it` }
      return { verdict: "held", tries: payloads.length, facts: { topics: topics.size } }
    },
  },
  {
    id: "CT-4.refuses",
    proves: "CT-4",
    title: "the policy answers for every text, and permits nothing that is no topic",
    async run({ type }) {
      for (const topic of malformed)
        if (type.declaration.contentTopics.permits(topic as Topic))
          return { verdict: "broken", finding: `the policy permits ${JSON.stringify(topic)}, which is no topic` }
      return { verdict: "held", tries: malformed.length }
    },
  },
]
