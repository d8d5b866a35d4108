import { Argument, InvalidArgumentError, type Command } from 'commander';
import { applyEstate, type ApplyOptions, diffEstate } from './commands/apply';
import { deletePlan, listPlans, setPlan, showPlan } from './commands/plans';
import { type Wiring } from './command-table';

const REASON = 'why; it goes into the audit trail';

/** `plans list`, `show`, `set`, `delete` */
export function addPlanCommands(program: Command, { open, finish }: Wiring): void {
  const plans = program.command('plans').description('look at the plans of vaults, and change them');
  plans
    .command('list')
    .description('list every protected vault with its plan')
    .action(async (_options: object, command: Command) => {
      finish(await listPlans(open(command)));
    });
  plans
    .command('show')
    .description('show the plan of a vault')
    .addArgument(vaultArgument())
    .action(async (vault: string, _options: object, command: Command) => {
      finish(await showPlan(open(command), vault));
    });
  plans
    .command('set')
    .description('make or change the plan of a vault')
    .requiredOption('-f, --file <path>', 'YAML or JSON file with one plan')
    .option('--reason <text>', REASON)
    .addHelpText('after', '\nExample:\n  strongroom plans set -f contoso-prod.yaml --reason "no test keys"')
    .action(async (options: { file: string; reason?: string }, command: Command) => {
      finish(await setPlan(open(command), options));
    });
  plans
    .command('delete')
    .description('delete the plan of a vault')
    .addArgument(vaultArgument())
    .option('--reason <text>', REASON)
    .action(async (vault: string, options: { reason?: string }, command: Command) => {
      finish(await deletePlan(open(command), vault, options));
    });
}

/** `apply`, `diff` */
export function addEstateCommands(program: Command, { open, finish }: Wiring): void {
  program
    .command('apply')
    .description('make and change plans until they are as in a file')
    .requiredOption('-f, --file <path>', 'estate file: YAML or JSON')
    .option('--dry-run', 'only tell what would be changed')
    .option('--prune', 'also delete plans that the file does not have')
    .option('--reason <text>', REASON)
    .addHelpText('after', '\nExample:\n  strongroom apply -f estate.yaml --dry-run')
    .action(async (options: ApplyOptions, command: Command) => {
      finish(await applyEstate(open(command), options));
    });
  program
    .command('diff')
    .description('tell how the plans differ from those of a file, and exit by it')
    .requiredOption('-f, --file <path>', 'estate file: YAML or JSON')
    .addHelpText('after', '\nExample:\n  strongroom diff -f estate.yaml')
    .action(async (options: { file: string }, command: Command) => {
      finish(await diffEstate(open(command), options));
    });
}

const vaultArgument = (): Argument =>
  new Argument('<vault>', 'short name of the vault').argParser((text: string) => {
    if (!/^[0-9a-z](?:-?[0-9a-z]){2,23}$/i.test(text))
      throw new InvalidArgumentError('Give the short name of a vault.');
    return text.toLowerCase();
  });
