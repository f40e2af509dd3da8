export {
  decodeIntroductionBytes,
  encodeIntroduction,
  type Introduction,
  type IntroductionOffer,
} from "./introduction/introduction.js"
export { plainResident } from "./runtime/plain-resident.js"
