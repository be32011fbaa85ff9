'use strict';

/*
 * The calls of the management API that people make: explain, purge, warm. The key is sent as a header and stays in its field.
 */
const tools = (() => {
  function headers(more) {
    const key = $('key').value;
    return { ...more, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  }

  /* The result of a call, as paragraphs; said by screen readers, since it stands in a live region. */
  function say(id, tone, ...lines) {
    const paragraphs = lines.filter(Boolean).map(line => {
      const paragraph = document.createElement('p');
      paragraph.textContent = line;
      return paragraph;
    });
    mark($(id), 'data-tone', tone);
    $(id).replaceChildren(...paragraphs);
  }

  /* What a refused call says of itself: RFC 9457. */
  async function sayRefused(id, response) {
    const problem = await response.json().catch(() => ({}));
    const hint = response.status === 404 ? 'This gateway has no such call.' : problem.detail;
    say(id, 'bad', `${response.status}: ${problem.title ?? response.statusText}`, hint, problem.recovery);
    if (response.status === 401) $('key').focus();
  }

  /* Runs what a form does, once at a time. */
  function onSubmit(form, run) {
    const button = $(form).querySelector('button[type=submit]');
    $(form).addEventListener('submit', async event => {
      event.preventDefault();
      if (button.getAttribute('aria-disabled') === 'true') return;
      mark(button, 'aria-disabled', 'true');
      say(`${form}-result`, 'none', 'Asked …');
      try {
        await run();
      } catch (error) {
        say(`${form}-result`, 'bad', error instanceof Mistake ? error.message : `The gateway did not answer (${error.message}).`);
      } finally {
        mark(button, 'aria-disabled', null);
      }
    });
  }

  /* Something that whoever fills in a form can mend. */
  class Mistake extends Error {}

  function confirmed() {
    const dialog = $('confirm');
    return new Promise(resolve => {
      $('confirm-yes').onclick = () => dialog.close('yes');
      $('confirm-no').onclick = () => dialog.close('');
      dialog.returnValue = '';
      dialog.onclose = () => resolve(dialog.returnValue === 'yes');
      dialog.showModal();
    });
  }

  async function purge() {
    const query = new URLSearchParams();
    if ($('purge-endpoint').value.trim()) query.append('endpoint', $('purge-endpoint').value.trim());
    if ($('purge-user').value) query.append('user', $('purge-user').value);
    if ($('purge-all').checked) query.append('all', 'true');
    if (query.size === 0) throw new Mistake('Name an endpoint, a user, or everything.');
    if ($('purge-all').checked && !await confirmed()) return say('purge-result', 'none', 'Nothing was purged.');

    const response = await fetch(`api/cache?${query}`, { method: 'DELETE', headers: headers() });
    if (!response.ok) return sayRefused('purge-result', response);
    const { purged, redis, pending, request_id: id } = await response.json();
    const what = [purged.all ? 'everything' : '', ...purged.endpoints, purged.users > 0 ? `${purged.users} user` : ''].filter(Boolean);
    const reach = {
      done: 'At every gateway of this Redis within a second.',
      queued: 'Redis cannot be told yet; this gateway goes on telling it.',
      off: 'At this gateway, which has no Redis.',
    };
    return say(
      'purge-result', redis === 'queued' ? 'warn' : 'good', `Purged: ${what.join(', ')}.`, reach[redis] ?? `Redis: ${redis}.`,
      pending.length > 0 ? `Pending: ${pending.join(', ')}.` : '', `Request ${id}`);
  }

  function headerLines() {
    const named = {};
    for (const line of $('explain-headers').value.split('\n').filter(text => text.trim())) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Mistake(`'${line.trim()}' is no header: it has no colon.`);
      named[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
    }
    if ($('explain-credential').value) named['X-API-Key'] = $('explain-credential').value;
    return named;
  }

  function linesOf(explained) {
    const { row, path, policy, reason, key, key_order: order, ignored_fields: ignored, credential, epochs, found } = explained;
    const tried = (epochs ?? []).map(epoch => `${epoch.fingerprint ?? 'none'} (${epoch.version ?? 'none'}, ${epoch.build ?? 'none'}): `
      + (epoch.found ? 'found' : 'nothing stored'));
    return [
      explained.explanation,
      `A caller would be told: ${explained.cache_status ?? NOT_KNOWN}`,
      reason ? `Reason: ${reason}` : '',
      `Row ${row ?? 'none'} for ${path ?? NOT_KNOWN}, policy ${policy ?? NOT_KNOWN}`,
      key ? `Key ${key}, members ${order === 'Sorted' ? 'in any order' : 'in their order'}`
        + (ignored?.length > 0 ? `, without ${ignored.join(', ')}` : '') : '',
      credential ? `Credential ${credential.given ? credential.standing : 'none'}, entries ${credential.scope}` : '',
      found ? `Stored in ${found.tier}, ${format.span(Math.round(found.age_seconds))} old, `
        + (found.stale ? 'past its freshness' : `fresh for ${format.span(Math.round(found.ttl_seconds))} more`) : '',
      tried.length > 0 ? `Epochs tried: ${tried.join('; ')}` : '',
    ];
  }

  async function explain() {
    const one = body => ({ path: $('explain-path').value.trim(), headers: headerLines(), body_text: body });
    const [first, second] = [one($('explain-body').value), $('explain-second').value];
    const response = await fetch('api/cache/explain', {
      method: 'POST',
      headers: headers({ 'Content-Type': 'application/json' }),
      body: JSON.stringify(second ? { requests: [first, one(second)] } : first),
    });
    if (!response.ok) return sayRefused('explain-result', response);
    const answer = await response.json();
    if (!answer.requests) return say('explain-result', answer.found ? 'good' : 'warn', ...linesOf(answer));
    const parting = answer.same_key ? 'Both have the same key: one answers the other.'
      : `Their keys part${answer.differs_at ? ` at ${answer.differs_at}` : ''}`
        + `${answer.because ? `, because of the ${answer.because}` : ''}.`;
    return say(
      'explain-result', answer.same_key ? 'good' : 'warn', parting,
      ...answer.requests.flatMap((explained, i) => [`${i === 0 ? 'First' : 'Second'} request:`, ...linesOf(explained)]));
  }

  async function* linesIn(stream) {
    let rest = '';
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      yield* lines.filter(line => line.trim()).map(line => JSON.parse(line));
    }
    if (rest.trim()) yield JSON.parse(rest);
  }

  /* The lines that failed are shown, up to these many. */
  const MAX_PROBLEMS = 50;
  const problems = new Listing($('warm-problems'), 'line-template');

  async function warm() {
    const text = $('warm-file').files[0] ? await $('warm-file').files[0].text() : $('warm-lines').value;
    const wanted = text.split('\n').filter(line => line.trim()).length;
    if (wanted === 0) throw new Mistake('There is no line to warm with.');
    const stop = new AbortController();
    const [progress, button] = [$('warm-progress'), $('warm-stop')];
    button.onclick = () => stop.abort();
    [progress.max, progress.value, progress.hidden, button.hidden] = [wanted, 0, false, false];
    const wrong = [];
    problems.show([], line => line, () => {});
    try {
      const response = await fetch('api/cache/warm', {
        method: 'POST', headers: headers({ 'Content-Type': 'application/x-ndjson' }), body: text, signal: stop.signal,
      });
      if (!response.ok) return await sayRefused('warm-result', response);
      for await (const line of linesIn(response.body)) {
        if (line.done) {
          const tone = line.failed > 0 || line.malformed > 0 || line.stopped ? 'warn' : 'good';
          return say(
            'warm-result', tone,
            `Warmed ${line.warmed}, known already ${line.known}, failed ${line.failed}, malformed ${line.malformed}.`,
            line.stopped ? `Stopped early: ${line.stopped}` : '',
            line.omitted > 0 ? `${format.count(line.omitted)} lines of this report were left out.` : '');
        }
        progress.value++;
        if (line.error || line.status >= 400) wrong.push(`Line ${line.line}: ${line.error ?? line.status}`);
        problems.show(wrong.slice(0, MAX_PROBLEMS), problem => problem, (parts, problem) => write(parts.text, problem));
      }
      return say('warm-result', 'bad', `The gateway broke off after ${progress.value} of ${wanted}.`);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      return say('warm-result', 'warn', `Stopped after ${progress.value} of ${wanted}.`);
    } finally {
      [progress.hidden, button.hidden] = [true, true];
    }
  }

  $('keys').addEventListener('submit', event => event.preventDefault());
  onSubmit('explain', explain);
  onSubmit('purge', purge);
  onSubmit('warm', warm);

  /* What may be typed into the forms, from the endpoints that were asked. */
  function show({ endpoints }) {
    const known = (endpoints ?? []).filter(endpoint => endpoint.name && (endpoint.policy ?? 'Deterministic') !== 'None');
    offer('paths', known.map(endpoint => endpoint.endpoint));
    offer('names', known.map(endpoint => endpoint.name));
  }

  function offer(id, values) {
    if ($(id).options.length === values.length) return;
    $(id).replaceChildren(...values.map(value => new Option('', value)));
  }

  return { show, headers, say, sayRefused, onSubmit, linesIn, Mistake };
})();
