import * as z from 'zod';

/** What a profile may hold at most: a resume of a thousand pages must not become a row of a thousand pages. */
export const profileLimits = {
  text: 200,
  links: 20,
  skills: 100,
  entries: 50,
  languages: 20,
} as const;

const foundText = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(profileLimits.text)
    .nullable()
    .meta({ description, examples: [example] });

/** What made a value less certain than it looks. */
export const profileNotes = [
  'no_text',
  'text_truncated',
  'no_sections',
  'name_not_found',
  'name_from_email',
  'name_uncertain',
  'email_not_found',
  'several_emails',
  'phone_country_assumed',
  'skills_from_whole_text',
  'experience_not_found',
  'education_not_found',
] as const;

const entrySchema = z.strictObject({
  title: foundText('Position or degree, as written.', 'Senior Developer'),
  organisation: foundText('Employer or school, as written.', 'Example GmbH'),
  from: foundText('Begin, as written.', 'March 2019'),
  to: foundText('End, as written; `null` where none is named.', 'today'),
  start: z
    .string()
    .regex(/^\d{4}(-\d\d)?$/)
    .nullable()
    .meta({ description: 'Begin as a year or a month.', examples: ['2019-03'] }),
  end: z
    .string()
    .regex(/^\d{4}(-\d\d)?$/)
    .nullable()
    .meta({ description: 'End as a year or a month; `null` also where it goes on.', examples: ['2021'] }),
  current: z.boolean().meta({ description: 'The resume says that it goes on.' }),
});

/** A resume as data. Every text is as its author wrote it; nothing is guessed that is not there. */
export const profileSchema = z
  .strictObject({
    name: foundText('Name of the person.', 'Jane Example'),
    email: z
      .email()
      .max(254)
      .nullable()
      .meta({ examples: ['jane@example.com'] }),
    phone: z
      .strictObject({
        e164: z
          .string()
          .regex(/^\+\d{4,15}$/)
          .meta({ examples: ['+493012345678'] }),
        written: z
          .string()
          .max(50)
          .meta({ description: 'As in the resume.', examples: ['030 12345678'] }),
      })
      .nullable(),
    links: z.array(z.url().max(500)).max(profileLimits.links),
    skills: z
      .array(z.string().min(1).max(profileLimits.text))
      .max(profileLimits.skills)
      .meta({
        description: 'Known skills by their usual name, and others as they are listed.',
        examples: [['TypeScript', 'PostgreSQL']],
      }),
    education: z.array(entrySchema).max(profileLimits.entries),
    experience: z.array(entrySchema).max(profileLimits.entries),
    languages: z
      .array(
        z.strictObject({
          code: z
            .string()
            .regex(/^[a-z]{2}$/)
            .meta({ description: 'ISO 639-1.', examples: ['de'] }),
          level: foundText('Proficiency, as written.', 'native'),
        }),
      )
      .max(profileLimits.languages),
    notes: z
      .array(z.enum(profileNotes))
      .meta({ description: 'What is uncertain or was not found.', examples: [['phone_country_assumed']] }),
  })
  .meta({ title: 'Profile' });

export type Profile = z.output<typeof profileSchema>;
export type ProfileEntry = Profile['experience'][number];
export type ProfileNote = (typeof profileNotes)[number];
