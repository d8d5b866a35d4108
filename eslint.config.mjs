import tseslint from 'typescript-eslint';

const ORCHESTRATION_RULES = [
  { selector: "Identifier[name='Date']", message: 'Orchestrations take time from context.df.currentUtcDateTime.' },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Orchestrations must be deterministic.',
  },
  { selector: "Identifier[name='process']", message: 'Orchestrations read no environment.' },
  {
    selector: 'Identifier[name=/^(fetch|setTimeout|setInterval|setImmediate|queueMicrotask|crypto|performance)$/]',
    message: 'Orchestrations reach the outside world through activities only.',
  },
  { selector: ':function[async=true]', message: 'Orchestrations are generators; async code belongs into activities.' },
  { selector: 'AwaitExpression', message: 'Orchestrations are generators; async code belongs into activities.' },
];

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      '.build/**',
      'package/**',
      'node_modules/**',
      '*.config.mjs',
      '*.config.cjs',
      '.dependency-cruiser.cjs',
      'coverage/**',
    ],
  },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'local/**/*.ts', 'bench/**/*.ts', 'demo/**/*.ts', 'test/independent/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/settings.ts', 'src/cli/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Only src/settings.ts reads the environment.',
        },
      ],
    },
  },
  { files: ['src/orchestrations/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...ORCHESTRATION_RULES] } },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
);
