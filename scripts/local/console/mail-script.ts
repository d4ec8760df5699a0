/** What the mailbox page does: asks for new mails, lists them, shows the one that the address's fragment names. */

export const mailScript = `const byId = (id) => document.getElementById(id);
let mails = [];

const element = (name, text, className = '') => Object.assign(document.createElement(name), { textContent: text, className });

function timeOf(mail) {
  const time = new Date(mail.time);
  const today = time.toDateString() === new Date().toDateString();
  const shown = element('time', today ? time.toLocaleTimeString() : time.toLocaleDateString());
  shown.dateTime = mail.time;
  return shown;
}

const shownMails = () => {
  const to = byId('to').value.trim().toLowerCase();
  return mails.filter((mail) => !to || mail.to.some((address) => address.toLowerCase().includes(to)));
};
const chosen = () => mails.find(({ id }) => id === location.hash.slice(1));

function showList() {
  const list = byId('list');
  const focused = list.contains(document.activeElement) ? document.activeElement.hash : undefined;
  const found = shownMails();
  list.replaceChildren(...found.map((mail) => {
    const link = element('a', '');
    link.href = '#' + mail.id;
    if (mail === chosen()) link.setAttribute('aria-current', 'true');
    link.append(element('span', mail.subject || '(no subject)', 'subject'), timeOf(mail), element('span', mail.to.join(', '), 'preview dim'));
    return link;
  }));
  [...list.children].find(({ hash }) => hash === focused)?.focus();
  list.hidden = found.length === 0;
  byId('count').textContent = mails.length === 0 ? '' : found.length === mails.length ? mails.length + (mails.length === 1 ? ' mail' : ' mails') : found.length + ' of ' + mails.length;
  document.title = mails.length === 0 ? 'Mail' : 'Mail (' + mails.length + ')';
}

/** Links of a text become links; everything else stays text. */
function linked(text) {
  return text.split(/(https?:\\/\\/[^\\s<>"]+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    const link = element('a', part);
    Object.assign(link, { href: part, target: '_blank', rel: 'noopener noreferrer' });
    return link;
  });
}

/** The HTML part for the frame. Parsing runs nothing and loads nothing; its links open beside this page. */
function framed(html) {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  for (const link of parsed.links) Object.assign(link, { target: '_blank', rel: 'noopener noreferrer' });
  return '<!doctype html>' + parsed.documentElement.outerHTML;
}

function showPart() {
  const mail = chosen();
  const wanted = document.querySelector('[name=part]:checked').value;
  const html = mail && mail.html !== undefined && (wanted === 'html' || !mail.text);
  byId('html').hidden = !html;
  byId('text').hidden = !mail || html;
}

let shown;

function showMail() {
  const mail = chosen();
  const nothing = byId('nothing');
  nothing.hidden = Boolean(mail);
  byId('head').hidden = !mail;
  if (!mail) {
    nothing.textContent = mails.length === 0
      ? 'No mail yet. Sign up, reset a password or ask for a sign-in link: what Cognito and SES would send arrives here.'
      : shownMails().length === 0 ? 'No mail to this address.' : 'Choose a mail; the arrow keys go through the list.';
  } else if (mail.id !== shown) {
    byId('subject').textContent = mail.subject || '(no subject)';
    const fields = [['From', mail.from], ['To', mail.to.join(', ')], ['Time', new Date(mail.time).toLocaleString()], ...Object.entries(mail.headers || {})];
    byId('fields').replaceChildren(...fields.flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
    byId('parts').hidden = mail.html === undefined || !mail.text;
    byId('text').replaceChildren(...linked(mail.text));
    byId('html').srcdoc = framed(mail.html || '');
  }
  shown = mail && mail.id;
  showPart();
}

function show() {
  showList();
  showMail();
}

function move(event) {
  const links = [...byId('list').children];
  const at = links.findIndex((link) => link.getAttribute('aria-current'));
  const next = { ArrowDown: at + 1, ArrowUp: Math.max(at - 1, 0), Home: 0, End: links.length - 1 }[event.key];
  const typing = event.target instanceof HTMLInputElement;
  if (next === undefined || !links[next] || typing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target !== document.body && !byId('list').contains(event.target)) return;
  event.preventDefault();
  const { hash } = links[next];
  history.replaceState(null, '', hash);
  show();
  byId('list').querySelector('[aria-current]').focus();
}

async function follow() {
  if (!document.hidden) {
    const after = mails.length > 0 ? '?after=' + mails[0].id : '';
    const response = await fetch('../mail' + after).catch(() => undefined);
    const fresh = response && response.ok ? await response.json() : [];
    if (fresh.length > 0) {
      const known = new Set(fresh.map(({ id }) => id));
      mails = [...fresh, ...mails.filter(({ id }) => !known.has(id))].slice(0, 500);
      show();
    }
  }
  setTimeout(follow, 1500);
}

byId('to').oninput = show;
byId('parts').onchange = showPart;
addEventListener('hashchange', show);
addEventListener('keydown', move);
show();
follow();
`;
