/** The command line of the data migration. Usage: npm run landfall -- --help */
import { runCommand } from './command';
import { dispatch } from './migrate/command';
import { commands } from './migrate/commands';
import { listenForInterrupts } from './migrate/interruption';

if (require.main === module)
  void runCommand(() =>
    dispatch(process.argv.slice(2), commands, {
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      interrupted: listenForInterrupts(process),
    }),
  );
