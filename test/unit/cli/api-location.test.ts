import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateApi } from '../../../src/cli/api-location';
import { CliFailure } from '../../../src/cli/cli-failure';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'strongroom-location-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function writeStack(folder: string, content: unknown): string {
  mkdirSync(join(folder, '.strongroom'), { recursive: true });
  const path = join(folder, '.strongroom', 'stack.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const stack = { api: 'http://127.0.0.1:7071', token: 'stack-token', vaultGateway: 'http://127.0.0.1:7072' };

function locate(api?: string, environment: Record<string, string> = {}, workingDirectory = root): unknown {
  return locateApi({ api, environment, workingDirectory });
}

function failure(locating: () => unknown): CliFailure {
  try {
    locating();
  } catch (error) {
    if (error instanceof CliFailure) return error;
  }
  throw new Error('expected a CliFailure');
}

const FROM_ENVIRONMENT = { value: 'token', source: 'STRONGROOM_TOKEN' };

test('--api comes before the environment, and that before a stack file', () => {
  writeStack(root, stack);
  const environment = { STRONGROOM_API: 'https://env.example/', STRONGROOM_TOKEN: 'token' };
  expect(locate('https://option.example', environment)).toMatchObject({
    base: 'https://option.example',
    token: FROM_ENVIRONMENT,
  });
  expect(locate(undefined, environment)).toEqual({
    base: 'https://env.example',
    token: FROM_ENVIRONMENT,
    source: 'STRONGROOM_API',
  });
});

test('the nearest stack file upward is found', () => {
  const below = join(root, 'a', 'b');
  mkdirSync(below, { recursive: true });
  writeStack(root, { ...stack, api: 'http://127.0.0.1:1' });
  const path = writeStack(join(root, 'a'), stack);
  expect(locate(undefined, {}, below)).toEqual({
    base: stack.api,
    token: { value: 'stack-token', source: path },
    source: path,
  });
});

test('the token of a stack file goes to its own address only', () => {
  writeStack(root, stack);
  expect(locate('http://127.0.0.1:7071/')).toMatchObject({ token: { value: 'stack-token' } });
  expect(locate(undefined, { STRONGROOM_API: stack.api })).toMatchObject({ token: { value: 'stack-token' } });
  expect(locate(undefined, { STRONGROOM_TOKEN: 'token' })).toMatchObject({ base: stack.api, token: FROM_ENVIRONMENT });
  expect(locate('http://127.0.0.1:7072')).toMatchObject({ token: undefined });
  writeStack(root, 'damaged');
  expect(locate('http://127.0.0.1:7071')).toMatchObject({ token: undefined });
});

test('none at all says all three ways', () => {
  const { facts } = failure(() => locate());
  expect(facts.exit).toBe(2);
  const hints = facts.hints?.join('\n');
  for (const way of ['--api URL', 'STRONGROOM_API', '.strongroom/stack.json']) expect(hints).toContain(way);
});

test.each([['no JSON'], [{ api: stack.api }], [[]]])('a stack file with %j is refused by its path', (content) => {
  const path = writeStack(root, content);
  expect(failure(() => locate()).message).toContain(path);
});

test('a stack file that names another machine is not believed', () => {
  writeStack(root, { ...stack, api: 'https://strongroom.example' });
  expect(failure(() => locate()).message).toContain('names another machine');
  expect(locate('https://strongroom.example')).toMatchObject({ token: undefined });
});

test('a stack file that cannot be read is told', () => {
  mkdirSync(join(root, '.strongroom', 'stack.json'), { recursive: true });
  expect(failure(() => locate()).message).toContain('(EISDIR)');
});

test.each(['localhost:7071', 'ftp://example', 'nonsense'])('the address %s is refused', (address) => {
  expect(failure(() => locate(address)).code).toBe('invalid_api_address');
});

test.each(['https://x.example/?code=sesame', 'https://user:sesame@x.example', 'https://x.example/#sesame'])(
  'an address that may hold a token is refused and not repeated',
  (address) => {
    const { message } = failure(() => locate(address));
    expect(message).toContain('bare address');
    expect(message).not.toContain('sesame');
  },
);

test('a token does not travel in clear text to another machine', () => {
  const environment = { STRONGROOM_TOKEN: 'sesame' };
  expect(failure(() => locate('http://strongroom.example', environment)).message).toContain('use https');
  expect(locate('http://strongroom.example')).toMatchObject({ token: undefined });
  expect(locate('http://[::1]:7071', environment)).toMatchObject({ token: { value: 'sesame' } });
});

test('a token that no header can carry is refused and not repeated', () => {
  const { code, message } = failure(() => locate('https://x.example', { STRONGROOM_TOKEN: 'ses\name' }));
  expect(code).toBe('invalid_token');
  expect(message).not.toContain('ses');
});
