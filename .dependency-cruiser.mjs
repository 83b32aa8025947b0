/**
 * What may import what (ARCHITECTURE.md): each layer of src-main those that stand before it in this one list. Folders in one
 * line stand beside each other and don't know each other. A circle of files is an error everywhere.
 */
const LAYERS = [
  // These belong to nobody and may be used by all.
  ['errors.ts', 'random.ts', 'process'],
  // What main and the window both know (contract, treatments, results, numbers, charts), so it knows neither.
  ['common'],
  // A network is described without images, a store keeps what it is given.
  ['network', 'store'],
  // Batches have the size that a network reads.
  ['data'],
  // Each computes with networks and images, and none needs another.
  ['engine', 'filters', 'predictors'],
  // A training is an engine's job, on this machine or on a cluster.
  ['cluster'],
  // Units are excited by an engine's passes.
  ['units'],
  // A network that somebody else has trained is read from a file; it stands in a plan for a base.
  ['pretrained'],
  // Protocols, plans and groups say what is trained and in which order; nothing is trained for that.
  ['study/plan'],
  // The trainings of a plan run to their end.
  ['study/run'],
  // Curves, effects and the paper's own are what finished trainings amount to.
  ['study/results'],
  // Statements and predictors are held against results, not against each other.
  ['study/statements', 'study/prediction'],
  // Advice weighs treatments by the tests of statements.
  ['study/advice'],
  // All that is known of one study is gathered before any of it is written.
  ['study/analysis'],
  // Programs read the tables; the report for people links to them.
  ['study/data-tables'],
  ['study/report'],
  // One home folder: what a person asks for becomes a study.
  ['app'],
  // Typed calls of a page to the application.
  ['api'],
  // Both carry these calls, one to a browser and one to a window.
  ['host', 'shell'],
  // The command line also starts a host or the window.
  ['cli'],
  ['index.ts'],
];

const pattern = (path) => (path.endsWith('.ts') ? `^src-main/${path.replace('.', '\\.')}$` : `^src-main/${path}/`);
const anyOf = (paths) => paths.map(pattern).join('|');

const order = LAYERS.flatMap((layer, level) =>
  layer.map((folder) => {
    const forbidden = [...layer.filter((other) => other !== folder && level > 0), ...LAYERS.slice(level + 1).flat()];
    return {
      name: `${folder} imports only what stands below it`,
      severity: 'error',
      from: { path: pattern(folder) },
      to: { path: anyOf(forbidden) },
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
      from: { pathNot: '^src-main/(shell/|index\\.ts$)' },
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
