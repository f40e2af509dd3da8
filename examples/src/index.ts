export { ChannelV1 } from "./channel/channel-v1.js"
export { channelDocument } from "./channel/document.js"
export { BoardV1 } from "./probe/board-v1.js"
export { boardDocument } from "./probe/document.js"
