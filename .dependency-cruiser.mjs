/**
 * What may import what (ARCHITECTURE.md). Each layer may import those that stand before it, and what its own line allows
 * besides, with the reason. A circle of files is an error everywhere.
 */

/** Layers of src-main from the ground up; folders in one line stand beside each other and don't know each other. */
const LAYERS = [
  // What belongs to nobody and may be used by all.
  ['errors.ts', 'random.ts', 'process'],
  // What main and the window both know: the contract, treatments, results, numbers, charts.
  ['common'],
  ['network', 'store'],
  // Batches have the size that a network reads.
  ['data'],
  ['engine', 'filters', 'predictors'],
  ['units'],
  // What is trained, in which order: protocols, plans, groups.
  ['study/plan'],
  ['study/pretrained'],
  // The trainings of a plan, at once and to their end.
  ['study/run'],
  // What finished trainings amount to: curves, effects, the paper's own.
  ['study/results'],
  // What may be claimed of that.
  ['study/statements', 'study/prediction'],
  // All that is known of one study, gathered.
  ['study/analysis'],
  // What is written of it, for programs and for people.
  ['study/data-tables'],
  ['study/report'],
  ['app'],
  ['api'],
  ['host', 'shell'],
  ['cli'],
  ['index.ts'],
];

/** Imports beside the order, each with its reason: `[importer, imported, reason]`. */
const ALLOWED = [];

const pattern = (path) => (path.endsWith('.ts') ? `^src-main/${path.replace('.', '\\.')}$` : `^src-main/${path}/`);
const anyOf = (paths) => paths.map(pattern).join('|');

const order = LAYERS.flatMap((layer, level) =>
  layer.map((folder) => {
    const exceptions = ALLOWED.filter(([importer]) => importer.startsWith(folder)).map(([, imported]) => imported);
    const forbidden = [...layer.filter((other) => other !== folder && level > 0), ...LAYERS.slice(level + 1).flat()];
    return {
      name: `${folder} imports only what stands below it`,
      severity: 'error',
      from: { path: pattern(folder) },
      to: { path: anyOf(forbidden), ...(exceptions.length > 0 && { pathNot: anyOf(exceptions) }) },
    };
  }),
).filter(({ to }) => to.path !== '');

export default {
  forbidden: [
    { name: 'no circle of files', severity: 'error', from: {}, to: { circular: true } },
    ...order,
    {
      name: 'every file of main belongs to a layer',
      severity: 'error',
      from: {},
      to: { path: '^src-main/', pathNot: anyOf(LAYERS.flat()) },
    },
    {
      name: 'main does not know the window',
      severity: 'error',
      from: { path: '^src-main' },
      to: { path: '^src-renderer' },
    },
    {
      name: 'the window knows nothing of main but the common floor',
      severity: 'error',
      from: { path: '^src-renderer' },
      to: { path: '^src-main/(?!common/)' },
    },
    {
      name: 'the window runs in a sandboxed page',
      severity: 'error',
      from: { path: '^(src-renderer|src-main/common)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron is for the shell alone',
      severity: 'error',
      from: { pathNot: '^src-main/(shell/|index\\.ts$)|^test/shell/double/' },
      to: { path: '^node_modules/electron/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/proto/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count: they tie files together as much as others do.
    tsPreCompilationDeps: true,
  },
};
