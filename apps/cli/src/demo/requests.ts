/** What a person's process is asked to do, one JSON object a line on its standard input. */
export type Request =
  | { readonly do: "introduce" }
  | { readonly do: "converse"; readonly introduction: string; readonly text: string }
  | { readonly do: "allow"; readonly conversation: string }
  | { readonly do: "send"; readonly conversation: string; readonly text: string }
  | { readonly do: "close" }

/** What it says, one JSON object a line on its standard output. */
export type Said =
  | { readonly ready: { readonly participant: string } }
  | { readonly answer: string }
  | { readonly failed: string }
  | { readonly asks: { readonly conversation: string; readonly from: string } }
  | { readonly reads: string }
  | { readonly published: string }
