/** Texts of resumes as extraction gives them, one for each way to set one, with what a reader finds in them. */
export interface ResumeText {
  readonly layout: string;
  readonly language: string;
  readonly text: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  /** All of these, among others. */
  readonly skills: readonly string[];
  /** Title, organisation, start, end; in order and complete. */
  readonly experience: readonly (readonly [string | null, string | null, string | null, string | null])[];
  readonly education: readonly (readonly [string | null, string | null, string | null, string | null])[];
  readonly languages?: Readonly<Record<string, string | null>>;
}

export const resumeTexts: readonly ResumeText[] = [
  {
    layout: 'title, organisation and period in one line',
    language: 'en',
    text: `Jane Example
jane@example.com | +44 20 7946 0958 | https://linkedin.com/in/jane-example

SUMMARY
Backend developer with ten years of experience.

EXPERIENCE
Senior Developer, Example Ltd   March 2019 – Present
• Built services in TypeScript and PostgreSQL.
• Led a team of 4 from 2020 on.
Developer, Sample Inc.   Jan 2015 – Feb 2019
• Maintained Python scripts.

EDUCATION
BSc Computer Science, Example University   2011 – 2014

SKILLS
TypeScript, Node.js, PostgreSQL, Docker, k8s`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: '+442079460958',
    skills: ['TypeScript', 'Node.js', 'PostgreSQL', 'Docker', 'Kubernetes', 'Python'],
    experience: [
      ['Senior Developer', 'Example Ltd', '2019-03', null],
      ['Developer', 'Sample Inc.', '2015-01', '2019-02'],
    ],
    education: [['BSc Computer Science', 'Example University', '2011', '2014']],
  },
  {
    layout: 'period first, then title and organisation in the same line (German table)',
    language: 'de',
    text: `Lebenslauf
Persönliche Daten
Name: Jana Beispiel
Anschrift: Musterstraße 1, 10115 Berlin
Telefon: 030 901820
E-Mail: jana.beispiel@example.com
Geboren am 01.02.1990

Berufserfahrung
03/2019 – heute   Softwareentwicklerin, Beispiel GmbH
04/2015 – 02/2019   Praktikantin, Muster AG

Ausbildung
10/2010 - 09/2014   Bachelor Informatik, Technische Universität Berlin
2010   Abitur, Mustergymnasium

Kenntnisse
Java, Spring Boot, SQL, Projektmanagement
Sprachen
Deutsch (Muttersprache), Englisch (C1)`,
    name: 'Jana Beispiel',
    email: 'jana.beispiel@example.com',
    phone: '+4930901820',
    skills: ['Java', 'Spring Boot', 'SQL', 'Project Management'],
    experience: [
      ['Softwareentwicklerin', 'Beispiel GmbH', '2019-03', null],
      ['Praktikantin', 'Muster AG', '2015-04', '2019-02'],
    ],
    education: [
      ['Bachelor Informatik', 'Technische Universität Berlin', '2010-10', '2014-09'],
      ['Abitur', 'Mustergymnasium', null, '2010'],
    ],
    languages: { de: 'Muttersprache', en: 'C1' },
  },
  {
    layout: 'title above, organisation and period below',
    language: 'fr',
    text: `JEANNE EXEMPLE
Développeuse web
12 rue de l'Exemple, 75001 Paris
Tél. : 01 23 45 67 89
jeanne.exemple@example.com

EXPÉRIENCE PROFESSIONNELLE
Développeuse web
Société Exemple SARL, janvier 2018 – aujourd'hui
- Création d'applications en React
Stagiaire
Agence Modèle, juin 2016 – décembre 2017

FORMATION
Master Informatique
Université de Lyon, 2014 - 2016

COMPÉTENCES
PHP, Symfony, JavaScript, gestion de projet
LANGUES
Français : langue maternelle
Anglais : courant`,
    name: 'Jeanne Exemple',
    email: 'jeanne.exemple@example.com',
    phone: '+33123456789',
    skills: ['PHP', 'Symfony', 'JavaScript', 'Project Management', 'React'],
    experience: [
      ['Développeuse web', 'Société Exemple SARL', '2018-01', null],
      ['Stagiaire', 'Agence Modèle', '2016-06', '2017-12'],
    ],
    education: [['Master Informatique', 'Université de Lyon', '2014', '2016']],
    languages: { fr: 'langue maternelle', en: 'courant' },
  },
  {
    layout: 'title, then organisation, then period, each in its line',
    language: 'es',
    text: `Juana Ejemplo Muestra
Calle Mayor 1, 28013 Madrid
Móvil: 612 345 678
Correo: juana.ejemplo@example.com

EXPERIENCIA LABORAL
Desarrolladora de software
Ejemplo S.L.
Enero de 2019 - Actualidad
• Desarrollo de servicios.
Técnica de soporte
Muestra S.A.
Marzo de 2016 - Diciembre de 2018

FORMACIÓN ACADÉMICA
Grado en Ingeniería Informática
Universidad de Ejemplo
2012 - 2016

CONOCIMIENTOS
Java, MySQL, atención al cliente
IDIOMAS
Español: nativo
Inglés: B2`,
    name: 'Juana Ejemplo Muestra',
    email: 'juana.ejemplo@example.com',
    phone: '+34612345678',
    skills: ['Java', 'MySQL', 'Customer Service'],
    experience: [
      ['Desarrolladora de software', 'Ejemplo S.L.', '2019-01', null],
      ['Técnica de soporte', 'Muestra S.A.', '2016-03', '2018-12'],
    ],
    education: [['Grado en Ingeniería Informática', 'Universidad de Ejemplo', '2012', '2016']],
    languages: { es: 'nativo', en: 'B2' },
  },
  {
    layout: 'organisation first, period after it, title below',
    language: 'en',
    text: `JANE EXAMPLE
San Francisco, CA | (415) 555-2671 | jane.example@example.com

Work Experience
Example Corp    06/2020 - Present
Staff Engineer
• Designed the platform.
Sample LLC    08/2016 - 05/2020
Software Engineer
• Wrote Go services.

Education
Sample College    2012 - 2016
B.A. Economics

Technical Skills
Languages: Go, Ruby, C++
Tools: Git, Terraform, AWS`,
    name: 'Jane Example',
    email: 'jane.example@example.com',
    phone: '+14155552671',
    skills: ['Go', 'Ruby', 'C++', 'Git', 'Terraform', 'AWS'],
    experience: [
      ['Staff Engineer', 'Example Corp', '2020-06', null],
      ['Software Engineer', 'Sample LLC', '2016-08', '2020-05'],
    ],
    education: [['B.A. Economics', 'Sample College', '2012', '2016']],
  },
  {
    layout: 'period alone in a line, title and organisation below',
    language: 'en',
    text: `Curriculum Vitae

John Example
Email: john@example.com
Phone: +1 212 555 0123

Employment History

2018 - 2022
Project Manager
Example Group
2014 - 2018
Business Analyst
Sample Bank

Education

2010 - 2014
Bachelor of Arts
University of Example

Skills
Project Management
Stakeholder Management
Excel`,
    name: 'John Example',
    email: 'john@example.com',
    phone: '+12125550123',
    skills: ['Project Management', 'Stakeholder Management', 'Excel'],
    experience: [
      ['Project Manager', 'Example Group', '2018', '2022'],
      ['Business Analyst', 'Sample Bank', '2014', '2018'],
    ],
    education: [['Bachelor of Arts', 'University of Example', '2010', '2014']],
  },
  {
    layout: 'separated by bars',
    language: 'en',
    text: `Jane Example | Product Designer
jane@example.com | +1 650 253 0000 | www.example.com/portfolio

PROFESSIONAL EXPERIENCE
Product Designer | Example Studio | Apr 2021 – Present | Remote
UX Designer | Sample Agency | Sep 2018 – Mar 2021 | Boston

EDUCATION
Bachelor of Fine Arts | Sample School of Design | 2014 – 2018

SKILLS
Figma | Sketch | UX | Photoshop`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: '+16502530000',
    skills: ['Figma', 'Sketch', 'UX Design', 'Photoshop'],
    experience: [
      ['Product Designer', 'Example Studio', '2021-04', null],
      ['UX Designer', 'Sample Agency', '2018-09', '2021-03'],
    ],
    education: [['Bachelor of Fine Arts', 'Sample School of Design', '2014', '2018']],
  },
  {
    layout: 'title at organisation, period in parentheses',
    language: 'en',
    text: `Jane Q. Example
jane.q.example@example.com

Experience
Data Analyst at Example Institute (2019–2023)
Research Assistant at Sample University (2017–2019)

Education
MSc Statistics, Sample University (2017)

Skills: Python, R, SQL, Tableau
Languages: English (native), German (B1)`,
    name: 'Jane Q. Example',
    email: 'jane.q.example@example.com',
    phone: null,
    skills: ['Python', 'R', 'SQL', 'Tableau'],
    experience: [
      ['Data Analyst', 'Example Institute', '2019', '2023'],
      ['Research Assistant', 'Sample University', '2017', '2019'],
    ],
    education: [['MSc Statistics', 'Sample University', null, '2017']],
    languages: { en: 'native', de: 'B1' },
  },
  {
    layout: 'letters apart in name and headings',
    language: 'en',
    text: `J A N E   E X A M P L E
jane@example.com   +44 7911 123456

E X P E R I E N C E
Teacher, Example School   2015 - 2020

E D U C A T I O N
Bachelor of Education, Sample College   2011 - 2015

S K I L L S
Teaching, Coaching`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: '+447911123456',
    skills: ['Teaching', 'Coaching'],
    experience: [['Teacher', 'Example School', '2015', '2020']],
    education: [['Bachelor of Education', 'Sample College', '2011', '2015']],
  },
  {
    layout: 'the sidebar of two columns comes first',
    language: 'en',
    text: `CONTACT
+1 303 555 0142
jane@example.com
Denver, CO
SKILLS
JavaScript
React
CSS
LANGUAGES
English
Spanish
JANE EXAMPLE
FRONT-END DEVELOPER
WORK EXPERIENCE
Front-End Developer
Example Inc
2019 - 2024
Junior Developer
Sample Studio
2017 - 2019
EDUCATION
Associate Degree
Sample College
2015 - 2017`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: '+13035550142',
    skills: ['JavaScript', 'React', 'CSS'],
    experience: [
      ['Front-End Developer', 'Example Inc', '2019', '2024'],
      ['Junior Developer', 'Sample Studio', '2017', '2019'],
    ],
    education: [['Associate Degree', 'Sample College', '2015', '2017']],
    languages: { en: null, es: null },
  },
  {
    layout: 'numbered headings with colons',
    language: 'en',
    text: `Name: Jane Example
E-mail: jane@example.com
Tel: +353 1 496 0000

1. Work Experience:
2016 - 2020   Accountant, Example Services
2. Education:
2012 - 2016   BA Accounting, Sample Institute
3. Skills:
Accounting; Payroll; Excel
4. References:
On request`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: '+35314960000',
    skills: ['Accounting', 'Payroll', 'Excel'],
    experience: [['Accountant', 'Example Services', '2016', '2020']],
    education: [['BA Accounting', 'Sample Institute', '2012', '2016']],
  },
  {
    layout: 'Markdown',
    language: 'en',
    text: `# Jane Example
<jane@example.com> · https://github.com/jane-example

## Experience
**Site Reliability Engineer**, Example Systems — Feb 2020 – now
* Ran Kubernetes.

## Education
**MSc Physics**, Sample University — 2013 – 2015

## Skills
- Linux
- Terraform
- Prometheus`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: null,
    skills: ['Linux', 'Terraform', 'Prometheus', 'Kubernetes'],
    experience: [['Site Reliability Engineer', 'Example Systems', '2020-02', null]],
    education: [['MSc Physics', 'Sample University', '2013', '2015']],
  },
  {
    layout: 'no headings',
    language: 'en',
    text: `Jane Example
jane@example.com
I write TypeScript and Python and know Docker well. I live in Leeds.`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: null,
    skills: ['TypeScript', 'Python', 'Docker'],
    experience: [],
    education: [],
  },
  {
    layout: 'only an address names the person',
    language: 'en',
    text: `CURRICULUM VITAE
contact: jane.example@example.com
Skills
Welding
Food Safety`,
    name: 'Jane Example',
    email: 'jane.example@example.com',
    phone: null,
    skills: ['Welding', 'Food Safety'],
    experience: [],
    education: [],
  },
  {
    layout: 'academic, newest last, single years',
    language: 'en',
    text: `Prof. Dr. Jane Example
Department of Physics, Example University
jane.example@example.com

Education
2005  Diploma in Physics, Sample University
2009  PhD in Physics, Example University

Academic Appointments

Employment
2009 – 2014  Postdoc, Sample Institute
since 2014  Professor, Example University

Publications
Example, J. (2016). A paper. Journal 12, 2016.`,
    name: 'Jane Example',
    email: 'jane.example@example.com',
    phone: null,
    skills: [],
    experience: [
      ['Postdoc', 'Sample Institute', '2009', '2014'],
      ['Professor', 'Example University', '2014', null],
    ],
    education: [
      ['Diploma in Physics', 'Sample University', null, '2005'],
      ['PhD in Physics', 'Example University', null, '2009'],
    ],
  },
  {
    layout: 'German with full dates and "seit"',
    language: 'de',
    text: `Dr. Max von Muster
max.muster@example.com
Mobil: +49 (0)151 23456789

BERUFLICHER WERDEGANG
seit 01.04.2018   Teamleiter Logistik, Muster Logistik GmbH
01.08.2012 bis 31.03.2018   Sachbearbeiter, Beispiel KG

SCHULBILDUNG
1999 - 2008   Gymnasium Musterstadt

EDV-KENNTNISSE
SAP, MS Office, DATEV
SPRACHKENNTNISSE
Englisch - fließend
Polnisch - Grundkenntnisse`,
    name: 'Max von Muster',
    email: 'max.muster@example.com',
    phone: '+4915123456789',
    skills: ['SAP', 'Microsoft Office', 'DATEV'],
    experience: [
      ['Teamleiter Logistik', 'Muster Logistik GmbH', '2018-04', null],
      ['Sachbearbeiter', 'Beispiel KG', '2012-08', '2018-03'],
    ],
    education: [[null, 'Gymnasium Musterstadt', '1999', '2008']],
    languages: { en: 'fließend', pl: 'Grundkenntnisse' },
  },
  {
    layout: 'French with accents folded in headings and "depuis"',
    language: 'fr',
    text: `Jean EXEMPLE
jean@example.com - 06 12 34 56 78

Expériences professionnelles
Depuis 2020 : Chef de projet, Groupe Exemple
2015 à 2020 : Consultant, Cabinet Modèle

Formation et diplômes
2013 - 2015 : Master Gestion, École de Commerce
2010 : Baccalauréat, Lycée Exemple

Compétences informatiques
Excel, SAP, Power BI
Centres d'intérêt
Lecture`,
    name: 'Jean EXEMPLE',
    email: 'jean@example.com',
    phone: '+33612345678',
    skills: ['Excel', 'SAP', 'Power BI'],
    experience: [
      ['Chef de projet', 'Groupe Exemple', '2020', null],
      ['Consultant', 'Cabinet Modèle', '2015', '2020'],
    ],
    education: [
      ['Master Gestion', 'École de Commerce', '2013', '2015'],
      ['Baccalauréat', 'Lycée Exemple', null, '2010'],
    ],
  },
  {
    layout: 'Spanish with "desde" and short months',
    language: 'es',
    text: `JUAN EJEMPLO
juan@example.com
Teléfono: +34 912 345 678

Experiencia profesional
Desde ene 2021: Ingeniero de datos, Grupo Ejemplo
feb 2018 - dic 2020: Analista, Banco Muestra

Educación
2013 - 2017: Grado en Matemáticas, Universidad de Muestra

Habilidades
Python, Spark, trabajo en equipo`,
    name: 'Juan Ejemplo',
    email: 'juan@example.com',
    phone: '+34912345678',
    skills: ['Python', 'Apache Spark', 'Teamwork'],
    experience: [
      ['Ingeniero de datos', 'Grupo Ejemplo', '2021-01', null],
      ['Analista', 'Banco Muestra', '2018-02', '2020-12'],
    ],
    education: [['Grado en Matemáticas', 'Universidad de Muestra', '2013', '2017']],
  },
  {
    layout: 'ISO months and a location in between',
    language: 'en',
    text: `Jane Example
jane@example.com, +61 2 9374 4000

Career History
2017-03 – 2021-11   Nurse, Sample Hospital, Sydney
2013-01 – 2017-02   Care Assistant, Example Clinic, Perth

Academic Qualifications
2009 – 2012   Bachelor of Nursing, Example University, Perth

Core Competencies
Patient Care, First Aid, Communication`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: '+61293744000',
    skills: ['Patient Care', 'First Aid', 'Communication'],
    experience: [
      ['Nurse', 'Sample Hospital', '2017-03', '2021-11'],
      ['Care Assistant', 'Example Clinic', '2013-01', '2017-02'],
    ],
    education: [['Bachelor of Nursing', 'Example University', '2009', '2012']],
  },
  {
    layout: 'months of one year, and pages',
    language: 'en',
    text: `Jane Example\nPage 1 of 2\njane@example.com\n\nInternships\nIntern, Example Labs   Jun – Aug 2021\nIntern, Sample Works   03 – 05/2020\fPage 2 of 2\nEducation\nBSc Biology, Example University   2018 – 2021\n`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: null,
    skills: [],
    experience: [
      ['Intern', 'Example Labs', '2021-06', '2021-08'],
      ['Intern', 'Sample Works', '2020-03', '2020-05'],
    ],
    education: [['BSc Biology', 'Example University', '2018', '2021']],
  },
  {
    layout: 'ligatures, soft hyphens, no-break spaces and odd dashes',
    language: 'en',
    text: `Jane\u00a0Example\njane@example.com\n\nEx\u00adpe\u00adri\u00adence\nOf\ufb01ce Manager, Example\u00a0Ltd   2019\u20122021\n\nSkills\nMicrosoft Of\ufb01ce, Time\u202fManagement`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: null,
    skills: ['Microsoft Office', 'Time Management'],
    experience: [['Office Manager', 'Example Ltd', '2019', '2021']],
    education: [],
  },
  {
    layout: 'a table with some headings in its first column',
    language: 'en',
    text: `Jane Example
E-mail jane@example.com
Summary Engineer who likes small teams, short documents and systems that explain themselves.
Skills TypeScript, PostgreSQL, Welding by hand
March 2019 – Present Senior Engineer, Example Inc.
June 2014 – February 2019 Engineer, Sample LLC
2010 – 2014 BSc Physics, Example University`,
    name: 'Jane Example',
    email: 'jane@example.com',
    phone: null,
    skills: ['TypeScript', 'PostgreSQL', 'Welding'],
    experience: [
      ['Senior Engineer', 'Example Inc.', '2019-03', null],
      ['Engineer', 'Sample LLC', '2014-06', '2019-02'],
    ],
    education: [['BSc Physics', 'Example University', '2010', '2014']],
  },
];
