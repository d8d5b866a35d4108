import { Option, type Command } from 'commander';
import { tiers } from '../contracts/objects';
import { type Wiring } from './command-table';
import { auditArchive, showArchive } from './commands/archive';
import { type TargetOptions } from './commands/archive-target';
import { addHold, type HoldOptions, listHolds, removeHold } from './commands/hold';
import { extendPolicy, lockPolicy, type LockOptions } from './commands/lock';
import { parseDays, parseHoldTag } from './option-values';

/** `archive show`, `audit` */
export function addArchiveCommands(program: Command, { open, finish }: Wiring): void {
  const archive = program.command('archive').description('how the containers of the archive are protected');
  archive
    .command('show')
    .description('show the policies as the last audit found them, and what is wrong with them')
    .action(async (_options: object, command: Command) => {
      finish(await showArchive(open(command)));
    });
  archive
    .command('audit')
    .description('have the app look at the policies now')
    .action(async (_options: object, command: Command) => {
      finish(await auditArchive(open(command)));
    });
}

/** `lock`, `lock extend` */
export function addLockCommands(program: Command, { open, finish }: Wiring): void {
  const lock = targeted(program.command('lock'), tierOption())
    .description("lock the retention policy of a tier's container, for good; as you, not as the app")
    .addOption(daysOption("days of the policy; as the tier's retention needs without it"))
    .addOption(confirmOption())
    .addHelpText('after', '\nExample:\n  strongroom lock --tier daily')
    .action(async (_options: object, command: Command) => {
      finish(await lockPolicy(open(command), lockOptions(command)));
    });
  targeted(lock.command('extend'), tierOption())
    .description('lengthen a locked policy, for good')
    .addOption(daysOption('days that it is to have'))
    .addOption(confirmOption())
    .addHelpText('after', '\nExample:\n  strongroom lock extend --tier monthly --days 732')
    .action(async (_options: object, command: Command) => {
      const { days = missing(command, '--days <days>'), ...options } = lockOptions(command);
      finish(await extendPolicy(open(command), { ...options, days }));
    });
}

/** Options of `lock` and `lock extend`. Commander gives those that both have to `lock`, so what is mandatory is looked at here. */
function lockOptions(command: Command): LockOptions {
  const { tier = missing(command, '--tier <tier>'), ...options } = command.optsWithGlobals<Partial<LockOptions>>();
  return { tier, ...options };
}

function missing(command: Command, option: string): never {
  return command.error(`error: required option '${option}' not specified`);
}

/** `hold add`, `remove`, `list` */
export function addHoldCommands(program: Command, { open, finish }: Wiring): void {
  const hold = program.command('hold').description("legal holds on a tier's container; as you, not as the app");
  const tagOption = (): Option =>
    new Option('--tag <tag>', '3 to 23 letters and digits; kept in lower case')
      .argParser(parseHoldTag)
      .makeOptionMandatory();
  targeted(hold.command('add'))
    .description('keep everything in the container until the hold is removed')
    .addOption(tagOption())
    .action(async (options: HoldOptions, command: Command) => {
      finish(await addHold(open(command), options));
    });
  targeted(hold.command('remove'))
    .description('take a hold away')
    .addOption(tagOption())
    .action(async (options: HoldOptions, command: Command) => {
      finish(await removeHold(open(command), options));
    });
  targeted(hold.command('list'))
    .description('list the holds, with since when and by whom')
    .action(async (options: TargetOptions, command: Command) => {
      finish(await listHolds(open(command), options));
    });
}

const daysOption = (description: string): Option => new Option('--days <days>', description).argParser(parseDays);

const tierOption = (): Option => new Option('--tier <tier>', 'which container').choices(tiers);

/** Options that say which container is meant. */
function targeted(command: Command, tier = tierOption().makeOptionMandatory()): Command {
  return command
    .addOption(tier)
    .option('--account-id <id>', 'ARM id of the storage account; as the app names it without it')
    .option('--container <name>', 'with --account-id: name of the container; strongroom-TIER without it');
}

const confirmOption = (): Option =>
  new Option('--confirm <name>', 'name of the container, where nobody is there to type it');
