import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../project-root';
import { type ProcessMessage, StackStartError, type SupervisorMessage } from '../process/stack-process';

/** How a part of the stack is started as a process of its own. */
export interface PartOptions {
  /** What the part is called towards people. */
  name: string;
  /** The compiled main file, below `.build/local`. */
  main: string;
  config: unknown;
  clockOffsetMs: number;
  /** How large V8 lets the heap become, in MiB; undefined: what Node makes of the machine's memory. */
  heapLimitMiB?: number | undefined;
  /** Its whole environment; nothing is inherited. */
  environment: Record<string, string>;
  /** Where its stdout and stderr are appended. */
  logFile: string;
  /** Called for every tripwire that the part reports. */
  onTripwire: (id: string) => void;
}

/** A part of the stack that runs in a process of its own and has said where it listens. */
export interface PartProcess {
  pid: number;
  endpoints: Record<string, string>;
  /** Settles with the exit code or signal once the process is gone, however it ended. */
  exited: Promise<number | NodeJS.Signals>;
  /** Moves the part's clock; settles once the part follows it. */
  setClock(offsetMs: number): Promise<void>;
  /** Lets it finish and write what it holds; settles when it is gone. */
  stop(): Promise<void>;
  /** Sends a signal; settles when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** The least environment for a child: what Node and temporary files need, and nothing of the person's shell. */
export function cleanEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/**
 * Forks a part and waits until it is ready. A part that fails or dies before that becomes a `StackStartError` with the
 * part's own code and text; no process is left then.
 */
export async function startPart(options: PartOptions): Promise<PartProcess> {
  const child = forkPart(options);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  child.on('message', (message: ProcessMessage) => {
    if (message.type === 'tripwire') options.onTripwire(message.id);
  });
  const ready = firstAnswer(child, options, exited);
  tell(child, { type: 'start', config: options.config, clockOffsetMs: options.clockOffsetMs });
  const endpoints = await ready;
  return {
    pid: child.pid ?? 0,
    endpoints,
    exited,
    setClock: (offsetMs) => setClock(child, exited, offsetMs),
    stop: async () => {
      tell(child, { type: 'stop' });
      await exited;
    },
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}

function forkPart({ main, heapLimitMiB, environment, logFile }: PartOptions): ChildProcess {
  const heapLimit = heapLimitMiB === undefined ? [] : [`--max-old-space-size=${heapLimitMiB}`];
  const log = openSync(logFile, 'a');
  try {
    return fork(join(PROJECT_ROOT, '.build', 'local', main), {
      env: environment,
      execArgv: ['--disable-warning=ExperimentalWarning', '--enable-source-maps', ...heapLimit],
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

async function firstAnswer(
  child: ChildProcess,
  { name, logFile }: PartOptions,
  exited: PartProcess['exited'],
): Promise<Record<string, string>> {
  const answered = new Promise<Record<string, string>>((resolve, reject) => {
    child.on('message', (message: ProcessMessage) => {
      if (message.type === 'ready') resolve(message.endpoints);
      if (message.type === 'failed') reject(new StackStartError(message.code, message.message));
    });
    child.once('error', reject);
  });
  const died = exited.then((how) => {
    throw new StackStartError('part_died', `The ${name} ended before it was ready (${how}): ${lastWords(logFile)}`);
  });
  try {
    return await Promise.race([answered, died]);
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw error;
  }
}

/** The first line of the last error in a log: a part that cannot even speak leaves it there. */
function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return (
    lines.findLast((line) => /^\S*Error\b/.test(line)) ??
    lines.findLast((line) => line.trim() !== '') ??
    'it said nothing'
  );
}

async function setClock(child: ChildProcess, exited: PartProcess['exited'], offsetMs: number): Promise<void> {
  let listener: ((message: ProcessMessage) => void) | undefined;
  const followed = new Promise<void>((resolve) => {
    listener = (message) => {
      if (message.type === 'clock-set' && message.offsetMs === offsetMs) resolve();
    };
    child.on('message', listener);
  });
  tell(child, { type: 'clock', offsetMs });
  await Promise.race([followed, exited]);
  if (listener) child.off('message', listener);
}

/** A child that is gone is noticed by its exit, not by a message that fails. */
function tell(child: ChildProcess, message: SupervisorMessage): void {
  if (child.connected) child.send(message, () => undefined);
}
