import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../local/project-root';
import { type StackEndpoints } from '../../../local/stack/start-stack';

const STACK_FILE = join(PROJECT_ROOT, '.strongroom', 'stack.json');

const folder = mkdtempSync(join(tmpdir(), 'strongroom-start-'));
const commands: ChildProcess[] = [];
let stackFileBefore: string | undefined;

// A stack that the developer keeps up beside the tests gets its file back.
beforeAll(() => {
  if (existsSync(STACK_FILE)) stackFileBefore = readFileSync(STACK_FILE, 'utf8');
});
afterAll(() => {
  for (const { pid, exitCode, signalCode } of commands)
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, 'SIGKILL');
  if (stackFileBefore !== undefined) writeFileSync(STACK_FILE, stackFileBefore, { mode: 0o600 });
  rmSync(folder, { recursive: true, force: true });
});

/** `npm start` without npm: the same program, in a process group of its own as under a terminal. */
class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  #stdout = '';
  #stderr = '';

  constructor(...parameters: string[]) {
    this.child = spawn(process.execPath, [join(PROJECT_ROOT, '.build/local/stack/main.js'), ...parameters], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    commands.push(this.child);
    this.child.stdout!.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.child.stderr!.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  async untilPrinted(text: string): Promise<string> {
    while (!this.#stdout.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`Ended early: ${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.#stdout;
  }

  async endpoints(): Promise<StackEndpoints> {
    return JSON.parse(await this.untilPrinted('\n')) as StackEndpoints;
  }

  /** Ctrl-C: the signal goes to the whole group. */
  interrupt(): void {
    process.kill(-this.child.pid!, 'SIGINT');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function processesOf({ control }: StackEndpoints): Promise<number[]> {
  return Object.values((await (await fetch(`${control}/processes`)).json()) as Record<string, number>);
}

test('one line of JSON, the stack file, and after Ctrl-C neither file nor process; the next start finds everything again', async () => {
  const data = join(folder, 'kept');
  const first = new Command('--json', '--data', data);
  const endpoints = await first.endpoints();
  expect(Object.keys(endpoints)).toEqual(
    expect.arrayContaining(['api', 'token', 'vaultGateway', 'blob', 'queue', 'table', 'identity', 'control', 'data']),
  );
  expect((await fetch(`${endpoints.api}/api/health`)).status).toBe(200);
  expect(JSON.parse(readFileSync(STACK_FILE, 'utf8'))).toMatchObject({
    api: endpoints.api,
    token: endpoints.token,
  });
  expect(statSync(STACK_FILE).mode & 0o777).toBe(0o600);
  const processes = await processesOf(endpoints);
  expect(processes).toHaveLength(4);

  const second = await new Command('--data', data).ended;
  expect(second).toEqual({
    code: 1,
    stdout: '',
    stderr: `The data folder ${data} is in use by the stack with process id ${String(first.child.pid)}. Stop that one first.\n`,
  });

  await fetch(`${endpoints.control}/clock`, { method: 'PUT', body: '{"advanceSeconds":864000}' });
  await fetch(`${endpoints.control}/storage/containers/mine`, { method: 'PUT', body: '{"retentionDays":3}' });
  await fetch(`${endpoints.control}/vault-service/vaults/mine-vault`, {
    method: 'PUT',
    body: '{"subscriptionId":"s","geography":"Asia"}',
  });
  first.interrupt();
  const { code, stdout, stderr } = await first.ended;
  expect({ code, stderr, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 0, stderr: '', lines: 1 });
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(STACK_FILE)).toBe(false);

  const again = new Command('--json', '--data', data);
  const fresh = { token: expect.any(String) as string, managementToken: expect.any(String) as string };
  expect(await again.endpoints()).toEqual({ ...endpoints, ...fresh });
  const { now } = (await (await fetch(`${endpoints.control}/clock`)).json()) as { now: string };
  expect(Date.parse(now)).toBeGreaterThan(Date.now() + 863_000_000);
  expect((await fetch(`${endpoints.control}/storage/containers/mine`)).status).toBe(200);
  expect((await fetch(`${endpoints.control}/vault-service/vaults/mine-vault`)).status).toBe(200);

  // A supervisor that is killed takes its parts with it, and the next one does not start on what they still write.
  const parts = await processesOf(endpoints);
  again.child.kill('SIGKILL');
  await again.ended;
  const third = new Command('--data', data);
  const table = await third.untilPrinted('ready\n');
  expect(parts.filter(isAlive)).toEqual([]);
  expect(table).toContain(endpoints.blob);
  third.child.kill('SIGTERM');
  expect((await third.ended).code).toBe(0);
});

test('the stack for a foreign host writes its settings, and no settings of somebody else', async () => {
  const file = join(folder, 'local.settings.json');
  writeFileSync(file, '{"mine": true}');
  const refused = await new Command('--foreign-host', '--ephemeral', '--settings', file).ended;
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('was not written by npm run settings:foreign-host');

  const command = new Command('--foreign-host', '--ephemeral', '--settings', file, '--force', '--json');
  const { api, control } = await command.endpoints();
  expect(api).toBe('');
  expect(await processesOf({ control } as StackEndpoints)).toHaveLength(3);
  const { IsEncrypted, Values } = JSON.parse(readFileSync(file, 'utf8')) as {
    IsEncrypted: boolean;
    Values: Record<string, string>;
  };
  expect(IsEncrypted).toBe(false);
  expect(Values['AzureWebJobsStorage']).toMatch(
    /BlobEndpoint=http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1;QueueEndpoint=.*;TableEndpoint=/,
  );
  expect(Values).toMatchObject({ FUNCTIONS_WORKER_RUNTIME: 'node', AZURE_FUNCTIONS_ENVIRONMENT: 'Development' });
  expect(Object.values(Values).every((value) => typeof value === 'string')).toBe(true);
  expect(JSON.parse(Values['PROTECTED_VAULTS']!)).toHaveLength(2);
  command.interrupt();
  expect((await command.ended).code).toBe(0);
  expect(existsSync(file)).toBe(true);
});

test('a port in use is told in one line', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  const { code, stdout, stderr } = await new Command('--ephemeral', '--port', `${port}`).ended;
  holder.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^.*${port}.*in use.*\n$`));
});

test('a folder that cannot be written to is told in one line', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const { code, stderr } = await new Command('--data', join(file, 'below')).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The data folder .* cannot be written to \(ENOTDIR\).*\n$/);
});

test.each([
  [['--porrt', '1'], "Unknown option '--porrt'"],
  [['--port', 'http'], '--port takes a whole number'],
  [['--ephemeral', '--data', 'x'], 'not both'],
  [['--settings', 'x'], 'settings:foreign-host'],
])('the command line %j is refused in one line', async (parameters, reason) => {
  const { code, stdout, stderr } = await new Command(...parameters).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(reason);
  expect(stderr.trimEnd()).not.toContain('\n');
});
