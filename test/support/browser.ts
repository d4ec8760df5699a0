/** A headless browser for tests of pages. */
import type { Browser } from 'puppeteer-core';

/** CHROME_PATH, the Chromium of @sparticuz/chromium where it runs (Linux on x64), or a Chrome that is installed. */
export async function launchBrowser(): Promise<Browser> {
  const { default: puppeteer } = await import('puppeteer-core');
  const given = process.env.CHROME_PATH;
  try {
    if (given) return await puppeteer.launch({ executablePath: given, args: ['--no-sandbox'] });
    if (process.platform === 'linux' && process.arch === 'x64') {
      const { default: chromium } = await import('@sparticuz/chromium');
      const executablePath = await chromium.executablePath();
      return await puppeteer.launch({ executablePath, args: chromium.args, headless: 'shell' });
    }
    return await puppeteer.launch({ channel: 'chrome' });
  } catch (cause) {
    throw new Error(
      `No browser could be started for this test (${given ? `CHROME_PATH is ${given}` : `${process.platform} on ${process.arch}`}). ` +
        'On Linux x64 it comes with npm ci; elsewhere install Google Chrome, or set CHROME_PATH to the program of a ' +
        'Chrome or Chromium. On a minimal Linux the libraries that Chromium needs may be missing (libnss3).',
      { cause },
    );
  }
}
