import { shiftDate, StackClock } from '../clock/stack-clock';
import { runStackProcess } from '../process/stack-process';
import { startFunctionsHost } from './functions-host';
import { parseHostConfig } from './host-config';

const clock = new StackClock();

// Node prints warnings, such as the one about node:sqlite being experimental; the host has a log for them.
process.removeAllListeners('warning');

// The app asks the machine for the time; it has to see the stack's.
shiftDate(clock);

runStackProcess(clock, (config) => startFunctionsHost(parseHostConfig(config), clock));
