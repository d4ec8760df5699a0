/** The HTML report in a browser, with everything a test asks of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';

export interface Look {
  readonly dark?: boolean;
  readonly width?: number;
  /** With the `#`. */
  readonly hash?: string;
  /** @default true */
  readonly script?: boolean;
}

/** Code for the page is text: the types of the DOM belong to the page's own files alone. */
export class ReportPage {
  /** Of the console and of the page itself. */
  readonly complaints: string[] = [];
  readonly requests: string[] = [];

  private constructor(
    readonly page: Page,
    readonly address: string,
  ) {}

  static async open(
    browser: Browser,
    html: string,
    { dark = false, width = 1400, hash = '', script = true }: Look = {},
  ): Promise<ReportPage> {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-report-'));
    const file = join(folder, 'audit.html');
    writeFileSync(file, html);
    const report = new ReportPage(await browser.newPage(), pathToFileURL(file).href);
    const { page } = report;
    page.on('console', (message) => report.complaints.push(message.text()));
    page.on('pageerror', (error) => report.complaints.push(String(error)));
    page.on('request', (request) => report.requests.push(request.url()));
    page.once('close', () => rmSync(folder, { recursive: true, force: true }));
    await page.setJavaScriptEnabled(script);
    await page.setViewport({ width, height: 1000 });
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    await page.goto(`${report.address}${hash}`);
    return report;
  }

  ask<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>;
  }

  texts(selector: string): Promise<string[]> {
    return this.ask(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((e) => e.checkVisibility()).map((e) => e.textContent.trim().replace(/\\s+/g, ' '))`,
    );
  }

  /** Numbers of the statements that the filter leaves, whether their card is open or not. */
  left(): Promise<number[]> {
    return this.ask(
      `[...document.querySelectorAll('[data-statement]')].filter((e) => !e.hidden && !e.closest('[data-group]').hidden).map((e) => Number(e.dataset.statement))`,
    );
  }

  /** What the filter left in words. */
  async words(): Promise<string[]> {
    const numbers = await this.left();
    return this.ask(
      `${JSON.stringify(numbers)}.map((n) => document.querySelector('[data-statement="' + n + '"] .words').textContent)`,
    );
  }

  async filter(text: string): Promise<void> {
    await this.page.focus('#q');
    await this.page.$eval('#q', (input) => (input as unknown as { select: () => void }).select());
    await this.page.keyboard.press('Backspace');
    await this.page.keyboard.type(text);
  }

  /** Waits until the graph has followed the filter. */
  async graph(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return this.ask(
      `[...document.querySelectorAll('#graph-view .node')].map((e) => e.getAttribute('aria-label'))`,
    );
  }

  press(...keys: Parameters<Page['keyboard']['press']>[0][]): Promise<void> {
    return keys.reduce<Promise<void>>(
      (before, key) => before.then(() => this.page.keyboard.press(key)),
      Promise.resolve(),
    );
  }

  focused(): Promise<string> {
    return this.ask(
      `(() => { const e = document.activeElement; return e.id || e.className.baseVal || e.closest('[data-group]') && e.tagName + ' ' + e.textContent.trim().replace(/\\s+/g, ' ') || e.textContent.trim(); })()`,
    );
  }
}
