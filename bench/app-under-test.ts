import { setTimeout as pause } from 'node:timers/promises';
import { odata, TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { type Stack } from '../local/stack/start-stack';
import { type RunView, type StartedBackup } from '../src/contracts/api';
import { hasEnded } from '../src/contracts/runs';
import { type Measurement } from './measurement';

const POLL_MS = 1_000;

const durableFigures = z.object({
  durable: z.object({ replays: z.number(), replayedBytes: z.number(), activities: z.number() }),
});
const requestLog = z.object({
  next: z.number(),
  requests: z.array(z.object({ operation: z.string(), vault: z.string(), object: z.string(), time: z.string() })),
});

/** Figures of the durable engine, since the host's start. */
export type DurableFigures = z.infer<typeof durableFigures>['durable'];

/** The compiled app on the stack's host, asked through its API. */
export class AppUnderTest {
  constructor(
    private readonly stack: Stack,
    private readonly latencyMs: number,
  ) {}

  /** Backs up one vault: from the request to the end that the run's record states. Polls once a second, which costs the app a little. */
  async run(vault: string): Promise<Measurement> {
    const logged = await this.#requestLog(Number.MAX_SAFE_INTEGER);
    const began = Date.now();
    const started = (await this.#call('/api/backups', { vaults: [vault], tier: 'daily' })) as StartedBackup;
    const run = await this.#end(started.runId);
    if (run.status !== 'succeeded')
      throw new Error(`The app's run ended as ${run.status}, ${run.code ?? 'without a code'}.`);
    const backup = started.runs[0]?.runId ?? '';
    const objectMs = await this.#objectTimes(vault, backup, logged.next);
    return { objects: run.counts.stored, elapsedMs: Date.parse(run.endedAt ?? '') - began, objectMs };
  }

  /** What the durable engine has done so far. */
  async durable(): Promise<DurableFigures> {
    return durableFigures.parse(await this.#call('/admin/host/status')).durable;
  }

  async #end(runId: string): Promise<RunView> {
    for (;;) {
      await pause(POLL_MS);
      const run = (await this.#call(`/api/runs/${runId}`)) as RunView;
      if (hasEnded(run.status)) return run;
    }
  }

  /**
   * From when an object's first request reached the vault until its outcome was recorded in the ledger. The vault notes when it
   * answered, so its latency is added. Its log holds the last 5,000 requests; objects before them are left out.
   */
  async #objectTimes(vault: string, runId: string, since: number): Promise<number[]> {
    const { requests } = await this.#requestLog(since);
    const begun = new Map<string, number>();
    for (const { operation, object, time, vault: where } of requests) {
      const [collection, call] = operation.split('.');
      if (where === vault && call === 'versions')
        begun.set(`${collection ?? ''} ${object}`, Date.parse(time) - this.latencyMs);
    }
    const table = TableClient.fromConnectionString(this.stack.endpoints.connections.account, 'objects', {
      allowInsecureConnection: true,
    });
    const filter = odata`PartitionKey ge ${`${runId}-`} and PartitionKey lt ${`${runId}.`} and outcome eq 'stored'`;
    const times: number[] = [];
    for await (const row of table.listEntities<{ kind: string; name: string }>({ queryOptions: { filter } })) {
      const start = begun.get(`${row.kind}s ${row.name}`);
      if (start !== undefined) times.push(Date.parse(row.timestamp ?? '') - start);
    }
    return times;
  }

  async #requestLog(since: number): Promise<z.infer<typeof requestLog>> {
    return requestLog.parse(await this.stack.control.get(`/vault-service/requests?since=${since}`));
  }

  async #call(path: string, body?: object): Promise<unknown> {
    const { api, token, functionKey } = this.stack.endpoints;
    // The app wants the token, the host's own admin endpoints want its key.
    const headers = {
      authorization: `Bearer ${token}`,
      'x-functions-key': functionKey,
      'content-type': 'application/json',
    };
    const response = await fetch(`${api}${path}`, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
