export { BoardV1 } from "./probe/board-v1.js"
export { boardDocument } from "./probe/document.js"
