/** Imports point one way (docs/architecture.md, "Where things are"). `reachable` also sees what is reached through a file in between. */
const only = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: to },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-never-local',
      severity: 'error',
      comment: 'What is deployed knows nothing of the one-machine stack.',
      from: { path: '^src/' },
      to: { path: '^(local|test|bench|demo)/', reachable: true },
    },
    {
      name: 'local-never-src',
      severity: 'error',
      comment: 'The stack runs the compiled app; it shares no code with it, or faults would hide each other.',
      from: { path: '^local/' },
      to: { path: '^src/', reachable: true },
    },
    {
      name: 'independent-is-independent',
      severity: 'error',
      comment: 'The independent reader is written from docs/format.md alone.',
      from: { path: '^test/independent/' },
      to: { path: '^(src|local)/', reachable: true },
    },
    only(
      'domain-is-pure',
      '^src/(contracts|domain)/',
      '^src/(contracts|domain)/|node_modules/(zod|cron-parser)/',
      'contracts and domain import nothing outside themselves but zod and cron-parser, which are pure',
    ),
    {
      name: 'domain-reaches-nothing',
      severity: 'error',
      from: { path: '^src/(contracts|domain)/' },
      to: { path: '^(src/(?!contracts|domain)|node_modules/@azure|node_modules/durable)', reachable: true },
    },
    only(
      'orchestrations-are-deterministic',
      '^src/orchestrations/',
      '^src/(orchestrations|contracts|domain)/|node_modules/durable-functions/',
      'orchestrations see contracts, domain and durable-functions',
    ),
    {
      name: 'orchestrations-reach-nothing',
      severity: 'error',
      from: { path: '^src/orchestrations/' },
      to: {
        path: '^src/(vault|archive|ledger|crypto|alerts|control-plane|access|activities|functions|cli|main|settings)',
        reachable: true,
      },
    },
    only(
      'activities-use-ports',
      '^src/activities/',
      '^src/(activities|operations|contracts|domain)/|^src/(errors|log|clock|in-parallel)\\.ts$|^src/(vault|archive|ledger|crypto|alerts|control-plane|access)/port|^(node:)?(crypto)$',
      'activities see operations, contracts, domain and the ports',
    ),
    only(
      'operations-use-ports',
      '^src/operations/',
      '^src/(operations|contracts|domain)/|^src/(errors|log|clock)\\.ts$|^src/(vault|archive|ledger|crypto|alerts|control-plane|access)/port|^(node:)?(crypto)$',
      'operations see contracts, domain and the ports',
    ),
    {
      name: 'activities-without-sdks',
      severity: 'error',
      from: { path: '^src/(activities|operations)/' },
      to: { path: 'node_modules/@azure', reachable: true },
    },
    only(
      'functions-are-thin',
      '^src/functions/',
      '^src/(functions|operations|contracts|domain)/|^src/(errors|log|clock)\\.ts$|^src/activities/handler\\.ts$|^src/(vault|archive|ledger|crypto|alerts|control-plane|access)/port|node_modules/(@azure/functions|durable-functions|zod)/|^(node:)?(crypto)$',
      'functions parse, start or query, respond',
    ),
    {
      name: 'adapters-stand-alone',
      severity: 'error',
      from: { path: '^src/(vault|archive|ledger|crypto|alerts|control-plane|access)/' },
      to: { path: '^src/(activities|functions|orchestrations|main|cli)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules/@azure/functions-core|node_modules/@types' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
