import { StackClock, shiftDate } from '../clock/stack-clock';
import { runStackProcess } from '../process/stack-process';
import { startStorage } from './start-storage';

const clock = new StackClock();
// Azurite asks the machine for the time: creation times, leases and expiry of signatures must follow the stack's clock.
shiftDate(clock);
runStackProcess(clock, (config) => startStorage(config, clock));
