import { findEmails, findLinks, findName, findPhone } from './contact';
import { readEntries, readLooseEntries } from './entries';
import { findLanguages } from './languages';
import { readLines } from './lines';
import type { ParseOptions, ProfileParser } from './profile-parser';
import type { Profile, ProfileNote } from './schema';
import { divide, linesOf, type Section } from './sections';
import { findSkills } from './skills';

/** Reads a profile by rules: headings, periods and dictionaries, in time proportional to the text. */
export const ruleParser: ProfileParser = {
  parse: async (text, options) => parseByRules(text, options),
};

export function parseByRules(text: string, { language }: ParseOptions): Profile {
  const { lines, truncated } = readLines(text);
  const sections = divide(lines);
  const emails = findEmails(lines);
  const { name, note } = findName(lines, emails);
  const phone = findPhone(lines, language);
  const { skills, listed } = findSkills(
    linesOf(sections, 'skills'),
    sections.filter(({ name: section }) => section !== 'skills').flatMap((section) => section.lines),
  );
  const { experience, education } = entriesOf(sections);
  const conditions: readonly (readonly [ProfileNote | undefined, boolean])[] = [
    ['no_text', lines.length === 0],
    ['text_truncated', truncated],
    ['no_sections', sections.length === 1],
    [note, true],
    ['email_not_found', emails.length === 0],
    ['several_emails', emails.length > 1],
    ['phone_country_assumed', phone?.assumed === true],
    ['skills_from_whole_text', !listed && skills.length > 0],
    ['experience_not_found', experience.length === 0],
    ['education_not_found', education.length === 0],
  ];
  return {
    name,
    email: emails[0] ?? null,
    phone: phone?.phone ?? null,
    links: findLinks(lines),
    skills,
    education,
    experience,
    languages: findLanguages(linesOf(sections, 'languages')),
    notes: conditions.flatMap(([code, holds]) => (holds && code ? [code] : [])),
  };
}

function entriesOf(sections: readonly Section[]): Pick<Profile, 'experience' | 'education'> {
  const headed = sections.some(({ name }) => name === 'experience' || name === 'education');
  if (!headed) return readLooseEntries(linesOf(sections, 'head'));
  return {
    experience: readEntries(linesOf(sections, 'experience'), 'experience'),
    education: readEntries(linesOf(sections, 'education'), 'education'),
  };
}
