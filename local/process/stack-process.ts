import { type StackClock } from '../clock/stack-clock';

/** What the supervisor sends to a process of the stack. `start` comes first and once. */
export type SupervisorMessage =
  { type: 'start'; config: unknown; clockOffsetMs: number } | { type: 'clock'; offsetMs: number } | { type: 'stop' };

/** What a process of the stack answers. `tripwire` asks for the host to be killed at this very point. */
export type ProcessMessage =
  | { type: 'ready'; endpoints: Record<string, string> }
  | { type: 'failed'; code: string; message: string }
  | { type: 'clock-set'; offsetMs: number }
  | { type: 'tripwire'; id: string };

/** A running part of the stack. `stop` lets acknowledged work reach the disk and frees the ports. */
export interface RunningPart {
  endpoints: Record<string, string>;
  stop(): Promise<void>;
}

/** A failure whose text is meant for the person at the terminal: what is wrong and what to do about it. */
export class StackStartError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StackStartError';
  }
}

/** Sends one message to the supervisor; does nothing once the supervisor is gone. */
export function tellSupervisor(message: ProcessMessage): void {
  if (process.connected) process.send?.(message);
}

/**
 * Runs one part of the stack as a process of its own, forked by the supervisor with an IPC channel. It starts on the first
 * message, follows the stack's clock, and ends with the supervisor: a closed channel stops it, so that no process is left
 * behind even when the supervisor is killed.
 */
export function runStackProcess(clock: StackClock, start: (config: unknown) => Promise<RunningPart>): void {
  let part: Promise<RunningPart> | undefined;
  const stop = async (): Promise<void> => {
    await part?.then((running) => running.stop()).catch(() => undefined);
    process.exit(0);
  };
  const fail = (error: unknown): void => {
    const code = error instanceof StackStartError ? error.code : 'start_failed';
    tellSupervisor({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 100);
  };
  process.on('message', (message: SupervisorMessage) => {
    if (message.type === 'start') {
      clock.setOffset(message.clockOffsetMs);
      part = start(message.config);
      part.then(({ endpoints }) => {
        tellSupervisor({ type: 'ready', endpoints });
      }, fail);
    } else if (message.type === 'clock') {
      clock.setOffset(message.offsetMs);
      tellSupervisor({ type: 'clock-set', offsetMs: message.offsetMs });
    } else {
      void stop();
    }
  });
  process.on('disconnect', () => void stop());
  // Ctrl-C reaches the whole process group; the supervisor decides the order of stopping.
  process.on('SIGINT', () => undefined);
}
