import { EventEmitter } from 'node:events';
import { listenForInterrupts } from '../../../scripts/migrate/interruption';

function listening() {
  const exits: number[] = [];
  let now = 0;
  const process = Object.assign(new EventEmitter(), {
    exit: (code: number) => void exits.push(code),
    stderr: { write: () => true },
  });
  const signal = listenForInterrupts(process, () => now);
  const press = (at: number, which = 'SIGINT') => {
    now = at;
    process.emit(which);
  };
  return { signal, exits, press };
}

test('the first Ctrl-C asks to stop, the second stops at once', () => {
  const { signal, exits, press } = listening();
  press(0);
  expect({ aborted: signal.aborted, exits }).toEqual({ aborted: true, exits: [] });
  press(1000);
  expect(exits).toEqual([130]);
});

test('the same Ctrl-C, passed on by a launcher, counts once', () => {
  const { exits, press } = listening();
  press(0);
  press(50);
  expect(exits).toEqual([]);
});

test('SIGTERM asks to stop as well', () => {
  const { signal, press } = listening();
  press(0, 'SIGTERM');
  expect(signal.aborted).toBe(true);
});
