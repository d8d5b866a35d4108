import { readFileSync } from 'node:fs';

/** The most memory that a process has had so far, in MiB (VmHWM); `null` where the system does not tell (there is no /proc). */
export function peakMiB(pid: number): number | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return null;
  }
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
}
