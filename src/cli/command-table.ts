import { Argument, Option, type Command } from 'commander';
import { objectKinds, objectOutcomes, tiers } from '../contracts/objects';
import { runKinds, runStatuses } from '../contracts/runs';
import { backUpNow, type BackupNowOptions } from './commands/backup';
import { showHealth } from './commands/health';
import { DEFAULT_LIMIT } from './commands/listing';
import { prune, type PruneOptions } from './commands/prune';
import { cancelRun, listRuns, showRun, type ListRunsOptions, type ShowRunOptions } from './commands/runs';
import { decideSnapshot, listSnapshots, showSnapshot, type ListSnapshotsOptions } from './commands/snapshots';
import { watchRun } from './commands/watch';
import { showCaller } from './commands/whoami';
import { type ExitCode } from './exit-codes';
import { collectNames, parseId, parseLimit, parseTime } from './option-values';
import { type Session } from './session';

/** How a command gets what it works with, and where it leaves its exit code. */
export interface Wiring {
  open: (command: Command) => Session;
  finish: (code: ExitCode) => void;
}

/** `backup now` */
export function addBackupCommands(program: Command, { open, finish }: Wiring): void {
  program
    .command('backup')
    .description('start backups')
    .command('now')
    .description('back up now, outside of the schedule')
    .option('--vault <name...>', 'short names or URLs of vaults; all protected vaults without it', collectNames)
    .addOption(tierOption('tier of the snapshots; daily without it'))
    .option('--name <name...>', 'names or globs of objects, of one vault; everything without it', collectNames)
    .option('--watch', 'follow the run to its end, and exit by its outcome')
    .addHelpText('after', example('backup now --vault contoso-prod contoso-test --watch'))
    .action(async (options: BackupNowOptions, command: Command) => {
      finish(await backUpNow(open(command), options));
    });
}

/** `runs list`, `show`, `watch`, `cancel` */
export function addRunCommands(program: Command, { open, finish }: Wiring): void {
  const runs = program.command('runs').description('look at runs, watch and cancel them');
  addRunList(runs, { open, finish });
  runs
    .command('show')
    .description('show one run; of an estate, also its vaults')
    .addArgument(idArgument('id of the run'))
    .option('--objects', 'also list what became of each object')
    .addOption(new Option('--outcome <outcome>', 'only objects with this outcome').choices(objectOutcomes))
    .addOption(new Option('--kind <kind>', 'only objects of this kind').choices(objectKinds))
    .option('--code <code>', 'only objects with this code')
    .addHelpText('after', example('runs show 20261122T020000Z-1f0c9a7e55d1 --objects --outcome failed'))
    .action(async (id: string, options: ShowRunOptions, command: Command) => {
      finish(await showRun(open(command), id, options));
    });
  runs
    .command('watch')
    .description('follow a run to its end, and exit by its outcome')
    .addArgument(idArgument('id of the run'))
    .addHelpText('after', example('runs watch 20261122T020000Z-1f0c9a7e55d1'))
    .action(async (id: string, _options: object, command: Command) => {
      finish(await watchRun(open(command), id));
    });
  runs
    .command('cancel')
    .description('ask a run to end')
    .addArgument(idArgument('id of the run'))
    .addHelpText('after', example('runs cancel 20261122T020000Z-1f0c9a7e55d1'))
    .action(async (id: string, _options: object, command: Command) => {
      finish(await cancelRun(open(command), id));
    });
}

function addRunList(runs: Command, { open, finish }: Wiring): void {
  runs
    .command('list')
    .description('list runs, newest first')
    .option('--vault <name>', 'only backups of this vault')
    .addOption(tierOption('only this tier'))
    .addOption(new Option('--status <status>', 'only runs in this status').choices(runStatuses))
    .addOption(new Option('--kind <kind>', 'only runs of this kind').choices(runKinds))
    .option('--from <time>', 'only runs created at or after this time (UTC)', parseTime)
    .option('--until <time>', 'only runs created before this time (UTC)', parseTime)
    .addOption(limitOption())
    .addOption(allOption())
    .addHelpText('after', example('runs list --vault contoso-prod --status failed --from 2026-11-01'))
    .action(async (options: ListRunsOptions, command: Command) => {
      finish(await listRuns(open(command), options));
    });
}

