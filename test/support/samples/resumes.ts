/** Resumes of invented people: the same facts are written into every format and layout. */
export interface Resume {
  readonly language: string;
  readonly name: string;
  readonly headline: string;
  readonly email: string;
  /** As it is written. */
  readonly phone: string;
  /** As a machine dials it. */
  readonly phoneE164: string;
  readonly place: string;
  readonly headings: {
    readonly profile: string;
    readonly skills: string;
    readonly experience: string;
    readonly education: string;
  };
  readonly profile: string;
  readonly skills: readonly string[];
  readonly experience: readonly Position[];
  readonly education: readonly Education[];
}

export interface Position {
  readonly title: string;
  readonly company: string;
  /** As it is written, and as year-month; no end while it lasts. */
  readonly period: string;
  readonly start: string;
  readonly end?: string;
  readonly duties: readonly string[];
}

export interface Education {
  readonly degree: string;
  readonly school: string;
  readonly period: string;
}

export const english: Resume = {
  language: 'en',
  name: 'Jane Example',
  headline: 'Senior Software Engineer',
  email: 'jane.example@example.com',
  phone: '+1 (206) 555-0142',
  phoneE164: '+12065550142',
  place: 'Seattle, WA',
  headings: { profile: 'Summary', skills: 'Skills', experience: 'Experience', education: 'Education' },
  profile:
    'Engineer with eleven years of experience in building reliable services for people who never notice them. Likes small teams, short documents and systems that explain themselves.',
  skills: ['TypeScript', 'PostgreSQL', 'AWS Lambda', 'Docker', 'Python', 'GraphQL'],
  experience: [
    {
      title: 'Senior Software Engineer',
      company: 'Northwind Example Inc.',
      period: 'March 2019 – Present',
      start: '2019-03',
      duties: [
        'Led the move of forty services from virtual machines to serverless functions.',
        'Reduced the monthly bill by a third while traffic doubled.',
      ],
    },
    {
      title: 'Software Engineer',
      company: 'Contoso Sample LLC',
      period: 'June 2014 – February 2019',
      start: '2014-06',
      end: '2019-02',
      duties: [
        'Built the search of a catalogue with two million articles.',
        'Introduced code review and nightly load tests.',
      ],
    },
  ],
  education: [
    { degree: 'B.Sc. in Computer Science', school: 'Example State University', period: '2010 – 2014' },
  ],
};

export const german: Resume = {
  language: 'de',
  name: 'Max Mustermann',
  headline: 'Projektleiter Maschinenbau',
  email: 'max.mustermann@example.com',
  phone: '+49 30 901820',
  phoneE164: '+4930901820',
  place: 'Berlin',
  headings: {
    profile: 'Profil',
    skills: 'Kenntnisse',
    experience: 'Berufserfahrung',
    education: 'Ausbildung',
  },
  profile:
    'Ingenieur mit langjähriger Erfahrung in der Leitung größerer Projekte. Arbeitet gern mit Menschen zusammen, die zuhören, und übernimmt Verantwortung für Ergebnisse.',
  skills: ['SAP', 'AutoCAD', 'Projektmanagement', 'Qualitätssicherung', 'Excel'],
  experience: [
    {
      title: 'Projektleiter',
      company: 'Beispielwerke GmbH',
      period: '04/2016 – heute',
      start: '2016-04',
      duties: [
        'Leitung von Projekten mit bis zu zwölf Mitarbeitern.',
        'Einführung eines Systems für die Prüfung von Bauteilen.',
      ],
    },
    {
      title: 'Konstrukteur',
      company: 'Muster Maschinen AG',
      period: '09/2011 – 03/2016',
      start: '2011-09',
      end: '2016-03',
      duties: ['Entwicklung von Getrieben für Förderanlagen.'],
    },
  ],
  education: [
    {
      degree: 'Diplom-Ingenieur Maschinenbau',
      school: 'Technische Hochschule Musterstadt',
      period: '2006 – 2011',
    },
  ],
};

export const french: Resume = {
  language: 'fr',
  name: 'Zoé Exemple',
  headline: 'Responsable marketing',
  email: 'zoe.exemple@example.com',
  phone: '+33 1 99 00 12 34',
  phoneE164: '+33199001234',
  place: 'Lyon',
  headings: {
    profile: 'Profil',
    skills: 'Compétences',
    experience: 'Expérience professionnelle',
    education: 'Formation',
  },
  profile:
    'Spécialiste de la communication avec huit années d’expérience dans des entreprises de toutes tailles. Elle aime écrire, expliquer et mesurer ce qui fonctionne vraiment.',
  skills: ['Stratégie de marque', 'Google Analytics', 'Rédaction', 'Photoshop'],
  experience: [
    {
      title: 'Responsable marketing',
      company: 'Société Exemple',
      period: 'janvier 2018 – aujourd’hui',
      start: '2018-01',
      duties: [
        'Création de campagnes pour le lancement de nouveaux produits.',
        'Gestion d’une équipe de cinq personnes.',
      ],
    },
  ],
  education: [
    { degree: 'Master en communication', school: 'Université d’Exempleville', period: '2012 – 2017' },
  ],
};

