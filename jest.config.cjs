const transform = {
  '^.+\\.[cm]?[jt]s$': [
    '@swc/jest',
    { module: { type: 'commonjs' }, jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' },
  ],
};

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Those have a command of their own: npm run test:long.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/long/'],
  transform,
  transformIgnorePatterns: [
    '/node_modules/(?!(jose|commander|listr2|pkijs|asn1js|bytestreamjs|@noble/hashes|@peculiar/utils)/)',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.build/', '<rootDir>/package/'],
  // These machines differ widely in speed. A test that hangs ends here; no test asserts a duration.
  testTimeout: 600_000,
  maxWorkers: 2,
};
