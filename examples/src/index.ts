export { BoardV1 } from "./probe/board-v1.js"
