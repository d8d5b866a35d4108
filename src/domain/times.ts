/** The time `seconds` after `time`; `time` stays as it is. */
export function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
