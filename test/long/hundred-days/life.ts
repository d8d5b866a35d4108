import { type RunList, type RunView, type SnapshotList } from '../../../src/contracts/api';
import { type Tier } from '../../../src/contracts/objects';
import { type KillPoint } from '../../../local/stack/host-killer';
import { type AppOnStack } from '../../e2e/app-on-stack';
import { lineOf } from './calendar';

/** A scheduled backup that has to be served. */
export interface Due {
  vault: string;
  tier: Tier;
  /** ISO 8601. */
  occurrence: string;
}

/** Lets time pass over the app, and looks at what it has done by itself. */
export class Life {
  constructor(private readonly app: AppOnStack) {}

  /** Waits until every one of these has been served and has ended; the runs, in the same order. */
  async served(dues: readonly Due[]): Promise<RunView[]> {
    return Promise.all(
      dues.map(({ vault, tier, occurrence }) =>
        this.#ended(`vault=${vault}&tier=${tier}&kind=backup`, ({ scheduledFor }) => scheduledFor === occurrence),
      ),
    );
  }

  /** Waits until the prune of that occurrence has ended. */
  async pruned(occurrence: string): Promise<RunView> {
    return this.#ended('kind=prune', ({ scheduledFor }) => scheduledFor === occurrence);
  }

  /** Does something while the host is to be killed at a point of it, and starts the host again when that has struck. */
  async killedAt(point: KillPoint, act: () => Promise<void>): Promise<void> {
    const { killed } = await this.app.stack.killHostAt(point);
    await act();
    await killed;
    await this.app.stack.startHost();
  }

  /** What the catalog lists, one line for each snapshot, in order. */
  async catalog(): Promise<string[]> {
    const lines: string[] = [];
    let continuation: string | null = null;
    do {
      const next: string = continuation === null ? '' : `&continuation=${encodeURIComponent(continuation)}`;
      const { body } = await this.app.call<SnapshotList>('GET', `/snapshots?limit=200${next}`);
      lines.push(...body.snapshots.map((snapshot) => lineOf({ ...snapshot, occurrence: snapshot.scheduledFor ?? '' })));
      ({ continuation } = body);
    } while (continuation !== null);
    return lines.sort();
  }

  async #ended(query: string, fits: (run: RunView) => boolean): Promise<RunView> {
    for (;;) {
      const answer = await this.app.call<RunList>('GET', `/runs?limit=5&${query}`).catch(() => undefined);
      const run = answer?.status === 200 ? answer.body.runs.find(fits) : undefined;
      if (run !== undefined && run.endedAt !== null) return run;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }
}
