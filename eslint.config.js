import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Imports point downwards only (ARCHITECTURE.md): each folder of src-main may import those that stand before it. */
const LEVELS = [
  ['common'],
  ['process'],
  ['network', 'data', 'store'],
  ['engine', 'filters', 'predictors'],
  ['units'],
  ['study'],
  ['app'],
  ['api'],
  ['cli', 'host', 'shell'],
];

/** Beginnings of what all may import from above: api/contract, and what treatments are. */
const FOR_ALL = 'contract/|treatment';

const levelRules = LEVELS.flatMap((folders, level) =>
  folders.map((folder) => {
    const above = LEVELS.slice(level + 1).flat();
    const beside =
      level === LEVELS.length - 1 || folder === 'store' || folder === 'network'
        ? folders.filter((f) => f !== folder)
        : [];
    return {
      files: [`src-main/${folder}/**/*.ts`],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                regex: `/(${[...above, ...beside].join('|')})/(?!${FOR_ALL})`,
                message: `${folder} must not import what stands above it.`,
              },
              ...(folder === 'shell'
                ? []
                : [
                    {
                      group: ['electron', 'electron/*'],
                      message: 'Only src-main/shell and src-main/index.ts import electron.',
                    },
                  ]),
            ],
          },
        ],
      },
    };
  }),
);

export default ts.config(
  { ignores: ['out', 'quickstart', 'test/output', 'src-main/engine/onnx/proto'] },
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
  {
    // Charts and the report's page are drawn in Node as well.
    files: ['src-renderer/**'],
    languageOptions: { globals: globals.browser },
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/src-main/(?!common/)',
              allowTypeImports: true,
              message:
                'The renderer knows main by its types and by what both have in common; other values come over the contract.',
            },
            { group: ['electron', 'electron/*', 'node:*'], message: 'The renderer runs in a sandboxed page.' },
          ],
        },
      ],
    },
  },
  { files: ['test/bench/**', 'src-main/cli/**'], rules: { 'no-console': 'off' } },
  ...levelRules,
);
