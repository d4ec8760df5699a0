/** The command line for those who migrate or operate a system. Usage: npm run landfall -- --help */
import { runCommand } from './command';
import { dispatch } from './migrate/command';
import { commands, operations } from './migrate/commands';
import { listenForInterrupts } from './migrate/interruption';

if (require.main === module)
  void runCommand(() =>
    dispatch(
      process.argv.slice(2),
      { migrate: commands, operations },
      {
        env: process.env,
        stdout: process.stdout,
        stderr: process.stderr,
        interrupted: listenForInterrupts(process),
      },
    ),
  );