/** `snapshots list`, `show`, `exclude`, `include` */
export function addSnapshotCommands(program: Command, { open, finish }: Wiring): void {
  const snapshots = program.command('snapshots').description('look at stored snapshots, and set them aside');
  addSnapshotDecisions(snapshots, { open, finish });
  snapshots
    .command('list')
    .description('list snapshots, newest first')
    .option('--vault <name>', 'only snapshots of this vault')
    .addOption(tierOption('only this tier'))
    .option('--good', 'only complete ones that hold all that the plan asks for')
    .addOption(limitOption())
    .addOption(allOption())
    .addHelpText('after', example('snapshots list --vault contoso-prod --tier monthly'))
    .action(async (options: ListSnapshotsOptions, command: Command) => {
      finish(await listSnapshots(open(command), options));
    });
  snapshots
    .command('show')
    .description('show one snapshot')
    .addArgument(idArgument('id of the snapshot'))
    .addHelpText('after', example('snapshots show 20261122T020000Z-1f0c9a7e55d1'))
    .action(async (id: string, _options: object, command: Command) => {
      finish(await showSnapshot(open(command), id));
    });
}

function addSnapshotDecisions(snapshots: Command, { open, finish }: Wiring): void {
  const descriptions = {
    exclude: 'set a snapshot aside: it is kept, and never chosen',
    include: 'take back that a snapshot is set aside',
  };
  for (const decision of ['exclude', 'include'] as const) {
    snapshots
      .command(decision)
      .description(descriptions[decision])
      .addArgument(idArgument('id of the snapshot'))
      .requiredOption('--reason <text>', 'why; it is written in clear into the archive and the audit trail')
      .addHelpText('after', example(`snapshots ${decision} 20261122T020000Z-1f0c9a7e55d1 --reason "…"`))
      .action(async (id: string, options: { reason: string }, command: Command) => {
        finish(await decideSnapshot(open(command), id, decision, options));
      });
  }
}

/** `whoami` */
export function addCallerCommand(program: Command, { open, finish }: Wiring): void {
  program
    .command('whoami')
    .description('show who you are to the app, and which roles you have')
    .addHelpText('after', example('whoami --device-code'))
    .action(async (_options: object, command: Command) => {
      finish(await showCaller(open(command)));
    });
}

/** `prune` */
export function addPruneCommand(program: Command, { open, finish }: Wiring): void {
  program
    .command('prune')
    .description('delete what is past its time, as the schedule does')
    .option('--dry-run', 'only tell what would be deleted and kept, and why')
    .option('--watch', 'follow the run to its end, and exit by its outcome')
    .addHelpText('after', example('prune --dry-run'))
    .action(async (options: PruneOptions, command: Command) => {
      finish(await prune(open(command), options));
    });
}

/** `health` */
export function addHealthCommand(program: Command, { open, finish }: Wiring): void {
  program
    .command('health')
    .description('tell whether the API is up; needs no token')
    .addHelpText('after', example('health --api https://my-strongroom.azurewebsites.net'))
    .action(async (_options: object, command: Command) => {
      finish(await showHealth(open(command)));
    });
}

const tierOption = (description: string): Option => new Option('--tier <tier>', description).choices(tiers);

/** `--limit` of a listing. */
export const limitOption = (): Option =>
  new Option('--limit <number>', `how many to list; ${DEFAULT_LIMIT} without it`).argParser(parseLimit);

/** `--all` of a listing. */
export const allOption = (): Option => new Option('--all', 'list all of them').conflicts('limit');

/** An id as of a run. */
export const idArgument = (description: string): Argument => new Argument('<id>', description).argParser(parseId);

/** An example below a command's help. */
export const example = (line: string): string => `\nExample:\n  strongroom ${line}`;
