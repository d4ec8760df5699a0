import { renderMail, texts } from '../../../lambdas/magic-link-sender/mail';

const link = 'https://app.example.com/sign-in#token=v1.eyJw.bWFj';
const content = { application: 'Landfall', minutes: 10, link };
const locales = Object.keys(texts);

test('there are texts in English, German, Spanish and French', () => {
  expect(locales.sort()).toEqual(['de', 'en', 'es', 'fr']);
});

test.each(locales)('%s has every text, with the same places to fill in as English', (locale) => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
  expect(Object.keys(texts[locale] ?? {})).toEqual(Object.keys(texts.en ?? {}));
  for (const [key, text] of Object.entries(texts[locale] ?? {})) {
    expect([key, text.trim().length > 0, places(text)]).toEqual([
      key,
      true,
      places(texts.en?.[key as keyof typeof texts.en] ?? ''),
    ]);
  }
});

test.each(locales)(
  'a mail in %s says in both parts from which application, how long, and where to go',
  (locale) => {
    const { subject, text, html } = renderMail({ ...content, locale });
    expect(subject).toContain('Landfall');
    expect(html).toContain(`<html lang="${locale}">`);
    expect(html).toContain(`href="${link}"`);
    for (const part of [text, html]) {
      expect(part).toContain(link);
      expect(part).toContain('Landfall');
      expect(part).toMatch(/10 (?:minutes|Minuten|minutos)/);
      expect(part).not.toMatch(/[{}]\w*[}]?(?=\w*\})|undefined/);
    }
  },
);

test.each([
  ['de-AT', 'de'],
  ['DE', 'de'],
  ['fr_CA', 'fr'],
  ['ja', 'en'],
  ['', 'en'],
  ['constructor', 'en'],
  ['../../etc/passwd', 'en'],
  [undefined, 'en'],
])('a reader of %j gets the mail in %s', (locale, language) => {
  expect(renderMail({ ...content, locale }).html).toContain(`<html lang="${language}">`);
});

test('a single minute is one minute', () => {
  expect(renderMail({ ...content, minutes: 1 }).text).toContain('within 1 minute after');
  expect(renderMail({ ...content, minutes: 1, locale: 'de' }).text).toContain('innerhalb von 1 Minute nach');
});

test('the name of the application cannot become markup, nor a place to fill in', () => {
  const application = `<img src=x onerror="alert('1')"> & {duration} $& "Co"`;
  const { html, text, subject } = renderMail({ ...content, application });
  expect(html).not.toContain('<img');
  expect(html).toContain(
    '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; {duration} $&amp; &quot;Co&quot;',
  );
  expect(text).toContain(application);
  expect(subject).toContain(application);
});

test('the address of the page cannot leave its attribute', () => {
  const { html, text } = renderMail({ ...content, link: 'https://a.example/?a=1&b="><script>#token=v1.x.y' });
  expect(html).not.toContain('<script>');
  expect(html).toContain('href="https://a.example/?a=1&amp;b=&quot;&gt;&lt;script&gt;#token=v1.x.y"');
  expect(text).toContain('https://a.example/?a=1&b="><script>#token=v1.x.y');
});

test('nothing is loaded and no link is tracked', () => {
  const { html } = renderMail(content);
  expect(html).not.toMatch(/<(?:img|link|script|iframe)|url\(|@import/);
  const anchors = html.match(/<a [^>]*>/g) ?? [];
  expect(anchors).toHaveLength(2);
  for (const anchor of anchors) expect(anchor).toContain('ses:no-track');
});

test('the line that mail programs show beside the subject comes first and is not seen twice', () => {
  const { html } = renderMail(content);
  expect(html).toMatch(
    /<body[^>]*>\n<div style="display:none;[^"]*">Your link works once, within 10 minutes\.<\/div>/,
  );
});
