/** The overview page: one file, no build, no network beyond this runtime. Text reaches it by textContent only. */

export const overviewPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Landfall, local</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #30363d); --dim: light-dark(#57606a, #8b949e); --panel: light-dark(#f6f8fa, #161b22); --accent: light-dark(#0a58ca, #79b8ff); }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .25rem 0; } a { color: var(--accent); } .dim { color: var(--dim); }
table { border-collapse: collapse; width: 100%; } td { padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top; }
code, pre, td.code { font: 13px/1.5 ui-monospace, monospace; } td.code { overflow-wrap: anywhere; } td:first-child, .short { white-space: nowrap; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow: auto; margin: .5rem 0; }
#log { height: 22rem; white-space: pre-wrap; overflow-wrap: anywhere; } #curl { max-height: 6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
button, select { font: inherit; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: inherit; cursor: pointer; }
summary { cursor: pointer; }
</style>
</head>
<body>
<main>
<h1>Landfall</h1>
<p id="what" class="dim"></p>
<h2>Addresses</h2>
<table id="addresses"></table>
<h2>Example user</h2>
<p id="user" class="dim"></p>
<pre id="curl"></pre>
<button id="copy-token">Copy token</button> <button id="copy-curl">Copy curl command</button>
<h2>Routes</h2>
<table id="routes"></table>
<h2>Functions</h2>
<table id="functions"></table>
<h2>Schedules</h2>
<table id="schedules"></table>
<h2>Queues</h2>
<p class="dim">Functions work on the messages of the queues they read. The other queues keep dead letters; the newest are listed.</p>
<table id="queues"></table>
<h2>Log</h2>
<select id="source" aria-label="Source of the log lines"><option value="">everything</option></select>
<pre id="log" tabindex="0" aria-label="Log lines"></pre>
<h2>Resources of the templates</h2>
<details><summary id="running-count"></summary><table id="running"></table></details>
<details><summary id="not-running-count"></summary><table id="not-running"></table></details>
</main>
<script src="console.js"></script>
</body>
</html>
`;

export const overviewScript = `const byId = (id) => document.getElementById(id);

function fill(id, rows, code = [0]) {
  byId(id).replaceChildren(...rows.map((cells) => {
    const row = document.createElement('tr');
    cells.forEach((cell, index) => {
      const data = row.insertCell();
      data.className = code.includes(index) ? 'code' : cell.length < 20 ? 'short' : '';
      if (/^https?:/.test(cell)) {
        const link = document.createElement('a');
        link.href = link.textContent = cell;
        data.append(link);
      } else data.textContent = cell;
    });
    return row;
  }));
}

async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = label; }, 1200);
}

async function load() {
  const state = await (await fetch('overview.json')).json();
  byId('what').textContent = 'Environment ' + state.environment + ', blueprint ' + state.blueprint + ', functions on Node ' + state.node;
  fill('addresses', state.addresses.map(({ name, address, note }) => [name, address, note]), [1]);
  if (!state.user.token) {
    byId('user').textContent = 'Tokens come from the identity provider above: sign in there.';
    for (const id of ['curl', 'copy-token', 'copy-curl']) byId(id).hidden = true;
  } else byId('user').textContent = state.user.email + ' (a new token on every load of this page)';
  const curl = "curl -H 'Authorization: Bearer " + state.user.token + "' " + state.url + '/documents';
  byId('curl').textContent = curl;
  byId('copy-token').onclick = (event) => copy(state.user.token, event.target);
  byId('copy-curl').onclick = (event) => copy(curl, event.target);
  fill('routes', state.routes.map((route) => [route.method, route.path, 'authorizer: ' + route.authorization, route.function]), [0, 1, 3]);
  fill('functions', state.functions.map((item) => [item.label, item.name, item.memoryMiB + ' MiB', item.timeoutSeconds + ' s', item.runtime]), [0, 1]);
  fill('schedules', state.schedules.map(({ name, minutes }) => [name, 'every ' + minutes + ' minutes']));
  fill('queues', state.queues.flatMap((queue) => [
    [queue.name, queue.function ? 'read by ' + queue.function : 'dead letters', queue.waiting + ' waiting, ' + queue.inFlight + ' in flight, ' + queue.delayed + ' delayed'],
    ...queue.deadLetters.map((letter) => [letter.sent, letter.reason, letter.about]),
  ]));
  const total = (list) => list.reduce((sum, { count }) => sum + count, 0);
  byId('running-count').textContent = total(state.running) + ' resources run';
  fill('running', state.running.map(({ type, count }) => [type, String(count)]));
  byId('not-running-count').textContent = total(state.notRunning) + ' resources have no local meaning';
  fill('not-running', state.notRunning.map(({ type, count, reason }) => [type, String(count), reason]));
}

let after = '';
const lines = [];
const sources = new Set();

function show() {
  const chosen = byId('source').value;
  const log = byId('log');
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.textContent = lines.filter(({ source }) => !chosen || source === chosen)
    .map(({ time, source, text }) => time.slice(11, 19) + '  ' + source + '  ' + text).join('\\n');
  if (atEnd) log.scrollTop = log.scrollHeight;
}

async function follow() {
  const response = await fetch('logs?after=' + encodeURIComponent(after)).catch(() => undefined);
  const fresh = response && response.ok ? await response.json() : [];
  if (fresh.length > 0) {
    after = fresh[fresh.length - 1].time;
    lines.push(...fresh);
    lines.splice(0, Math.max(0, lines.length - 1000));
    for (const { source } of fresh) {
      if (sources.has(source)) continue;
      sources.add(source);
      byId('source').append(new Option(source, source));
    }
    show();
  }
  setTimeout(follow, 1500);
}

byId('source').onchange = show;
load();
follow();
`;
