import { ruleParser } from '../../../lambdas/profile/rule-parser';
import { type Profile, profileSchema } from '../../../lambdas/profile/schema';
import { type ResumeText, resumeTexts } from '../../support/resume-texts';

const parse = (text: string, language: string | null = 'en') => ruleParser.parse(text, { language });

const brief = (entries: Profile['experience']) =>
  entries.map(({ title, organisation, start, end }) => [title, organisation, start, end]);

describe.each(resumeTexts.map((sample) => [sample.layout, sample] as const))(
  '%s',
  (_, sample: ResumeText) => {
    let profile: Profile;
    beforeAll(async () => {
      profile = await parse(sample.text, sample.language);
    });

    it('is a profile as the contract says', () => {
      expect(profileSchema.parse(profile)).toEqual(profile);
    });

    it('names the person and how to reach them', () => {
      const { name, email, phone } = profile;
      expect({ name, email, phone: phone?.e164 ?? null }).toEqual({
        name: sample.name,
        email: sample.email,
        phone: sample.phone,
      });
    });

    it('has the experience', () => {
      expect(brief(profile.experience)).toEqual(sample.experience);
    });

    it('has the education', () => {
      expect(brief(profile.education)).toEqual(sample.education);
    });

    it('has the skills', () => {
      expect(profile.skills).toEqual(expect.arrayContaining([...sample.skills]));
    });

    it('has the languages', () => {
      const languages = Object.fromEntries(profile.languages.map(({ code, level }) => [code, level]));
      expect(languages).toEqual(sample.languages ?? {});
    });
  },
);

describe('notes', () => {
  const notes = async (text: string, language: string | null = 'en') => (await parse(text, language)).notes;

  it('say that nothing was there', async () => {
    expect(await parse('')).toEqual({
      name: null,
      email: null,
      phone: null,
      links: [],
      skills: [],
      education: [],
      experience: [],
      languages: [],
      notes: [
        'no_text',
        'no_sections',
        'name_not_found',
        'email_not_found',
        'experience_not_found',
        'education_not_found',
      ],
    });
  });

  it('say that a phone number has no country of its own', async () => {
    expect(await notes('Jane Example\nTel: 030 901820', 'de')).toContain('phone_country_assumed');
    expect(await notes('Jane Example\nTel: +49 30 901820', 'de')).not.toContain('phone_country_assumed');
  });

  it('say that a name was made of an address', async () => {
    expect(await notes('jane.example@example.com')).toContain('name_from_email');
  });

  it('say that there are several addresses', async () => {
    const profile = await parse('Jane Example\njane@example.com, office@example.com');
    expect(profile).toMatchObject({
      email: 'jane@example.com',
      notes: expect.arrayContaining(['several_emails']),
    });
  });

  it('say that the text was longer than what is read', async () => {
    expect(await notes(`Jane Example\n${'word '.repeat(100_000)}`)).toContain('text_truncated');
  });
});

describe('what is not there is not found', () => {
  it.each(['2015 - 2019', 'IBAN DE89 3704 0044 0532 0130 00', '12345 Berlin', '10/10/2010', '4.0 GPA 2014'])(
    'no phone number in %j',
    async (line) => {
      for (const language of ['en', 'de', 'fr', 'es']) expect((await parse(line, language)).phone).toBeNull();
    },
  );

  it.each(['Go to the market and C what is there', 'We express our thanks', 'He excels at less work'])(
    'no skill in %j',
    async (line) => expect((await parse(line)).skills).toEqual([]),
  );

  it('no name in headings, addresses and positions', async () => {
    const { name } = await parse(
      'Curriculum Vitae\nSenior Developer\n12 Sample Street\nUnited Kingdom\nWork Experience',
    );
    expect(name).toBeNull();
  });
});

describe('whatever the text', () => {
  const megabyte = (part: string) => part.repeat(Math.ceil(1_000_000 / part.length));
  const hostile: Record<string, string> = {
    'one line of letters': megabyte('a'),
    'one line of spaces': megabyte(' '),
    'one line of digits': megabyte('1'),
    'at signs': megabyte('@'),
    'addresses without an end': megabyte('a.a-a+a@a.'),
    'addresses without a domain': megabyte(`${'a.'.repeat(190)}@\n`),
    'digits and spaces': megabyte(`${'1 '.repeat(199)}x\n`),
    'plus signs and brackets': megabyte('+(0) (('),
    'periods without an end': megabyte('2019 - '),
    'months without a year': megabyte('January February \n'),
    'many periods': megabyte('Experience\n2019 - 2020\n'),
    'dashes and bars': megabyte('- | - | – — '),
    'letters apart': megabyte(`${'a '.repeat(199)}bb\n`),
    'links without an end': megabyte('http://www.'),
    'many links': megabyte('https://example.com/a '),
    'combining marks': megabyte('a\u0301\u0302\u0303'),
    'brackets in a list of skills': `Skills\n${megabyte(`${'('.repeat(300)}\n`)}`,
    'different skills': `Skills\n${Array.from({ length: 60_000 }, (_, n) => `skill x${n}`).join('\n')}`,
    'lone surrogates': megabyte('\ud800 \udfff'),
    'characters of two halves': `Experience\n${megabyte(`${'\u{1d400}'.repeat(199)} 2019 - 2020\n\0a${'\u{1d400}'.repeat(99)} 2011 - 2012\n`)}`,
    'names in capitals': megabyte('JANE-MARIE EXAMPLE-'),
  };

  it.each(Object.entries(hostile))('a megabyte of %s ends soon, as a profile', async (_, text) => {
    await parse('warm');
    const before = process.cpuUsage();
    const profile = await parse(text, 'de');
    const { user } = process.cpuUsage(before);
    expect(profileSchema.safeParse(profile).error).toBeUndefined();
    expect(JSON.stringify(profile).length).toBeLessThan(100_000);
    // Postgres takes neither NUL nor half a character.
    expect(JSON.stringify(profile)).not.toMatch(/\\u(?:0000|d[89a-f])/);
    // A rule that goes back over its line would take minutes.
    expect(user / 1e6).toBeLessThan(5);
  });
});
