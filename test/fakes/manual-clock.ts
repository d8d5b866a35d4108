import { type Clock } from '../../src/clock';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  private time: number;

  constructor(start = '2026-11-22T02:00:00.000Z') {
    this.time = Date.parse(start);
  }

  now(): Date {
    return new Date(this.time);
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}
