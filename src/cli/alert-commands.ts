import { Option, type Command } from 'commander';
import { alertKinds, severities } from '../contracts/alerts';
import { allOption, example, idArgument, limitOption, type Wiring } from './command-table';
import {
  listAlerts,
  type ListAlertsOptions,
  listAudit,
  type ListAuditOptions,
  resolveAlert,
  showAlert,
  testAlerts,
} from './commands/alerts';
import { parseTime } from './option-values';

/** `alerts list`, `show`, `resolve`, `test` */
export function addAlertCommands(program: Command, { open, finish }: Wiring): void {
  const alerts = program.command('alerts').description('look at alerts, resolve them, test the channel');
  alerts
    .command('list')
    .description('list alerts, newest first')
    .option('--open', 'only those that are not resolved')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(alertKinds))
    .addOption(new Option('--severity <severity>', 'only this severity').choices(severities))
    .option('--vault <name>', 'only alerts of this vault')
    .addOption(limitOption())
    .addOption(allOption())
    .addHelpText('after', example('alerts list --open --severity critical'))
    .action(async (options: ListAlertsOptions, command: Command) => {
      finish(await listAlerts(open(command), options));
    });
  alerts
    .command('show')
    .description('show one alert and what became of its messages')
    .addArgument(idArgument('id of the alert'))
    .addHelpText('after', example('alerts show 20261122T020013Z-c26f21feb969'))
    .action(async (id: string, _options: object, command: Command) => {
      finish(await showAlert(open(command), id));
    });
  alerts
    .command('resolve')
    .description('resolve an alert')
    .addArgument(idArgument('id of the alert'))
    .option('--reason <text>', 'why; goes into the audit trail')
    .addHelpText('after', example('alerts resolve 20261122T020013Z-c26f21feb969 --reason "firewall rule corrected"'))
    .action(async (id: string, options: { reason?: string }, command: Command) => {
      finish(await resolveAlert(open(command), id, options));
    });
  alerts
    .command('test')
    .description('send a test message to the webhook')
    .option('--wait', 'wait until it is delivered, a minute at most, and exit by what became of it')
    .addHelpText('after', example('alerts test --wait'))
    .action(async (options: { wait?: boolean }, command: Command) => {
      finish(await testAlerts(open(command), options));
    });
}

/** `audit list` */
export function addAuditCommands(program: Command, { open, finish }: Wiring): void {
  program
    .command('audit')
    .description('look at who changed what')
    .command('list')
    .description('list the audit trail, newest first')
    .option('--action <action>', 'only this action, such as backup.start')
    .option('--actor <id>', 'only what this object id did')
    .option('--subject <subject>', 'only what was done to this')
    .option('--from <time>', 'only entries at or after this time (UTC)', parseTime)
    .option('--until <time>', 'only entries before this time (UTC)', parseTime)
    .addOption(limitOption())
    .addOption(allOption())
    .addHelpText('after', example('audit list --action run.cancel --from 2026-11-01'))
    .action(async (options: ListAuditOptions, command: Command) => {
      finish(await listAudit(open(command), options));
    });
}
