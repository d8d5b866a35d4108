import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type AlertKind, type AlertList, type AlertView } from '../../src/contracts/alerts';
import { type RunView } from '../../src/contracts/api';
import { type ErrorCode } from '../../src/contracts/error-codes';
import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { AppOnStack, type Seed } from './app-on-stack';
import { ArchiveJudge, offlinePair } from './archive-judge';

const PROJECT = join(__dirname, '..', '..');
const PROGRAM = join(PROJECT, 'dist', 'cli', 'main.js');
export const READS_VALUES = [...SOURCE_ACTIONS, 'secrets/getSecret/action'];

/** What a person is to see of a run: by the API, on the command line and as an alert. */
interface Sight {
  status: RunView['status'];
  code?: ErrorCode | null;
  warnings?: ErrorCode[];
  /** Open alerts of the run by kind, with the code that each tells; none if absent. */
  alerts?: Partial<Record<AlertKind, ErrorCode | null>>;
}

/**
 * The app on a stack where something goes wrong: vaults with secrets, keys and certificates that are backed up in small batches, one after the other,
 * natively and portably. Says after each fault what a person sees, and that nothing was lost.
 */
export class FaultScene {
  /** The digests of all manifests that were ever proved, by snapshot. */
  readonly #proved = new Map<string, string>();

  private constructor(
    readonly app: AppOnStack,
    readonly judge: ArchiveJudge,
    private readonly folder: string,
    /** The settings of the Functions host, for another one beside it. */
    readonly hostJson: string,
  ) {}

  /** Without `timers` no schedule comes in the way of a clock that is moved. */
  static async open(vaults: Record<string, Seed>, { timers = false } = {}): Promise<FaultScene> {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-faults-'));
    const host = JSON.parse(readFileSync(join(PROJECT, 'host.json'), 'utf8')) as {
      extensions: { durableTask: object };
    };
    // One activity at a time, so that there is a time between the first batch and the last.
    Object.assign(host.extensions.durableTask, { maxConcurrentActivityFunctions: 1 });
    const hostJson = join(folder, 'host.json');
    writeFileSync(hostJson, JSON.stringify(host));
    const settings = { BATCH_SIZE: '5', PAGE_SIZE: '10' };
    const app = await AppOnStack.start(vaults, { hostJson, settings, modes: { timers } });
    const scene = new FaultScene(app, await ArchiveJudge.join(app.stack, await offlinePair()), folder, hostJson);
    for (const vault of Object.keys(vaults)) {
      await scene.allow(vault, READS_VALUES);
      const request = { body: scene.planOf(vault), headers: { 'if-none-match': '*' } };
      expect((await app.call('PUT', `/plans/${vault}`, request)).status).toBe(201);
    }
    return scene;
  }

