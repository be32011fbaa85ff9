'use strict';

/*
 * The rollover: what callers asked of an ISL that is gone, asked of the one that has come. Shown once there was one.
 */
const rollover = (() => {
  const figures = new Listing($('rollover-figures'), 'figure-template');
  const UNFINISHED = 'What is left comes back as callers ask it.';

  /* What is said of an end, and how good that is. */
  const outcomes = {
    complete: ['good', 'Complete: all that was to be asked again has been seen to.'],
    epoch: ['none', 'Ended early: ISL changed again.'],
    time: ['warn', `Ended early: Rollover:MaxDuration was over. ${UNFINISHED}`],
    credential: ['bad', `Ended early: ISL refuses every credential that is left of Warming:Credentials. ${UNFINISHED}`],
    nobody: ['bad', 'Nothing was asked: no kept request belongs to a credential of Warming:Credentials.'],
    settings: ['none', 'Ended early: it was switched off.'],
    stopping: ['none', 'Ended early: the gateway was told to stop.'],
    failed: ['bad', `Ended early: it failed unexpectedly; the log has more. ${UNFINISHED}`],
  };

  const ended = ({ outcome }) => outcomes[outcome] ?? ['none', `Ended: ${outcome}.`];
  const isWorrying = known => Boolean(known?.outcome) && ['warn', 'bad'].includes(ended(known)[0]);

  /* What an operator should look at, if anything. */
  const concernOf = known => isWorrying(known) ? [ended(known)[0], `Rollover to ${known.epoch}: ${ended(known)[1]}`] : null;

  function showFigures(known) {
    const lines = [
      ['Answers stored', known.warmed, null],
      ['There already', known.known, null],
      ['Failed', known.failed, known.failed > 0 ? 'warn' : null],
      ['Left', known.left, known.left > 0 && isWorrying(known) ? 'warn' : null],
      ['Left out: no credential may ask them', known.left_out, known.left_out > 0 ? 'warn' : null],
    ];
    figures.show(lines, ([name]) => name, (parts, [name, value, tone]) => {
      write(parts.name, name);
      write(parts.value, format.count(value));
      mark(parts.value, 'data-tone', tone);
      drawBar(parts.bar, null);
    });
  }

  function show({ rollover: known, previous_rollover: before }) {
    $('rollover').hidden = !known;
    if (!known) return;
    const done = known.requests - known.left;
    const [tone, words] = known.outcome
      ? ended(known)
      : ['none', `Under way since ${format.moment(known.begun_at)}: ${format.count(done)} of ${format.count(known.requests)} requests.`];
    write($('rollover-state'), words);
    mark($('rollover-state'), 'data-tone', tone);
    write($('rollover-sides'), `From ${known.from ?? 'an earlier ISL'} to ${known.epoch}`
      + (known.ended_at ? `, ${format.moment(known.begun_at)} to ${format.moment(known.ended_at)}.` : '.'));
    const progress = $('rollover-progress');
    progress.hidden = Boolean(known.outcome) || known.requests === 0;
    [progress.max, progress.value] = [Math.max(1, known.requests), done];
    mark(progress, 'aria-valuetext', `${done} of ${known.requests}`);
    showFigures(known);
    write($('rollover-previous'), before?.outcome ? `The one before, to ${before.epoch}: ${ended(before)[1]}` : '');
  }

  return { show, concernOf };
})();
