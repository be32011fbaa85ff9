'use strict';

/*
 * Looks at the gateway every two seconds while the page is seen, and says so when it does not answer. There is no connection between two
 * looks: a gateway that is told to stop is not held up.
 */
(() => {
  const INTERVAL = 2_000;
  const PATIENCE = 5_000;
  const SLOWEST = 10;

  let timer = null;
  let looking = false;
  let paused = false;
  let answeredAt = null;
  let lostAt = null;

  async function get(path, stop) {
    const response = await fetch(path, { cache: 'no-store', signal: stop });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return response.json();
  }

  async function look() {
    if (looking) return;
    looking = true;
    clearTimeout(timer);
    try {
      const stop = AbortSignal.timeout(PATIENCE);
      const [stats, slow] = await Promise.all([get('api/stats', stop), get(`api/requests/slow?limit=${SLOWEST}`, stop)]);
      show(stats, slow.requests);
      found();
    } catch (error) {
      lose(error);
    } finally {
      looking = false;
      wait();
    }
  }

  function wait() {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(look, INTERVAL);
  }

  function show(stats, slow) {
    figures.show(stats);
    system.show(stats, slow);
    rollover.show(stats);
    experiments.show(stats);
    tools.show(stats);
    comparison.look();
    $('simulator').hidden = !stats.upstream?.simulated;
    write($('version'), stats.version ?? '');
    write($('mode'), stats.mode ?? NOT_KNOWN);
    write($('uptime'), format.span(Math.floor(stats.uptime_seconds)));
    write($('health'), stats.health?.status ?? 'answers');
    mark($('health'), 'data-tone', system.toneOf(stats.health?.status));
  }

  function found() {
    if (lostAt) write($('connection'), `The gateway answers again, after ${format.span(Math.round((Date.now() - lostAt) / 1000))}.`);
    answeredAt = Date.now();
    lostAt = null;
    $('lost').hidden = true;
    document.body.dataset.state = 'live';
    sayFreshness();
  }

  /* Said once, and kept up to date without being said again: of an alert only what changes is read out. */
  function lose(error) {
    lostAt ??= answeredAt ?? Date.now();
    document.body.dataset.state = 'lost';
    write($('health'), 'no answer');
    mark($('health'), 'data-tone', 'bad');
    document.title = 'No answer · IslGateway';
    const why = error.name === 'TimeoutError' ? `not within ${PATIENCE / 1000} s` : error.message;
    write($('lost'), `The gateway does not answer since ${format.clock(new Date(lostAt))} (${why}). `
      + (answeredAt ? 'The figures below are from then.' : 'There are no figures yet.'));
    $('lost').hidden = false;
    sayFreshness();
  }

  function sayFreshness() {
    const age = answeredAt === null ? null : Math.round((Date.now() - answeredAt) / 1000);
    write($('freshness'), paused ? `paused, figures ${format.span(age)} old` : age === null ? 'not asked yet'
      : age < 4 ? 'live' : `figures ${format.span(age)} old`);
  }

  $('pause').addEventListener('click', () => {
    paused = !paused;
    write($('pause'), paused ? 'Go on' : 'Pause');
    document.body.dataset.paused = String(paused);
    sayFreshness();
    if (paused) clearTimeout(timer);
    else look();
  });

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) clearTimeout(timer);
    else if (!paused) look();
  });

  write($('try'), `curl -i http://${location.hostname}:8080/api/v1/causal/validate -H 'Content-Type: application/json' \\\n`
    + `  -d '{"dag":{"nodes":["Price","Revenue"],"edges":[["Price","Revenue"]]},"treatment":"Price","outcome":"Revenue"}'`);
  setInterval(sayFreshness, 1_000);
  look();
})();