  async close(): Promise<void> {
    await this.app.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** The plan of a vault: secrets and certificates are to be taken natively and portably. */
  planOf(vault: string): object {
    const both = ['native', 'portable'];
    const payloads = { secret: both, certificate: both };
    return {
      url: `https://${vault}.vault.azure.net`,
      subscriptionId: SUBSCRIPTION_ID,
      geography: GEOGRAPHY,
      payloads,
    };
  }

  /** Gives the app these rights on a vault and takes all others away; without `actions`, all that a plan with values needs. */
  async allow(vault: string, actions: string[] = READS_VALUES): Promise<void> {
    await this.app.stack.control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault, actions });
  }

  /** All that the app needs on a vault but this. */
  allowAllBut(vault: string, ...actions: string[]): Promise<void> {
    return this.allow(
      vault,
      READS_VALUES.filter((action) => !actions.includes(action)),
    );
  }

  /** Lays a fault: of the vaults, or of the storage if it names a service. */
  async lay(fault: { kind: string; service?: string } & Record<string, unknown>): Promise<void> {
    await this.app.stack.control.post(`/${fault.service === undefined ? 'vault-service' : 'storage'}/faults`, fault);
  }

  /** Takes all faults away, and all distance. */
  async mend(): Promise<void> {
    const { control } = this.app.stack;
    await control.delete('/vault-service/faults');
    await control.delete('/storage/faults');
    await control.put('/vault-service/latency', { ms: 0 });
  }

  /** Starts a backup and comes back when its first batch is done, with those after it to come. The vaults stay slow. */
  async underWay(vault: string): Promise<{ estate: string; run: string }> {
    await this.app.stack.control.put('/vault-service/latency', { ms: 80 });
    const { runId, runs } = await this.app.start({ vaults: [vault] });
    const run = runs[0]?.runId ?? '';
    const { endedAt } = await this.app.waitFor(run, ({ progress }) => progress.done >= 5);
    expect(endedAt).toBeNull();
    return { estate: runId, run };
  }

  /** Waits for a run whose pauses are cut short: they are durable timers, which follow the clock. */
  async hurry(runId: string, stepMs = 60_000): Promise<RunView> {
    for (;;) {
      const run = await this.app.run(runId).catch(() => undefined);
      if (run?.endedAt != null) return run;
      await this.app.stack.moveClock({ byMs: stepMs });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** What the API, the command line and the alerts say of a run that has ended. */
  async expectTold(runId: string, { status, code = null, warnings = [], alerts = {} }: Sight): Promise<RunView> {
    const run = await this.app.run(runId);
    expect([run.status, run.code, run.warnings]).toEqual([status, code, warnings]);
    if (status !== 'succeeded' && status !== 'partial') expect(run.snapshot).toBeNull();

    const shown = await this.commandLine('runs', 'show', runId);
    expect(shown).toMatch(new RegExp(`status +${status}`));
    for (const told of [...warnings, ...(code === null ? [] : [code])]) expect(shown).toContain(told);

    const open = (await this.openAlerts()).filter((alert) => alert.runId === runId);
    expect(Object.fromEntries(open.map((alert) => [alert.kind, alert.code]))).toEqual(alerts);
    return run;
  }

  /**
   * Nothing was lost: with the cause mended, the next run of the vault is good, its snapshot follows the one before, opens, and all
   * snapshots that were ever proved are there as they were; no alert of the vault is open.
   */
  async expectGoodAgain(vault: string): Promise<RunView> {
    await this.mend();
    await this.allow(vault);
    const run = await this.app.backUp(vault);
    expect(run).toMatchObject({ status: 'succeeded', code: null, warnings: [], counts: { failed: 0, absent: 0 } });
    await this.expectProved(run);
    expect((await this.openAlerts()).filter((alert) => alert.vault === vault || alert.vault === null)).toEqual([]);
    return run;
  }

  /** Somebody else proves the archive, and that a run's snapshot is the newest and holds what the run says. */
  async expectProved(run: RunView): Promise<void> {
    const vault = run.vault ?? '';
    const snapshots = await this.judge.snapshots(vault);
    expect(snapshots.every(({ blobs }) => blobs === 'intact')).toBe(true);
    const [newest, before] = snapshots;
    expect(newest?.id).toBe(run.snapshot);
    expect(newest?.manifest.sequence).toBe((before?.manifest.sequence ?? 0) + 1);
    const stored = new Map(snapshots.map(({ id, digest }) => [`${vault} ${id}`, digest]));
    for (const [id, digest] of this.#proved) if (id.startsWith(`${vault} `)) expect(stored.get(id)).toBe(digest);
    for (const [id, digest] of stored) this.#proved.set(id, digest);

    const index = await this.judge.openAll(newest!);
    const rows = await this.app.objects(run.id);
    const line = (one: { kind: string; name: string; outcome: string | null; code?: string | null }): string =>
      `${one.kind} ${one.name} ${one.outcome ?? '-'} ${one.code ?? '-'}`;
    expect(index.map(line)).toEqual(rows.map(line));
  }

  /** From now on only this snapshot has to be there: the others were pruned. */
  forgetAllBut(snapshot: string): void {
    for (const id of this.#proved.keys()) if (!id.endsWith(` ${snapshot}`)) this.#proved.delete(id);
  }

  /** All that runs have raised; how the archive's containers are protected is not at stake here. */
  async openAlerts(): Promise<AlertView[]> {
    const { body } = await this.app.call<AlertList>('GET', '/alerts?open=true&limit=200');
    return body.alerts.filter(({ kind }) => kind !== 'archive_policy_trouble');
  }

  /** What the compiled program prints; it must not fail. */
  private async commandLine(...argv: string[]): Promise<string> {
    const { api, token } = this.app.stack.endpoints;
    const child = spawn(process.execPath, [PROGRAM, ...argv], {
      env: { PATH: process.env['PATH'], STRONGROOM_API: api, STRONGROOM_TOKEN: token },
    });
    child.stdin.end();
    const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(errors).toBe('');
    return printed;
  }
}
