/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  // One more than the cores of the smallest machine: many tests wait for processes, timers and servers.
  maxWorkers: 3,
  // A worker that has loaded the CDK and the clients grows to 3 GB, and collecting that garbage takes a fifth of the run.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
};
