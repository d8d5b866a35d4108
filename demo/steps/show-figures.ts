import { count, type Narrator } from '../narrator';
import { type StoredSnapshot } from './back-up';

/** What the demo has measured. */
export interface Figures {
  readonly versions: number;
  /** Of the large vault. */
  readonly backups: readonly StoredSnapshot[];
  readonly shopBackups: readonly StoredSnapshot[];
  /** How many snapshots were pruned. */
  readonly pruned: number;
  readonly tampered: number;
  readonly restoredVersions: number;
}

/** The figures as rows of a name and a value. Rates are by the times in the signed manifests. */
function figuresOf({ versions, backups, shopBackups, tampered, restoredVersions, pruned }: Figures): string[][] {
  const all = [...backups, ...shopBackups];
  const sum = (amounts: readonly number[]): string => count(amounts.reduce((total, amount) => total + amount, 0));
  const objects = backups[0]?.counts.stored ?? 0;
  return [
    ['objects of the large vault', count(objects)],
    ['their versions', count(versions)],
    ['snapshots made', count(all.length)],
    ['snapshots pruned', count(pruned)],
    ['blobs written', sum(all.map(({ blobs }) => blobs))],
    ['bytes written', sum(all.map(({ bytes }) => bytes))],
    ['objects/s of its backups, paced to spare the vault', backups.map((each) => rateOf(each).toFixed(0)).join(', ')],
    ['tampering found', `${tampered} of ${tampered}`],
    ['versions restored and compared', count(restoredVersions)],
  ];
}

/** Prints the figures, and how long each step took. */
export function showFigures(narrator: Narrator, figures: Figures): void {
  const rows = figuresOf(figures);
  const times = narrator.times.map(({ title, seconds }) => [`seconds: ${title}`, seconds.toFixed(1)]);
  const total = narrator.times.reduce((all, { seconds }) => all + seconds, 0);
  narrator.heading('Figures');
  narrator.table([...rows, ...times, ['seconds: all', total.toFixed(1)]], [1]);
}

function rateOf({ counts, startedAt, closedAt }: StoredSnapshot): number {
  return counts.stored / ((closedAt.getTime() - startedAt.getTime()) / 1000);
}
