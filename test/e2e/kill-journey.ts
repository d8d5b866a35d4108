import { TableClient } from '@azure/data-tables';
import { type RunView } from '../../src/contracts/api';
import { type KillPoint } from '../../local/stack/host-killer';
import { type AppOnStack } from './app-on-stack';
import { type ArchiveJudge } from './archive-judge';

/** What lay in archive and ledger at the moment of a kill, and so was promised. */
interface Promised {
  /** Paths of all blobs. */
  paths: string[];
  /** The outcomes that the ledger held, as JSON by row. */
  outcomes: Map<string, string>;
}

/** A backup that went through kills of the host, and what had been promised when each of them struck. */
export interface Journey {
  run: RunView;
  promised: Promised[];
}

/** Kills the host (which holds the app) at points of its work, starts it again each time, and notes what it had promised. */
export class KillJourneys {
  constructor(
    private readonly app: AppOnStack,
    private readonly judge: ArchiveJudge,
  ) {}

  /**
   * Backs up a vault while the host is killed at one point after the other: each is laid when the one before has struck, and counts from
   * there. Points that the run does not come by do not strike.
   */
  async backUp(vault: string, points: readonly KillPoint[]): Promise<Journey> {
    return this.through(points, async () => {
      const { runId, runs } = await this.app.start({ vaults: [vault] });
      await this.app.waitFor(runId);
      return runs[0]?.runId ?? '';
    });
  }

  /** The same for any work that ends with a run, whose id it tells. */
  async through(points: readonly KillPoint[], work: () => Promise<string>): Promise<Journey> {
    const promised: Promised[] = [];
    const kills = await this.layNext(points, promised);
    const runId = await work();
    await this.app.stack.control.delete('/vault-service/tripwires');
    await this.app.stack.control.delete('/storage/tripwires');
    await kills.done();
    return { run: await this.app.run(runId), promised };
  }

  /** Asks for a backup while the host is killed at a point of the asking itself, and starts the host again. */
  async killWhileAsking(vault: string, point: KillPoint): Promise<{ wasAnswered: boolean }> {
    const { killed } = await this.app.stack.killHostAt(point);
    const wasAnswered = await this.app.start({ vaults: [vault] }).then(
      () => true,
      () => false,
    );
    await killed;
    await this.app.stack.startHost();
    return { wasAnswered };
  }

  /** What archive and ledger hold now. */
  async promises(): Promise<Promised> {
    const { connections } = this.app.stack.endpoints;
    const objects = TableClient.fromConnectionString(connections.account, 'objects', { allowInsecureConnection: true });
    const outcomes = new Map<string, string>();
    for await (const { etag: _etag, timestamp: _timestamp, ...row } of objects.listEntities()) {
      if (row['outcome'] !== undefined) outcomes.set(`${row.partitionKey}/${row.rowKey}`, JSON.stringify(row));
    }
    return { paths: await this.judge.paths(), outcomes };
  }

  /** Lays the first point; when it strikes, notes the promises, lays the next one and starts the host again. */
  private async layNext(
    [point, ...rest]: readonly KillPoint[],
    promised: Promised[],
  ): Promise<{ done(): Promise<void> }> {
    if (point === undefined) return { done: () => Promise.resolve() };
    const { killed } = await this.app.stack.killHostAt(point);
    let revival = Promise.resolve();
    void killed.then(() => {
      revival = this.revive(rest, promised);
      // Whoever waits for the journey gets to know it.
      revival.catch(() => undefined);
    });
    return { done: () => revival };
  }

  private async revive(rest: readonly KillPoint[], promised: Promised[]): Promise<void> {
    promised.push(await this.promises());
    const next = await this.layNext(rest, promised);
    await this.app.stack.startHost();
    await next.done();
  }
}
