import { networkPlace, type Trace, type TraceLine } from "./trace.js"

const rowHeight = 17
const headHeight = 46
const timeWidth = 118
const letterWidth = 6.1
const linesMaxDefault = 600

interface Column {
  readonly x: number
  readonly colour: string
}

const colours = ["#1f5fa8", "#a8431f", "#2f7d32", "#7b3fa0", "#8a6d00", "#007a80", "#a01f5f"]

/**
 * A sequence diagram as SVG: a line of life for each person and for the network between, a row for each line of the trace, and an arrow for each
 * payload from its publication to where it is read; one that ends in a cross is lost. The last lines where that is too long.
 */
export function svgDiagram(trace: Trace, title: string, linesMax = linesMaxDefault): string {
  const lines = trace.lines.slice(-linesMax)
  const columns = columnsOf(trace)
  const width = timeWidth + columns.size * columnWidthOf(columns.size) + 60
  const height = headHeight + lines.length * rowHeight + 24
  const y = (row: number): number => headHeight + (row + 1) * rowHeight
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="10.5">`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="16" font-size="12" fill="#222">${escape(title)}</text>`,
    ...[...columns].map(([place, column]) => lifeline(place, column, height)),
    ...arrows(lines, columns, y),
    ...lines.map((line, row) => label(trace, line, columns, y(row))),
    "</svg>",
  ]
  return parts.join("\n")
}

function columnWidthOf(count: number): number {
  return count <= 3 ? 330 : 250
}

/** The network stands in the middle. */
function columnsOf({ people }: Trace): Map<string, Column> {
  const middle = Math.ceil(people.length / 2)
  const places = [...people.slice(0, middle), networkPlace, ...people.slice(middle)]
  const width = columnWidthOf(places.length)
  return new Map(
    places.map((place, index) => {
      const colour = place === networkPlace ? "#666" : (colours[people.indexOf(place) % colours.length] as string)
      return [place, { x: timeWidth + 20 + index * width, colour }]
    }),
  )
}

function lifeline(place: string, { x, colour }: Column, height: number): string {
  const dash = place === networkPlace ? ` stroke-dasharray="3 4"` : ""
  return (
    `<line x1="${x}" y1="${headHeight - 6}" x2="${x}" y2="${height - 8}" stroke="${colour}" stroke-width="1.2"${dash}/>` +
    `<text x="${x - 4}" y="${headHeight - 12}" font-weight="bold" font-size="12" fill="${colour}">${escape(place)}</text>`
  )
}

/** From each publication to every reading of it; and to the cross where one is lost. */
function* arrows(
  lines: readonly TraceLine[],
  columns: ReadonlyMap<string, Column>,
  y: (row: number) => number,
): Generator<string> {
  const published = new Map<string, { readonly row: number; readonly x: number; readonly colour: string }>()
  const network = columns.get(networkPlace) as Column
  for (const [row, line] of lines.entries()) {
    const column = columns.get(line.place) ?? network
    if (line.out !== undefined && !published.has(line.out)) published.set(line.out, { row, ...column })
    for (const read of line.in ?? []) {
      const from = published.get(nameOf(read))
      if (from === undefined) continue
      const dash = read === nameOf(read) ? "" : ` stroke-dasharray="4 3"`
      yield `<line x1="${from.x}" y1="${y(from.row) - 4}" x2="${column.x}" y2="${y(row) - 4}" stroke="${from.colour}" stroke-opacity="0.45"${dash} marker-end="url(#tip)"/>`
    }
    const lost = line.lost === undefined ? undefined : published.get(line.lost)
    if (lost === undefined) continue
    const [x, at] = [network.x, y(row) - 4]
    yield `<line x1="${lost.x}" y1="${y(lost.row) - 4}" x2="${x}" y2="${at}" stroke="#c00" stroke-opacity="0.4" stroke-dasharray="2 3"/>`
    yield `<path d="M${x - 4} ${at - 4}L${x + 4} ${at + 4}M${x + 4} ${at - 4}L${x - 4} ${at + 4}" stroke="#c00" stroke-width="1.4"/>`
  }
}

/** "#12 again" is a copy of #12. */
function nameOf(label: string): string {
  return label.split(" ")[0] ?? label
}

function label(trace: Trace, line: TraceLine, columns: ReadonlyMap<string, Column>, y: number): string {
  const { x, colour } = columns.get(line.place) ?? (columns.get(networkPlace) as Column)
  const room = Math.floor((columnWidthOf(columns.size) - 14) / letterWidth)
  const text = line.text.length > room ? `${line.text.slice(0, room - 1)}…` : line.text
  const isFault = /FAULT|CRASHES|====/.test(line.text)
  const back = `<rect x="${x + 5}" y="${y - 9.5}" width="${(text.length * letterWidth + 4).toFixed(0)}" height="13" fill="#fff" fill-opacity="0.85"/>`
  return (
    `<text x="8" y="${y}" fill="#888">${trace.timeOf(line)}</text>${back}` +
    `<circle cx="${x}" cy="${y - 4}" r="2.4" fill="${colour}"/>` +
    `<text x="${x + 7}" y="${y}" fill="${isFault ? "#c00" : "#222"}"${isFault ? ` font-weight="bold"` : ""}><title>${escape(line.text)}</title>${escape(text)}</text>`
  )
}

function escape(text: string): string {
  // XML has no control characters.
  return text
    .replace(/[\u0000-\u001f]/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
}
