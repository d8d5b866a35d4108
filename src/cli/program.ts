import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { addAlertCommands, addAuditCommands } from './alert-commands';
import { ApiClient } from './api-client';
import { type ApiLocation, type LocalControlPlane, locateApi } from './api-location';
import { addArchiveCommands, addHoldCommands, addLockCommands } from './archive-commands';
import { type ManagementAccess } from './storage-account';
import { CliFailure, usageFailure } from './cli-failure';
import {
  addBackupCommands,
  addCallerCommand,
  addHealthCommand,
  addPruneCommand,
  addRunCommands,
  addSnapshotCommands,
} from './command-table';
import { exitCodes, exitCodesHelp, type ExitCode } from './exit-codes';
import { failureDocument, renderFailure } from './print-failure';
import { paintFor, type Session, type Surroundings } from './session';
import { addEstateCommands, addPlanCommands } from './plan-commands';
import { addRecipientCommands, addSigningKeyCommands } from './trust-commands';
import { createManagementSignIn, createSignIn, type SignInOptions } from './sign-in';
import { managementAt } from '../control-plane/clouds';

const EXAMPLES = `Examples:
  strongroom backup now --watch                         back up every protected vault, and wait for the end
  strongroom backup now --vault contoso-prod --tier monthly
  strongroom runs list --status failed --from 2026-11-01
  strongroom runs show 20261122T020000Z-1f0c9a7e55d1 --objects --outcome failed
  strongroom snapshots list --vault contoso-prod --json

Where the API is: --api URL; else STRONGROOM_API; else the nearest .strongroom/stack.json upward from here, which a
running local stack writes.
Who you are: STRONGROOM_TOKEN; else the token in a stack file, for its own address; else you are signed in to STRONGROOM_SCOPE, as
by az login or a managed identity, or with --device-code.`;

/** Options that every command takes. */
interface GlobalOptions {
  api?: string;
  json?: boolean;
  color: boolean;
  deviceCode?: boolean;
}

/**
 * Runs one command line. Never throws: what goes wrong becomes lines on stderr, with `--json` also a document `{"error": …}` on stdout.
 * @param argv arguments without node and script.
 */
export async function runCommandLine(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let exit: ExitCode = exitCodes.succeeded;
  const program = createProgram(surroundings, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, argv.includes('--json'), surroundings);
    return report(error, program.opts<GlobalOptions>().json === true, surroundings);
  }
}

function createProgram(surroundings: Surroundings, finish: (code: ExitCode) => void): Command {
  const program = new Command('strongroom')
    .description('Backs up Azure Key Vaults into sealed, signed, write-once snapshots.')
    .version(readVersion())
    .addOption(new Option('--api <url>', 'base address of the API, without /api'))
    .addOption(new Option('--device-code', 'sign in by a code that you enter in a browser'))
    .addOption(new Option('--json', 'JSON on stdout, one document; with --watch one line per change'))
    .addOption(new Option('--no-color', 'no colours (NO_COLOR does the same)'))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .showHelpAfterError('(strongroom --help tells more)')
    .exitOverride()
    .addHelpText('after', `\n${EXAMPLES}\n\n${exitCodesHelp}`);
  const wiring = { finish, open: (command: Command) => openSession(command, surroundings) };
  addBackupCommands(program, wiring);
  addRunCommands(program, wiring);
  addSnapshotCommands(program, wiring);
  addPlanCommands(program, wiring);
  addEstateCommands(program, wiring);
  addRecipientCommands(program, wiring);
  addSigningKeyCommands(program, wiring);
  addAlertCommands(program, wiring);
  addAuditCommands(program, wiring);
  addArchiveCommands(program, wiring);
  addLockCommands(program, wiring);
  addHoldCommands(program, wiring);
  addCallerCommand(program, wiring);
  addPruneCommand(program, wiring);
  addHealthCommand(program, wiring);
  return program;
}

function openSession(command: Command, surroundings: Surroundings): Session {
  const { api, json, color, deviceCode } = command.optsWithGlobals<GlobalOptions>();
  const interruption = new AbortController();
  const { signal } = interruption;
  const signingIn = {
    ...surroundings,
    deviceCode: deviceCode === true,
    tell: (line: string) => surroundings.stderr.write(`${line}\n`),
    signal,
  };
  const locate = (): ApiLocation => locateApi({ ...surroundings, api });
  let client: ApiClient | undefined;
  return {
    // When it is needed: some commands work without an API.
    get api() {
      if (client !== undefined) return client;
      const location = locate();
      client = new ApiClient({ location, signIn: createSignIn({ ...signingIn, location }), signal });
      return client;
    },
    storageAccount: (id) => surroundings.openStorageAccount(id, managementAccess(signingIn, locate)),
    surroundings,
    json: json === true,
    paint: paintFor(surroundings.stdout, surroundings, color),
    interruption,
  };
}

/**
 * Azure Resource Manager, as the person who is signed in; for a local stack its stand-in, with the stack's own token. Which of them is decided by the API
 * that is in use; where none is known, it is Azure.
 */
function managementAccess(signingIn: Omit<SignInOptions, 'location'>, locate: () => ApiLocation): ManagementAccess {
  const endpoint = managementAt(signingIn.environment['AZURE_AUTHORITY_HOST'] ?? '');
  const local = localControlPlane(locate);
  const { signal } = signingIn;
  if (local === undefined) {
    return { endpoint, getToken: createManagementSignIn(signingIn, endpoint), gateway: undefined, signal };
  }
  const token = { token: local.token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
  return { endpoint, getToken: () => Promise.resolve(token), gateway: local.gateway, signal };
}

function localControlPlane(locate: () => ApiLocation): LocalControlPlane | undefined {
  try {
    return locate().controlPlane;
  } catch (error) {
    if (error instanceof CliFailure && error.code === 'api_not_configured') return undefined;
    throw error;
  }
}

/** commander has written its text to stderr by now. Help that nobody asked for (`strongroom runs`) is wrong usage without a fault to name. */
function reportUsage(error: CommanderError, json: boolean, surroundings: Surroundings): ExitCode {
  if (error.exitCode === 0) return exitCodes.succeeded;
  if (json && error.code !== 'commander.help') {
    const failure = usageFailure('wrong_usage', error.message.replace(/^error: /, ''));
    surroundings.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`);
  }
  return exitCodes.usage;
}

function report(error: unknown, json: boolean, surroundings: Surroundings): ExitCode {
  const failure = error instanceof CliFailure ? error : unexpected(error);
  for (const line of renderFailure(failure)) surroundings.stderr.write(`${line}\n`);
  if (json) surroundings.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`);
  return failure.facts.exit;
}

/** A fault of this program. Its text is not repeated, since it may quote anything. */
function unexpected(error: unknown): CliFailure {
  const name = error instanceof Error ? error.name : typeof error;
  return new CliFailure('internal_error', `this program has a fault (${name}); please report what you called`, {
    exit: exitCodes.failed,
  });
}

/** The version of the package that this file is part of: `dist/cli/` lies two levels below it, as `src/cli/` does. */
function readVersion(): string {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
