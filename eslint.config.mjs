import tseslint from "typescript-eslint"

const tests = ["**/*.test.ts", "**/test/**/*.ts"]
const protocols = [
  "packages/core/src/**/*.ts",
  "packages/crypto/src/**/*.ts",
  "packages/reliability/src/**/*.ts",
  "packages/conversation-*/src/**/*.ts",
]
const impure = "protocol code has no clock, randomness, timer or I/O of its own: it takes them from its context"

const doors = [
  { selector: "ExportAllDeclaration", message: "a door names what it exports" },
  { selector: "ExportDefaultDeclaration", message: "exports have names" },
]
const typedErrors = ["NewExpression", "CallExpression"].map((call) => ({
  selector: `${call}[callee.name=/^(Error|TypeError|RangeError)$/]`,
  message: "an error is a ColloquyError with a code",
}))
const pureSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: impure },
  { selector: "CallExpression[callee.name='Date']", message: impure },
  { selector: "ImportDeclaration[source.value=/^node:/]", message: impure },
  { selector: "ImportExpression", message: "protocol code is loaded at once" },
]

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/generated/**", "coverage/**"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.mjs"],
    rules: {
      "prefer-const": "error",
      "no-var": "error",
      "eqeqeq": "error",
      "no-unused-vars": "error",
      "no-undef": "off",
    },
  },
  {
    files: ["**/*.ts"],
    plugins: { "@typescript-eslint": tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: "./tsconfig.eslint.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "eqeqeq": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-syntax": ["error", ...doors],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"],
    ignores: tests,
    rules: {
      "max-lines": ["error", 400],
      "no-restricted-syntax": ["error", ...doors, ...typedErrors],
    },
  },
  {
    files: protocols,
    ignores: tests,
    rules: {
      "no-restricted-syntax": ["error", ...doors, ...typedErrors, ...pureSyntax],
      "no-restricted-globals": [
        "error",
        ...[
          "clearInterval",
          "clearTimeout",
          "console",
          "crypto",
          "fetch",
          "localStorage",
          "indexedDB",
          "performance",
          "process",
          "Buffer",
          "queueMicrotask",
          "setImmediate",
          "setInterval",
          "setTimeout",
          "WebSocket",
          "XMLHttpRequest",
          "self",
          "globalThis",
          "require",
        ].map((name) => ({ name, message: impure })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: impure },
        { object: "Math", property: "random", message: impure },
      ],
    },
  },
  // Conformance cases fail by throwing whatever a test runner reports.
  {
    files: ["packages/*/src/testing/**/*.ts"],
    ignores: tests,
    rules: { "no-restricted-syntax": ["error", ...doors, ...pureSyntax] },
  },
  // The one place that reads the system's randomness, for the client to hand on.
  { files: ["packages/crypto/src/random.ts"], rules: { "no-restricted-globals": "off" } },
  // Configuration files of tools are read by their default export; declarations describe what others wrote.
  { files: ["*.config.ts", "**/*.d.ts"], rules: { "no-restricted-syntax": "off" } },
)
