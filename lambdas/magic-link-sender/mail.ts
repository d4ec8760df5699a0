import { html } from './mail-template';
import de from './texts/de.json';
import en from './texts/en.json';
import es from './texts/es.json';
import fr from './texts/fr.json';

/** What a mail says, with `{application}` and `{duration}` where they belong. Another language is another file. */
export type Texts = Readonly<Record<keyof typeof en, string>>;

export const texts: Readonly<Record<string, Texts>> = { en, de, es, fr };

export interface MailContent {
  /** Name of the application, as its users know it. */
  readonly application: string;
  /** How long the link works. */
  readonly minutes: number;
  readonly link: string;
  /** What the user prefers, for example `de-AT`; anything else is read as English. */
  readonly locale?: string | undefined;
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The mail that carries a link, in the language of its reader. */
export function renderMail({ application, minutes, link, locale }: MailContent): Mail {
  const language = languageOf(locale);
  const values: Record<string, string> = { application, duration: durationOf(minutes, language) };
  const say = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const said = Object.fromEntries(
    Object.entries(texts[language] ?? en).map(([key, text]) => [key, say(text)]),
  ) as Texts;
  return {
    subject: said.subject,
    text: [said.heading, said.lead, link, said.validity, said.unexpected].join('\n\n'),
    html: html({ language, texts: said, link }),
  };
}

function languageOf(locale: string | undefined): string {
  const [language = ''] = (locale ?? '').toLowerCase().split(/[-_]/);
  return Object.hasOwn(texts, language) ? language : 'en';
}

/** `1 minute`, `10 Minuten`. */
function durationOf(minutes: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(
    minutes,
  );
}