export const spanish: Resume = {
  language: 'es',
  name: 'Íñigo Ejemplo',
  headline: 'Enfermero de urgencias',
  email: 'inigo.ejemplo@example.com',
  phone: '+34 910 123 456',
  phoneE164: '+34910123456',
  place: 'Sevilla',
  headings: {
    profile: 'Perfil',
    skills: 'Habilidades',
    experience: 'Experiencia laboral',
    education: 'Formación académica',
  },
  profile:
    'Enfermero con diez años de experiencia en servicios de urgencias. Trabaja con calma cuando los demás corren y enseña a los compañeros que empiezan.',
  skills: ['Triaje', 'Soporte vital avanzado', 'Gestión de equipos'],
  experience: [
    {
      title: 'Enfermero de urgencias',
      company: 'Hospital de Ejemplo',
      period: 'mayo 2015 – actualidad',
      start: '2015-05',
      duties: ['Atención a pacientes en situaciones críticas durante turnos de noche.'],
    },
  ],
  education: [{ degree: 'Grado en Enfermería', school: 'Universidad de Ejemplo', period: '2010 – 2014' }],
};

export const polish: Resume = {
  language: 'pl',
  name: 'Łucja Przykładowa',
  headline: 'Księgowa',
  email: 'lucja.przykladowa@example.com',
  phone: '+48 22 123 45 67',
  phoneE164: '+48221234567',
  place: 'Łódź',
  headings: {
    profile: 'Profil',
    skills: 'Umiejętności',
    experience: 'Doświadczenie',
    education: 'Wykształcenie',
  },
  profile:
    'Księgowa z wieloletnim doświadczeniem w prowadzeniu ksiąg małych i średnich przedsiębiorstw. Ceni dokładność, spokojną współpracę oraz jasne zasady.',
  skills: ['Rachunkowość', 'Podatki', 'Excel', 'Symfonia'],
  experience: [
    {
      title: 'Samodzielna księgowa',
      company: 'Przykład Sp. z o.o.',
      period: '2013 – obecnie',
      start: '2013-01',
      duties: ['Prowadzenie ksiąg rachunkowych oraz przygotowanie sprawozdań.'],
    },
  ],
  education: [{ degree: 'Magister ekonomii', school: 'Uniwersytet Przykładowy', period: '2008 – 2013' }],
};

export const russian: Resume = {
  language: 'ru',
  name: 'Иван Примеров',
  headline: 'Системный администратор',
  email: 'ivan.primerov@example.com',
  phone: '+7 495 123-45-67',
  phoneE164: '+74951234567',
  place: 'Казань',
  headings: { profile: 'О себе', skills: 'Навыки', experience: 'Опыт работы', education: 'Образование' },
  profile:
    'Администратор с большим опытом обслуживания серверов и сетей. Любит порядок, пишет понятные инструкции и умеет объяснять сложные вещи простыми словами.',
  skills: ['Linux', 'PostgreSQL', 'Ansible', 'Сети'],
  experience: [
    {
      title: 'Системный администратор',
      company: 'ООО «Пример»',
      period: 'март 2017 – настоящее время',
      start: '2017-03',
      duties: ['Обслуживание двухсот серверов и резервное копирование данных.'],
    },
  ],
  education: [{ degree: 'Инженер', school: 'Примерский университет', period: '2009 – 2014' }],
};

export const japanese: Resume = {
  language: 'ja',
  name: '例山 花子',
  headline: 'ソフトウェアエンジニア',
  email: 'hanako.reiyama@example.com',
  phone: '+81 3-1234-5678',
  phoneE164: '+81312345678',
  place: '東京都',
  headings: { profile: '自己紹介', skills: 'スキル', experience: '職務経歴', education: '学歴' },
  profile:
    '十年以上にわたり、業務システムの設計と開発に携わってきました。チームで働くことが好きで、わかりやすい文書を書くことを大切にしています。',
  skills: ['Java', 'データベース設計', 'AWS'],
  experience: [
    {
      title: 'ソフトウェアエンジニア',
      company: '株式会社サンプル',
      period: '2015年4月 – 現在',
      start: '2015-04',
      duties: ['受注管理システムの再構築を担当しました。'],
    },
  ],
  education: [{ degree: '工学部 卒業', school: '例示大学', period: '2011年 – 2015年' }],
};

/** A resume as lines: `# ` starts a heading, `- ` an item of a list. */
export function resumeLines(resume: Resume): string[] {
  const { headings } = resume;
  return [
    `# ${resume.name}`,
    resume.headline,
    `${resume.email} | ${resume.phone} | ${resume.place}`,
    `## ${headings.profile}`,
    resume.profile,
    `## ${headings.skills}`,
    resume.skills.join(', '),
    `## ${headings.experience}`,
    ...resume.experience.flatMap(({ title, company, period, duties }) => [
      `${title}, ${company}`,
      period,
      ...duties.map((duty) => `- ${duty}`),
    ]),
    `## ${headings.education}`,
    ...resume.education.map(({ degree, school, period }) => `${degree}, ${school}, ${period}`),
  ];
}

/** What must stand in the text of a resume, wherever its layout puts it. */
export function factsOf(resume: Resume): string[] {
  return [
    resume.name,
    resume.email,
    resume.phone,
    resume.skills[0] ?? '',
    resume.experience[0]?.company ?? '',
  ];
}
