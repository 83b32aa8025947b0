import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

// What may import what, circles included, is .dependency-cruiser.mjs's; what nobody uses, knip's.
export default ts.config(
  // The build has its configuration in such a file for a moment, also while the linter looks.
  { ignores: ['out', 'quickstart', 'test/output', 'src-main/engine/onnx/proto', '*.config.ts.*.mjs'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: globals.node },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
  { files: ['src-renderer/**', 'src-main/common/**'], languageOptions: { globals: globals.browser } },
  {
    files: ['test/bench/**', 'test/peers/table.ts', 'test/pretrained/*table.ts', 'src-main/cli/**', 'tools/**'],
    rules: { 'no-console': 'off' },
  },
);
