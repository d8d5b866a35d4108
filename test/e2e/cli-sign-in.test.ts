import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../local/project-root';
import { API_AUDIENCE, OPERATOR } from '../../local/stack/estate';
import { type CallerView } from '../../src/contracts/api';
import { AppOnStack } from './app-on-stack';

// The compiled program signs in with Azure's own library at the stack's issuer, and calls the compiled app.

const CLI = join(PROJECT_ROOT, 'dist', 'cli');

let app: AppOnStack;
beforeAll(async () => {
  app = await AppOnStack.start({}, { modes: { timers: false } });
});
afterAll(() => app.stop());

interface Ended {
  exit: number;
  stdout: string;
  stderr: string;
}

function node(argv: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const env = { PATH: process.env['PATH'], ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd: '/', env }, (error, stdout, stderr) => {
      resolve({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

const strongroom = (argv: readonly string[], environment: Record<string, string>): Promise<Ended> =>
  node([join(CLI, 'main.js'), ...argv], { STRONGROOM_API: app.stack.endpoints.api, ...environment });

/** A machine with a managed identity: the operator's. */
function managedIdentity(): Record<string, string> {
  const { identity, identityHeader } = app.stack.endpoints;
  return {
    STRONGROOM_SCOPE: `api://${API_AUDIENCE}/.default`,
    IDENTITY_ENDPOINT: `${identity}/msi/token`,
    IDENTITY_HEADER: identityHeader,
    AZURE_CLIENT_ID: OPERATOR.clientId,
  };
}

test('as a managed identity', async () => {
  const { exit, stdout, stderr } = await strongroom(['whoami', '--json'], managedIdentity());
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const me = JSON.parse(stdout) as CallerView;
  expect(me).toMatchObject({ objectId: OPERATOR.oid, appId: OPERATOR.clientId, roles: OPERATOR.roles });
});

test('with a token at hand', async () => {
  const reader = await app.tokenFor({ roles: ['Strongroom.Reader'] });
  const { exit, stdout } = await strongroom(['whoami'], { STRONGROOM_TOKEN: reader });
  expect({ exit, roles: /roles +(.*)/.exec(stdout)?.[1] }).toEqual({ exit: 0, roles: 'Strongroom.Reader' });
  const refused = await strongroom(['backup', 'now'], { STRONGROOM_TOKEN: reader });
  expect(refused.exit).toBe(5);
  expect(refused.stderr).toContain('role_missing: This needs one of the app roles Strongroom.Operator');
  expect(refused.stderr).toContain('strongroom whoami');
});

test('a token that has expired says what to do, and is not repeated', async () => {
  const old = await app.tokenFor({ expiresIn: -600 });
  const { exit, stderr } = await strongroom(['runs', 'list'], { STRONGROOM_TOKEN: old });
  expect(exit).toBe(5);
  expect(stderr).toContain('unauthenticated');
  expect(stderr).toContain('STRONGROOM_TOKEN has expired');
  expect(stderr).not.toContain(old.slice(-30));
});

test('nobody to sign in as: exit code 5, with what to do', async () => {
  const environment = { ...managedIdentity(), AZURE_CLIENT_ID: OPERATOR.oid };
  const { exit, stdout, stderr } = await strongroom(['runs', 'list'], environment);
  expect({ exit, stdout }).toEqual({ exit: 5, stdout: '' });
  expect(stderr).toContain('sign_in_failed');
});

test('a redirection gets no token', async () => {
  const seen: (string | undefined)[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(307, { location: `http://localhost:${port()}/elsewhere` }).end();
  });
  const port = (): number => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const environment = { STRONGROOM_API: `http://127.0.0.1:${port()}`, STRONGROOM_TOKEN: 'sesame' };
    expect(await strongroom(['runs', 'list'], environment)).toMatchObject({ exit: 6 });
    expect(seen).toEqual(['Bearer sesame']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("Azure's library is loaded when somebody signs in, and not before", async () => {
  const script = (argv: readonly string[]): string => `
    process.argv = ['node', 'main.js', ...${JSON.stringify(argv)}];
    process.on('exit', () => {
      const loaded = Object.keys(require.cache).some((file) => file.includes('@azure'));
      process.stderr.write('loaded: ' + loaded);
    });
    require(${JSON.stringify(join(CLI, 'main.js'))});`;
  const loaded = async (argv: readonly string[], environment: Record<string, string>): Promise<string> => {
    const all = { STRONGROOM_API: app.stack.endpoints.api, ...environment };
    return (await node(['-e', script(argv)], all)).stderr;
  };
  expect(await loaded(['health'], managedIdentity())).toBe('loaded: false');
  expect(await loaded(['runs', 'list'], { STRONGROOM_TOKEN: await app.tokenFor() })).toBe('loaded: false');
  expect(await loaded(['runs', 'list'], managedIdentity())).toBe('loaded: true');
});
