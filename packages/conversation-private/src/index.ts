export { PrivateV1 } from "./private-v1.js"
