import { StackClock } from '../clock/stack-clock';
import { runStackProcess } from '../process/stack-process';
import { startVaultService } from './vault-service';

const clock = new StackClock();
runStackProcess(clock, (config) => startVaultService(config, clock));
