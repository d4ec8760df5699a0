import type { Browser } from 'puppeteer-core';
import { renderHtml } from '../../../scripts/audit/html/render';
import { buildReport } from '../../../scripts/audit/report/build';
import { assemblyDirectory } from '../../support/assembly';
import { largeReport, smallReport, statement } from '../../support/audit-report';
import { launchBrowser } from '../../support/browser';
import { lowContrast } from '../../support/contrast';
import { type Look, ReportPage } from '../../support/report-page';

let browser: Browser;
const small = renderHtml(smallReport(), new Date('2026-11-26'));
const opened: ReportPage[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());
afterEach(async () => {
  for (const { page } of opened.splice(0)) await page.close();
});

async function open(look: Look = {}, html = small): Promise<ReportPage> {
  const report = await ReportPage.open(browser, html, look);
  opened.push(report);
  return report;
}

describe('the file', () => {
  test('loads nothing but itself, and the browser has nothing to complain about', async () => {
    const report = await open();
    await report.filter('s3');
    await report.graph();
    expect(new Set(report.requests)).toEqual(new Set([report.address]));
    expect(small).not.toMatch(/\b(?:src|href)="(?!#|data:)/);
    expect(report.complaints).toEqual([]);
  });

  test('runs no script but its own', async () => {
    const report = await open({}, small.replace('</body>', '<script>window.ran = true</script></body>'));
    expect(await report.ask('window.ran')).toBeUndefined();
    expect(report.complaints.join()).toMatch(/Content Security Policy/);
  });

  test('shows hostile names as text', async () => {
    const hostile = '</script><script>window.ran = true</script><img src=x onerror="window.ran = true">';
    const [role] = smallReport().principals;
    if (!role) throw new Error('The small report has no role.');
    const report = await open(
      {},
      renderHtml(
        smallReport({
          environment: hostile,
          principals: [
            {
              ...role,
              ...{ id: hostile, path: hostile, name: hostile, stack: hostile },
              statements: [
                statement({
                  ...{
                    id: hostile,
                    words: hostile,
                    actions: [hostile],
                    conditions: [hostile],
                    unused: [hostile],
                  },
                  ...{ targets: [{ words: hostile, arn: hostile }], wildcards: [hostile] },
                }),
              ],
            },
          ],
        }),
      ),
    );
    await report.filter('script');
    await report.graph();
    expect(await report.ask('window.ran')).toBeUndefined();
    expect(await report.ask('document.images.length')).toBe(0);
    expect(await report.texts('.card h3')).toContain(hostile);
    expect(await report.graph()).toContainEqual(`${hostile}, 1 statement`);
    expect(report.complaints).toEqual([]);
  });

  test('can be read without its script', async () => {
    const report = await open({ script: false });
    expect(await report.texts('#principals h3')).toEqual([
      'documents function',
      'migrations function',
      'scheduler',
    ]);
    expect(await report.texts('#graph-view .node text')).toContain('s3:GetObject');
    expect(await report.texts('.filter')).toEqual([]);
    await report.page.click('#principals summary');
    expect(await report.texts('#principals .words')).toContain(
      'may read and write objects under users/* in the bucket documents',
    );
  });
});

describe('the summary', () => {
  test('says first what is open', async () => {
    const report = await open();
    expect(await report.texts('main > section:first-child .state')).toEqual(['3 points open']);
    expect(await report.texts('.verdict li')).toEqual([
      expect.stringMatching(/^Landfall::confused-deputy jobs\/Photos\/Policy/),
      expect.stringMatching(/^AwsSolutions-SQS3 .*there is no such finding any more/),
      expect.stringMatching(/^AwsSolutions-S1 .*accepted on 2025-10-30: due for a review/),
    ]);
  });

  test('is glad when nothing is', async () => {
    const report = await open({}, renderHtml(smallReport({ findings: [], acknowledgements: [] })));
    expect(await report.texts('.verdict .state')).toEqual(['Nothing is open']);
  });
});

describe('the filter', () => {
  const filters: [text: string, left: number | RegExp[]][] = [
    ['users/*', [/^may read and write objects under/, /^cloudfront/]],
    ['action:s3:Get', [/^may read and write/, /^cloudfront/]],
    ['condition:schedules', [/^scheduler\.amazonaws\.com may become/]],
    ['principal:"documents function" kms', [/^may decrypt/]],
    ['principal:documents -kms -s3 -xray -sts', [/^may sign in to the database/]],
    ['SQS:sendmessage', [/^may send messages/]],
    ['action:', 12],
    ['no such thing', 0],
  ];
  test.each(filters)('%s leaves the right statements', async (text, left) => {
    const report = await open();
    await report.filter(text);
    const words = await report.words();
    expect(words).toHaveLength(typeof left === 'number' ? left : left.length);
    if (typeof left !== 'number')
      for (const [index, pattern] of left.entries()) expect(words[index]).toMatch(pattern);
    if (left === 0)
      expect(await report.texts('#principals .none')).toEqual(['Nothing here matches the filter.']);
  });

  test('also leaves rows of the tables, counts them, and opens what it found', async () => {
    const report = await open();
    await report.filter('photos');
    expect(await report.texts('#stateful tbody td:first-child')).toEqual([
      'jobs/Photos AWS::SQS::Queue'.replace(' ', ''),
    ]);
    expect(await report.texts('#stateful .count')).toEqual(['1 of 2']);
    expect(await report.texts('#found')).toEqual(['1 of 12 statements']);
    expect(await report.texts('#principals .words')).toEqual(['may send messages to the queue photos']);
    await report.filter('');
    expect(await report.texts('#principals .words')).toEqual([]);
    expect(await report.texts('#found')).toEqual(['12 statements']);
  });

  const facets: [facet: string, left: number][] = [
    ['allow', 10],
    ['deny', 2],
    ['wildcards', 5],
    ['unused', 2],
    ['condition', 4],
    ['unconditional', 8],
  ];
  test.each(facets)(
    'the facet %s leaves %i statements, and all of them when it is off',
    async (facet, left) => {
      const report = await open();
      const button = `[data-facet="${facet}"]`;
      await report.page.click(button);
      expect(await report.left()).toHaveLength(left);
      expect(await report.ask(`document.querySelector('${button}').getAttribute('aria-pressed')`)).toBe(
        'true',
      );
      await report.page.click(button);
      expect(await report.left()).toHaveLength(12);
    },
  );

  test('facets, stack and text work together, and are in the address', async () => {
    const report = await open();
    await report.page.click('[data-facet="wildcards"]');
    await report.page.select('#stack', 'api');
    await report.filter('trace');
    expect(await report.words()).toEqual(['may write traces, of everything (*)']);
    const hash = await report.ask<string>('location.hash');
    const again = await open({ hash });
    expect(await again.words()).toEqual(['may write traces, of everything (*)']);
    expect(await again.ask('document.getElementById("q").value')).toBe('trace');
    await again.page.click('#clear');
    expect(await again.ask('location.hash')).toBe('');
    expect(await again.left()).toHaveLength(12);
  });

  test('the numbers of the summary lead to what they count', async () => {
    const report = await open();
    await report.page.click('.tiles a.unused');
    await report.page.waitForFunction(
      'document.querySelector("[data-facet=unused]").getAttribute("aria-pressed") === "true"',
    );
    expect(await report.words()).toEqual([
      'may write traces, of everything (*)',
      'may send messages to the queue photos',
    ]);
  });
});

test('a statement opens to what it says exactly', async () => {
  const report = await open();
  await report.page.click('#principals summary');
  await report.page.click('[data-statement="2"] summary');
  expect(await report.texts('[data-statement="2"] dd')).toEqual([
    'kms:Decryptkms:GenerateDataKey',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as the report writes references
    'the key data${encryption/Data.Arn}',
    'only through s3.eu-central-1.amazonaws.com',
    'landfall-prod-api.documentsPolicy#1',
  ]);
  expect(await report.texts('[data-statement="2"] pre')).toEqual([
    expect.stringContaining('"Effect": "Allow"'),
  ]);
});

test('a link to a place opens it', async () => {
  const report = await open({ hash: '#p-database-migrations-Function-Role' });
  expect(await report.texts('#principals .words')).toContain('may read the secret owner');
  const top = await report.ask<number>('document.querySelector(location.hash).getBoundingClientRect().top');
  expect(top).toBeGreaterThanOrEqual(0);
  expect(top).toBeLessThan(1000);
});

test('everything can be done by keyboard', async () => {
  const report = await open();
  await report.press('Tab');
  expect(await report.focused()).toBe('Skip to the report');
  await report.press('/');
  expect(await report.focused()).toBe('q');
  expect(await report.ask('document.getElementById("q").value')).toBe('');
  await report.page.keyboard.type('secret');
  await report.press('ArrowDown');
  expect(await report.focused()).toMatch(/^SUMMARY migrations function/);
  const outline = 'getComputedStyle(document.activeElement).outlineStyle';
  expect(await report.ask(outline)).toBe('solid');
  await report.press('ArrowDown');
  expect(await report.focused()).toMatch(/^SUMMARY Allow may read the secret owner/);
  await report.press('Enter');
  expect(await report.ask('document.activeElement.parentElement.open')).toBe(true);
  await report.press('ArrowLeft');
  expect(await report.ask('document.activeElement.parentElement.open')).toBe(false);
  await report.press('ArrowLeft');
  expect(await report.focused()).toMatch(/^SUMMARY migrations function/);
  await report.press('ArrowUp');
  expect(await report.focused()).toBe('q');
  await report.press('Escape');
  expect(await report.left()).toHaveLength(12);
  await report.press('Escape');
  expect(await report.ask('document.activeElement === document.body')).toBe(true);
});

describe('the graph', () => {
  test('shows what the filter leaves', async () => {
    const report = await open();
    expect(await report.graph()).toHaveLength(3 + 10 + 7);
    await report.filter('kms');
    expect(await report.graph()).toEqual([
      'documents function, 1 statement',
      'kms:Decrypt, 1 statement',
      'kms:GenerateDataKey, 1 statement',
      'the key data, 1 statement',
    ]);
    await report.filter('no such thing');
    expect(await report.graph()).toEqual([]);
    expect(await report.texts('#graph-view')).toEqual(['No statement is left to draw.']);
  });

  test('marks the way through what is pointed at, and nothing else', async () => {
    const report = await open();
    await report.page.hover('[aria-label^="the key data"]');
    const marked = `[...document.querySelectorAll('.node.on')].map((e) => e.getAttribute('aria-label').split(',')[0])`;
    expect(await report.ask(marked)).toEqual([
      'documents function',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'the key data',
    ]);
    await report.page.hover('h1');
    expect(await report.ask(marked)).toEqual([]);
  });

  test('filters by what is chosen, by pointer or keyboard, and takes it back', async () => {
    const report = await open();
    await report.page.click('[aria-label^="scheduler"]');
    expect(await report.ask('document.getElementById("q").value')).toBe('principal:scheduler');
    expect((await report.graph()).map((label) => label.split(',')[0])).toEqual([
      'scheduler',
      'sqs:SendMessage',
      'the queue photos',
    ]);
    await report.ask(`document.querySelector('[aria-label^="scheduler"]').focus()`);
    await report.press('Enter');
    expect(await report.graph()).toHaveLength(20);
    await report.ask(`document.querySelector('[aria-label^="documents function"]').focus()`);
    await report.press('ArrowRight', 'ArrowRight');
    expect(await report.ask('document.activeElement.dataset.column')).toBe('2');
    await report.press('ArrowLeft');
    expect(await report.ask('document.activeElement.dataset.column')).toBe('1');
  });

  test('has the policies of resources on demand', async () => {
    const report = await open();
    await report.page.click('#with-resource-policies');
    expect(await report.graph()).toContainEqual('cloudfront.amazonaws.com, 1 statement');
  });
});

describe.each([
  ['light', false],
  ['dark', true],
] as const)('%s', (_name, dark) => {
  test.each([1400, 800, 400])('has enough contrast and nothing too wide at %i pixels', async (width) => {
    const report = await open({ dark, width });
    await report.page.click('[data-open="all"]');
    await report.ask(`document.querySelectorAll('.statement').forEach((e) => { e.open = true; })`);
    await report.page.click('[data-facet="allow"]');
    const { seen, found } = await report.ask<{ seen: number; found: string[] }>(lowContrast(4.5));
    expect(seen).toBeGreaterThan(200);
    expect(found).toEqual([]);
    expect(await report.ask('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });
});

test.each([1400, 800, 400])(
  'the report of a whole environment is not too wide at %i pixels',
  async (width) => {
    const report = await open({ width }, renderHtml(buildReport(assemblyDirectory('prod-platform'))));
    await report.page.click('[data-open="all"]');
    await report.graph();
    const page = 'document.documentElement';
    expect(await report.ask(`${page}.scrollWidth`)).toBeLessThanOrEqual(width);
    const tables = `[...document.querySelectorAll('table')].filter((e) => e.scrollWidth > e.parentElement.clientWidth + 1).map((e) => e.caption.textContent)`;
    expect(await report.ask(tables)).toEqual([]);
    expect(report.complaints).toEqual([]);
  },
);

test('light and dark differ, follow the system, and can be chosen', async () => {
  const background = 'getComputedStyle(document.body).backgroundColor';
  const [light, dark] = [await open(), await open({ dark: true })];
  const [bright, dim] = [await light.ask(background), await dark.ask(background)];
  expect(bright).not.toBe(dim);
  await light.page.click('#theme');
  expect(await light.ask(background)).toBe(dim);
  expect(await light.texts('#theme')).toEqual(['Light']);
  await light.page.click('#theme');
  expect(await light.ask(background)).toBe(bright);
});

test('cards keep their size when they are out of sight', async () => {
  const report = await open({}, renderHtml(largeReport(200)));
  await report.page.click('[data-open="all"]');
  await report.ask(`document.querySelector('#acknowledgements').scrollIntoView()`);
  await report.ask(`document.querySelector('#principals').scrollIntoView()`);
  const heights = await report.ask<number[]>(
    `[...document.querySelectorAll('#principals .card')].map((e) => e.offsetHeight)`,
  );
  expect(Math.max(...heights)).toBeLessThan(1500);
});

test('printing is on white, with everything open', async () => {
  const report = await open({ dark: true });
  await report.page.emulateMediaType('print');
  expect(await report.ask('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  await report.ask('dispatchEvent(new Event("beforeprint"))');
  expect(await report.texts('#principals .words')).not.toEqual([]);
  await report.ask('dispatchEvent(new Event("afterprint"))');
  expect(await report.texts('#principals .words')).toEqual([]);
});

test('1,000 statements stay fluid: no keystroke takes half a second, and the graph is still one to read', async () => {
  const report = await open({}, renderHtml(largeReport(1000)));
  const nodes = await report.graph();
  expect(nodes.length).toBeLessThanOrEqual(66);
  await report.page.click('[data-open="all"]');
  const times = await report.ask<{ handled: number; shown: number }[]>(`(async () => {
    const times = [];
    const q = document.getElementById('q');
    for (const text of ['w', 'wo', 'worker', 's', 's3', 's3:get1', 's3:get', 's3', '', 'x', 'no such thing', '']) {
      const start = performance.now();
      q.value = text;
      q.dispatchEvent(new InputEvent('input', { bubbles: true }));
      const handled = performance.now() - start;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      times.push({ handled, shown: performance.now() - start });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return times;
  })()`);
  const sorted = (key: 'handled' | 'shown') =>
    times.map((time) => Math.round(time[key])).sort((x, y) => x - y);
  const [handled, shown] = [sorted('handled'), sorted('shown')];
  console.log(`1,000 statements, all open, ms: handled ${handled.join(' ')}; until shown ${shown.join(' ')}`);
  expect(handled.at(-1)).toBeLessThan(500);
  // Of a frame the middle one: a machine that is busy holds back some.
  expect(shown[shown.length / 2]).toBeLessThan(500);
  expect(await report.texts('#found')).toEqual(['1052 statements']);
});
