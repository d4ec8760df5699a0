import { outputs } from '../../../lib/outputs';
import { workersOf } from '../../../lib/workers';
import { resourcesOf, templatesOf } from '../../support/assembly';
import { queueFaults } from '../../support/queue-checks';
import { allVariants } from '../../support/variants';

describe.each(allVariants())('files of $name', ({ name, blueprint }) => {
  const templates = () => Object.values(templatesOf(name));
  const all = (type: string) => templates().flatMap((template) => resourcesOf(template, type));

  test('have a queue with its worker for each capability, and no other function has a queue', () => {
    const workers = workersOf(blueprint).length;
    expect(all('AWS::Lambda::EventSourceMapping')).toHaveLength(workers);
    expect(all('AWS::Events::Rule').filter(([, rule]) => JSON.stringify(rule).includes('aws.'))).toHaveLength(
      workers,
    );
  });

  test('are never lost or worked on by more copies than there are', () => {
    expect(templates().flatMap(queueFaults)).toEqual([]);
  });

  test('can be redriven: an output names the queue of each worker', () => {
    const values = templates().flatMap(({ Outputs = {} }) => Outputs[outputs.workerQueues]?.Value ?? []);
    expect(values).toHaveLength(workersOf(blueprint).length > 0 ? 1 : 0);
    const known = JSON.stringify(values);
    for (const { bundle } of workersOf(blueprint)) expect(known).toContain(`${bundle}=`);
  });

  test('go to dead letters that somebody is called for', () => {
    const watched = JSON.stringify(all('AWS::CloudWatch::Alarm'));
    for (const { bundle } of workersOf(blueprint)) {
      expect(watched).toContain(`${bundle}-dead-letters`);
      expect(watched).toContain(`${bundle}-age`);
    }
  });
});
