import { Argument, type Command } from 'commander';
import { type Wiring } from './command-table';
import {
  decideRecipient,
  type DecisionOptions,
  introduceSigningKey,
  listRecipients,
  showSigningKey,
} from './commands/trust';
import { parseThumbprint } from './option-values';

const REASON = 'why; it goes into the audit trail';

/** `recipients list`, `approve`, `revoke` */
export function addRecipientCommands(program: Command, { open, finish }: Wiring): void {
  const recipients = program.command('recipients').description('who may open snapshots, and who has approved that');
  recipients
    .command('list')
    .description('list recipients, with all versions of those that live in vaults')
    .action(async (_options: object, command: Command) => {
      finish(await listRecipients(open(command)));
    });
  for (const [name, decision, description] of [
    ['approve', 'approval', 'let snapshots be sealed to a version from now on'],
    ['revoke', 'revocation', 'take the approval of a version back'],
  ] as const) {
    recipients
      .command(name)
      .description(description)
      .addArgument(new Argument('<thumbprint>', 'as `recipients list` shows it').argParser(parseThumbprint))
      .requiredOption('--reason <text>', REASON)
      .action(async (thumbprint: string, options: DecisionOptions, command: Command) => {
        finish(await decideRecipient(open(command), decision, thumbprint, options));
      });
  }
}

/** `signing-key show`, `introduce` */
export function addSigningKeyCommands(program: Command, { open, finish }: Wiring): void {
  const signingKey = program.command('signing-key').description('the key that signs snapshots, and its succession');
  signingKey
    .command('show')
    .description('show all versions, and for how many vaults and tiers each is introduced')
    .action(async (_options: object, command: Command) => {
      finish(await showSigningKey(open(command)));
    });
  signingKey
    .command('introduce')
    .description('let the key that signed so far introduce a new version; may be repeated')
    .option('--key-id <id>', 'id of the new key, with its version; the current version without it')
    .requiredOption('--reason <text>', REASON)
    .action(async (options: DecisionOptions & { keyId?: string }, command: Command) => {
      finish(await introduceSigningKey(open(command), options));
    });
}
