import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const FRAMEWORK = ["react", "react-dom", "react-dom/*", "@mantine/*"];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "public", "eslint.config.js", "src/protocol/generated.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  hooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `flag || undefined` is how an attribute is left out.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { boolean: true } }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // What happens does not depend on how it is drawn.
    files: ["src/protocol/**", "src/connection/**", "src/state/**", "src/features/**/model.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: FRAMEWORK }] },
  },
);
