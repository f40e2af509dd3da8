export { sketchDocument } from "./document.js"
export { SketchV1 } from "./sketch-v1.js"
